import { isUtf8 } from 'node:buffer';
import { assert } from '../../base/assert.ts';
import { sameText } from '../../base/ascii.ts';
import type { Branded } from '../../model/ids.ts';
import type { Language } from '../../model/language.ts';
import type { MailboxName } from '../../model/mailbox-name.ts';
import type { RawText } from '../../model/raw-text.ts';
import type { ReadyText } from '../../model/ready-text.ts';
import { encodeMailbox } from '../mailbox-text.ts';
import { translate } from './translate.ts';

/**
 * Bytes that may go to a client, one code unit each (latin1): made only by the functions here, which let no CR, LF
 * or NUL through but in the frame of a literal. So no value can end a line early, whoever it came from.
 */
export type Wire = Branded<string, 'Wire'>;

export interface WriteOptions {
  /** Whether the session takes UTF-8 in quoted strings: UTF8=ACCEPT or IMAP4rev2 is enabled. */
  readonly utf8: boolean;
  /** Of human text; English unless the client asked for another one. */
  readonly language?: Language;
  /** UIDFETCH with the UID for FETCH with a number (RFC 9586 section 3.3). */
  readonly uidOnly?: boolean;
  /** What is switched off, `rule word` as in model/capability.ts, and so not said. */
  readonly unknown?: ReadonlySet<string> | undefined;
}

/** A piece of a response as the RFC writes it; only wire values and numbers fit its holes. */
export function wire(strings: TemplateStringsArray, ...holes: readonly (Wire | number)[]): Wire {
  let text = strings[0] ?? '';
  for (let i = 0; i < holes.length; i++) text += `${holes[i]}${strings[i + 1]}`;
  return text as Wire;
}

export const nil = wire`NIL`;
export const nothing = wire``;
const space = wire` `;

export function joined(values: readonly Wire[], between: Wire = space): Wire {
  return values.join(between) as Wire;
}

/** `(a b c)` */
export function list(values: readonly Wire[]): Wire {
  return wire`(${joined(values)})`;
}

/** A word of ours, such as a capability or a code, that holds no white space; anything else is a bug. */
export function token(text: string): Wire {
  // The message is made only when it is needed: every response has a few tokens.
  if (!/^[\x21-\x7e]+$/.test(text)) assert(false, `${JSON.stringify(text)} is one printable word`);
  return text as Wire;
}

/** A set of numbers as IMAP writes it. */
export function numbers(set: { toString(): string }): Wire {
  const text = set.toString();
  assert(/^[0-9:,]+$/.test(text), 'a set that is written has numbers');
  return text as Wire;
}

/** A quoted string beyond this length becomes a literal: line buffers of clients are small. */
const quotedCharactersMax = 1000;
const plainQuoted = /^[\x20\x21\x23-\x5b\x5d-\x7e]{0,1000}$/;
// oxlint-disable-next-line no-control-regex
const sevenBit = /^[\u0001-\u007f]*$/;

/**
 *   string = quoted / literal      RFC 9051 section 9
 *
 * Header bytes: quoted where that is possible, a literal where not. NUL cannot be sent at all and is left out.
 */
export function rawString(text: RawText, { utf8 }: WriteOptions): Wire {
  if (plainQuoted.test(text)) return `"${text}"` as Wire;
  const sendable = text.includes('\0') ? text.replaceAll('\0', '') : text;
  // Not without its NUL in quotes: those say what the text is, and can be read back (`ready`).
  const quotable =
    sendable === text &&
    text.length <= quotedCharactersMax &&
    !/[\r\n]/.test(text) &&
    (sevenBit.test(text) || (utf8 && isUtf8(Buffer.from(text, 'latin1'))));
  if (!quotable) return `{${sendable.length}}\r\n${sendable}` as Wire;
  return `"${sendable.replaceAll(/["\\]/g, String.raw`\$&`)}"` as Wire;
}

/** Printable ASCII that neither begins with a bracket nor with a blank, nor ends with one. */
const plainText = /^[!-Z\\-~](?:[ -~]*[!-~])?$/;

/** nstring = string / nil */
export function rawNstring(text: RawText | null, options: WriteOptions): Wire {
  return text === null ? nil : rawString(text, options);
}

/** What a store kept ready. It comes from a disk, or from a store that is not ours, so it is looked at once more. */
export function ready(text: ReadyText): Wire {
  if (text.includes('\n') || text.includes('\r') || text.includes('\0'))
    assert(false, 'a text that is ready for the wire keeps to its line');
  return text as string as Wire;
}

/** Human text as a string: in UTF-8 where the session takes it, else as a literal of UTF-8. */
export function textString(text: string, options: WriteOptions): Wire {
  return rawString(utf8Carrier(text) as RawText, options);
}

/** Text as its UTF-8 bytes, one code unit each. */
function utf8Carrier(text: string): string {
  return sevenBit.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** astring = 1*ASTRING-CHAR / string; an atom for plain words but not for NIL. */
export function astring(text: string, options: WriteOptions): Wire {
  const isWord = /^[A-Za-z0-9._/-]+$/.test(text) && !sameText(text, 'NIL');
  return isWord ? (text as Wire) : textString(text, options);
}

/** mailbox = "INBOX" / astring; INBOX is in capitals in every `MailboxName`. */
export function mailbox(name: MailboxName, options: WriteOptions): Wire {
  return astring(encodeMailbox(name, options.utf8), options);
}

/**
 *   text = 1*(TEXT-CHAR / UTF8-2 / UTF8-3 / UTF8-4)      RFC 9051 section 9
 *
 * Words for a human at the end of a line, in UTF-8 once a language was asked for (RFC 5255 section 3.5): never empty, since some clients cannot read that, and never with
 * a bracket first, which would be read as a response code.
 */
export function humanText(english: string, { utf8, language = 'i-default' }: WriteOptions): Wire {
  const text = translate(english, language);
  // Nearly all that is ever said.
  if (plainText.test(text)) return text as Wire;
  // oxlint-disable-next-line no-control-regex
  const printable = text.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').trim();
  const safe = printable.startsWith('[') ? `(${printable.slice(1)}` : printable;
  if (safe === '') return wire`done`;
  return (
    utf8 || language !== 'i-default'
      ? utf8Carrier(safe)
      : safe.replaceAll(/[^\u0020-\u007e]+/g, '?')
  ) as Wire;
}
