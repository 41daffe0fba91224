import { isUtf8 } from 'node:buffer';
import { lower } from '../base/ascii.ts';
import iconv from 'iconv-lite';
import { asBuffer } from './header.ts';

/** Decodes a text that comes in pieces; characters may be cut anywhere. Never throws. */
export interface CharsetDecoder {
  write(bytes: Uint8Array): string;
  /** What the last bytes still give. */
  end(): string;
}

/** The decoder of a charset as mail names it, or undefined for one we do not know. */
export function charsetDecoder(label: string): CharsetDecoder | undefined {
  const name = canonical(label);
  if (undeclared.has(name)) return new GuessingDecoder();
  return platformDecoder(name) ?? tableDecoder(name);
}

/** Whether we know the charset. Remembered, since headers ask it of every encoded word. */
export function isCharset(label: string): boolean {
  const remembered = answers.get(label);
  if (remembered !== undefined) return remembered;
  const known = charsetDecoder(label) !== undefined;
  if (answers.size < answersMax && label.length <= labelMax) answers.set(label, known);
  return known;
}

const answers = new Map<string, boolean>();
const answersMax = 1000;

/** The decoder for a text part: an unknown charset is guessed. */
export function charsetDecoderOrGuess(label: string | undefined): CharsetDecoder {
  return (label === undefined ? undefined : charsetDecoder(label)) ?? new GuessingDecoder();
}

/** Whole text at once; undefined for an unknown charset. */
export function decodeCharset(bytes: Uint8Array, label: string): string | undefined {
  const decoder = charsetDecoder(label);
  return decoder === undefined ? undefined : decoder.write(bytes) + decoder.end();
}

/** Bytes whose charset nobody named. */
export function guessText(bytes: Uint8Array): string {
  const decoder = new GuessingDecoder();
  return decoder.write(bytes) + decoder.end();
}

/** Labels that say nothing about 8-bit bytes. US-ASCII is what software without an opinion writes. */
const undeclared: ReadonlySet<string> = new Set([
  '',
  'us-ascii',
  'ascii',
  'ansi_x3.4-1968',
  'iso646-us',
  'us',
  '646',
  'unknown-8bit',
  'x-unknown',
  'unknown',
  '8bit',
  '7bit',
  'default',
  'none',
  'default_charset',
]);

const aliases: ReadonlyMap<string, string> = new Map([
  ['utf8mb4', 'utf-8'],
  ['utf_8', 'utf-8'],
  ['utf-8-mac', 'utf-8'],
  ['x-utf-8', 'utf-8'],
  ['unicode-1-1-utf-7', 'utf-7'],
  ['x-unicode-2-0-utf-7', 'utf-7'],
  ['iso-2022-jp-1', 'iso-2022-jp'],
  ['iso-2022-jp-2', 'iso-2022-jp'],
  ['iso-2022-jp-3', 'iso-2022-jp'],
  ['iso-2022-jp-ms', 'iso-2022-jp'],
  ['cp50220', 'iso-2022-jp'],
  ['cp932', 'shift_jis'],
  ['ms932', 'shift_jis'],
  ['cp949', 'euc-kr'],
  ['ms949', 'euc-kr'],
  ['uhc', 'euc-kr'],
  ['cp936', 'gbk'],
  ['ms936', 'gbk'],
  // Python's email package says so, and with it Mailman.
  ['eucgb2312_cn', 'gbk'],
  ['big5_tw', 'big5'],
  ['cp950', 'big5'],
  ['ms950', 'big5'],
  ['cp65001', 'utf-8'],
  ['cp20866', 'koi8-r'],
  ['cp28591', 'iso-8859-1'],
]);

/** No charset has a longer name. */
const labelMax = 64;

function canonical(label: string): string {
  const name = lower(label.slice(0, labelMax).trim()).replace(/^["']/, '').replace(/["']$/, '');
  const windows = /^(?:x-)?(?:cp|win|windows|ansi|ms)[-_ ]?(125\d|874)$/.exec(name);
  if (windows !== null) return `windows-${windows[1]}`;
  const iso = /^iso[-_ ]?8859[-_ ](\d{1,2})(-[ei])?(?=$|[:-])/.exec(name);
  if (iso !== null) return `iso-8859-${iso[1]}${iso[2] ?? ''}`;
  return aliases.get(name) ?? name;
}

/** What the platform has: the encodings of browsers, ISO-8859-1 read as Windows-1252. */
function platformDecoder(name: string): CharsetDecoder | undefined {
  try {
    const decoder = new TextDecoder(name);
    return {
      write: (bytes) => decoder.decode(bytes, { stream: true }),
      end: () => decoder.decode(),
    };
  } catch {
    return undefined;
  }
}

/** UTF-7, the code pages of DOS and Macintosh, and other rare ones. */
function tableDecoder(name: string): CharsetDecoder | undefined {
  // Base64, hex and the like are "encodings" of the library, but no charsets.
  if (notCharsets.has(name) || !iconv.encodingExists(name)) return undefined;
  if (name === 'utf-7') return new Utf7Decoder();
  const decoder = iconv.getDecoder(name);
  return {
    write: (bytes) => decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
    end: () => decoder.end() ?? '',
  };
}

const notCharsets: ReadonlySet<string> = new Set(['base64', 'hex', 'binary', 'ucs2', 'internal']);

/** A shifted sequence of UTF-7 without an end is decoded after so many bytes. */
const shiftedMax = 4096;

/** UTF-7 (RFC 2152), decoded only up to a shifted sequence whose end has not come. */
class Utf7Decoder implements CharsetDecoder {
  #held: Buffer = Buffer.alloc(0);

  write(bytes: Uint8Array): string {
    const all = Buffer.concat([this.#held, bytes]);
    const shift = all.lastIndexOf('+');
    const open =
      shift >= 0 &&
      all.length - shift < shiftedMax &&
      /^\+[A-Za-z0-9+/]*$/.test(all.toString('latin1', shift));
    const end = open ? shift : all.length;
    this.#held = all.subarray(end);
    return iconv.decode(all.subarray(0, end), 'utf-7');
  }

  end(): string {
    return iconv.decode(this.#held, 'utf-7');
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const windows1252 = new TextDecoder('windows-1252');

/** UTF-8 as long as it is, from the first mistake on Windows-1252, the commonest rest. */
class GuessingDecoder implements CharsetDecoder {
  #isUtf8 = true;
  /** The beginning of a character. */
  #held: Buffer = Buffer.alloc(0);

  write(bytes: Uint8Array): string {
    if (!this.#isUtf8) return windows1252.decode(bytes);
    const all = this.#held.length === 0 ? asBuffer(bytes) : Buffer.concat([this.#held, bytes]);
    const whole = all.subarray(0, all.length - openCharacter(all));
    try {
      const text = utf8.decode(whole);
      this.#held = Buffer.from(all.subarray(whole.length));
      return text;
    } catch {
      this.#isUtf8 = false;
      this.#held = Buffer.alloc(0);
      const mistake = firstMistake(all);
      return utf8.decode(all.subarray(0, mistake)) + windows1252.decode(all.subarray(mistake));
    }
  }

  /** A character without its end is a mistake too: the é that Latin-1 text ends with. */
  end(): string {
    return windows1252.decode(this.#held);
  }
}

/** How many bytes the UTF-8 character has that begins with this one; 0 where none does. */
function characterLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** How many bytes at the end are a character whose own end may follow. */
function openCharacter(bytes: Buffer): number {
  for (let count = 1; count <= Math.min(3, bytes.length); count++) {
    const byte = bytes[bytes.length - count]!;
    if (byte >= 0x80 && byte < 0xc0) continue;
    return characterLength(byte) > count ? count : 0;
  }
  return 0;
}

/** Where bytes cease to be UTF-8. */
function firstMistake(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length) {
    const length = characterLength(bytes[at]!);
    if (length === 0 || at + length > bytes.length) break;
    if (length > 1 && !isUtf8(bytes.subarray(at, at + length))) break;
    at += length;
  }
  return at;
}
