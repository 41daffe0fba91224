import { sameText } from '../base/ascii.ts';
import { rawBytes } from '../model/raw-text.ts';
import type { RawText } from '../model/raw-text.ts';
import { decodeCharset, guessText, isCharset } from './charset.ts';

/**
 *   encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="
 *                                              RFC 2047 section 2, RFC 2231 section 5
 */
const encodedWord = /=\?([^?* \t\r\n]+)(?:\*[^? ]*)?\?([bBqQ])\?([^?]*)\?=/g;

/** Encoded words of one charset that stand together: their bytes are one text. */
interface Run {
  readonly charset: string;
  readonly bytes: Buffer[];
}

/**
 * A header value as human text: encoded words decoded, the white space between two of them gone,
 * characters split over words of the same charset made whole. Words in an unknown charset stay as
 * they are; bytes outside of words are UTF-8 (RFC 6532) or guessed.
 */
export function decodeWords(value: RawText): string {
  if (!value.includes('=?')) return plainText(value);
  let text = '';
  let end = 0;
  let run: Run | undefined;
  for (const match of value.matchAll(encodedWord)) {
    const [whole, charset = '', encoding = '', encoded = ''] = match;
    if (!isCharset(charset)) continue;
    const between = value.slice(end, match.index) as RawText;
    const adjacent = run !== undefined && /^[ \t\r\n]*$/.test(between);
    const bytes = decodeWord(encoding, encoded);
    const goesOn = run !== undefined && adjacent && sameText(run.charset, charset);
    // Words in a charset with shift states begin and end unshifted (RFC 2047 section 3): no character is split.
    if (goesOn && !/^iso-2022/i.test(charset)) run!.bytes.push(bytes);
    else {
      text += runText(run) + (adjacent ? '' : plainText(between));
      run = { charset, bytes: [bytes] };
    }
    end = match.index + whole.length;
  }
  return text + runText(run) + plainText(value.slice(end) as RawText);
}

function runText(run: Run | undefined): string {
  return run === undefined ? '' : (decodeCharset(Buffer.concat(run.bytes), run.charset) ?? '');
}

function plainText(value: RawText): string {
  // oxlint-disable-next-line no-control-regex -- ASCII is what is asked for
  return /^[\0-\x7f]*$/.test(value) ? value : guessText(rawBytes(value));
}

function decodeWord(encoding: string, text: string): Buffer {
  if (sameText(encoding, 'B')) return Buffer.from(text, 'base64');
  const bytes = text
    .replaceAll('_', ' ')
    .replaceAll(/=([\da-fA-F]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return Buffer.from(bytes, 'latin1');
}

/**
 * A parameter's value as human text: `name*` is decoded by RFC 2231 section 4, anything else as a
 * header value, since most software puts encoded words into quoted strings.
 *
 *   extended-value = charset "'" [language] "'" *( "%" 2HEXDIG / attribute-char )
 */
export function decodeParameter(name: RawText, value: RawText): string {
  const parts = name.endsWith('*') ? /^([^']*)'[^']*'([^]*)$/.exec(value) : null;
  if (parts === null) return decodeWords(value);
  const [, charset = '', encoded = ''] = parts;
  const bytes = encoded.replaceAll(/%([\da-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const decoded = decodeCharset(Buffer.from(bytes, 'latin1'), charset);
  return decoded ?? decodeWords(value);
}
