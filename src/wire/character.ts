/**
 * The character classes of RFC 9051 section 9 as tables over a byte: 1 where it belongs. NUL belongs to
 * none, so that a missing byte read as 0 ends every run.
 */
function table(has: (byte: number, character: string) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) =>
    has(byte, String.fromCharCode(byte)) ? 1 : 0,
  );
}

const printable = (byte: number): boolean => byte > 0x20 && byte < 0x7f;
/** ATOM-CHAR = <any CHAR except atom-specials> */
const atomChar = (byte: number, character: string): boolean =>
  printable(byte) && !'(){%*"\\]'.includes(character);

export const is = {
  digit: table((byte) => byte >= 0x30 && byte <= 0x39),
  /** What the grammar's own words are made of. */
  word: table((_, character) => /[A-Za-z0-9._=-]/.test(character)),
  atom: table(atomChar),
  /** ASTRING-CHAR = ATOM-CHAR / resp-specials */
  astring: table((byte, character) => atomChar(byte, character) || character === ']'),
  /** <any ASTRING-CHAR except "+"> */
  tag: table(
    (byte, character) => (atomChar(byte, character) || character === ']') && character !== '+',
  ),
  /** list-char = ATOM-CHAR / list-wildcards / resp-specials */
  listMailbox: table((byte, character) => atomChar(byte, character) || ']%*'.includes(character)),
  /** Bytes of a quoted string that stand for themselves; from 0x80 on they must prove to be UTF-8. */
  plainQuoted: table((byte, character) => byte !== 0 && !'\r\n"\\'.includes(character)),
} as const;
