/**
 * The command lines of LMTP, which are those of SMTP (RFC 2033 section 4).
 *
 *   mail      = "MAIL FROM:" Reverse-path [SP Mail-parameters]        RFC 5321 section 4.1.1.2
 *   rcpt      = "RCPT TO:" Forward-path [SP Rcpt-parameters]          RFC 5321 section 4.1.1.3
 *   Path      = "<" [ A-d-l ":" ] Mailbox ">"
 *   Mailbox   = Local-part "@" ( Domain / address-literal )
 *   esmtp-param = esmtp-keyword ["=" esmtp-value]
 */
import { upper } from '../base/ascii.ts';

/** An address as the envelope wrote it. */
export interface Path {
  /** Between the angle brackets, without a source route; empty for the null sender. */
  readonly text: string;
  /** Before the last `@`, quotes and backslashes taken away. */
  readonly localPart: string;
  /** Behind it; empty where there is none, as in `<postmaster>`. */
  readonly domain: string;
}

export interface PathCommand {
  readonly path: Path;
  /** Keywords in capitals; a value that was not given is an empty string. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** A line cut into its verb, in capitals, and the rest; undefined when it is not UTF-8 or has control characters. */
export function parseLine(line: Uint8Array): { verb: string; rest: string } | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    return undefined;
  }
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/.test(text)) return undefined;
  const trimmed = text.trimEnd();
  const space = trimmed.search(/[ \t]/);
  if (space < 0) return { verb: upper(trimmed), rest: '' };
  return { verb: upper(trimmed.slice(0, space)), rest: trimmed.slice(space + 1).trimStart() };
}

/** What follows `MAIL` or `RCPT`; undefined where the grammar is broken. `word` is `FROM` or `TO`. */
export function parsePathCommand(rest: string, word: 'FROM' | 'TO'): PathCommand | undefined {
  const prefix = `${word}:`;
  if (upper(rest.slice(0, prefix.length)) !== prefix) return undefined;
  // A space behind the colon is wrong and common.
  const text = rest.slice(prefix.length).trimStart();
  const end = closingBracket(text);
  if (end < 0) return undefined;
  const path = parsePath(text.slice(1, end));
  const parameters = parseParameters(text.slice(end + 1));
  if (path === undefined || parameters === undefined) return undefined;
  return { path, parameters };
}

/** Where the path that begins a text ends; brackets within a quoted string do not count. */
function closingBracket(text: string): number {
  if (!text.startsWith('<')) return -1;
  let quoted = false;
  for (let at = 1; at < text.length; at += 1) {
    const char = text[at];
    if (quoted && char === '\\') at += 1;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && char === '>') return at;
    else if (!quoted && char === '<') return -1;
  }
  return -1;
}

const quotedString = /^"(?:[^"\\]|\\.)*"$/;
/** RFC 5321 section 4.5.3.1.3 has 256; rewritten senders (SRS, VERP) get longer. */
const pathBytesMax = 1000;

function parsePath(text: string): Path | undefined {
  // A source route must be accepted and should be ignored (RFC 5321 section 4.1.2, appendix C).
  const mailbox = text.replace(/^@[^:"]*:/, '');
  if (mailbox === '') return text === '' ? { text: '', localPart: '', domain: '' } : undefined;
  if (Buffer.byteLength(mailbox) > pathBytesMax) return undefined;
  const cut = mailbox.lastIndexOf('@');
  // An `@` inside the quotes of a local part that has no domain is no separator.
  const bare = cut < 0 || quotedString.test(mailbox);
  const local = bare ? mailbox : mailbox.slice(0, cut);
  const domain = bare ? '' : mailbox.slice(cut + 1);
  if (!bare && domain === '') return undefined;
  if (/[\s"(),;<>\\@]/.test(domain)) return undefined;
  const localPart = parseLocalPart(local);
  return localPart === undefined ? undefined : { text: mailbox, localPart, domain };
}

/** Dot-string is taken widely (dots anywhere): such addresses exist. */
function parseLocalPart(text: string): string | undefined {
  if (quotedString.test(text)) return text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  return text === '' || /[\s"(),:;<>@[\\\]]/.test(text) ? undefined : text;
}

function parseParameters(text: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  if (text === '') return parameters;
  if (!/^[ \t]/.test(text)) return undefined;
  for (const word of text.trim().split(/[ \t]+/)) {
    if (word === '') continue;
    const match = /^([A-Za-z0-9][A-Za-z0-9-]*)(?:=([^=\s]+))?$/.exec(word);
    const keyword = upper(match?.[1] ?? '');
    if (keyword === '' || parameters.has(keyword)) return undefined;
    parameters.set(keyword, match?.[2] ?? '');
  }
  return parameters;
}
