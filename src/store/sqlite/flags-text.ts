/** Digits of the largest number of flags. */
const digits = 10;
/** Numbers whose text is kept: few combinations of flags are in use. */
const texts = new Map<number, string>();
const textsMax = 1000;

/** Flags of message after message for a statement that takes them from their places: bytes, since SQLite counts the characters of text. */
export function flagsText(flags: Iterable<number>): Buffer {
  let all = '';
  for (const number of flags) all += texts.get(number) ?? textOf(number);
  return Buffer.from(all, 'latin1');
}

function textOf(number: number): string {
  const text = String(number).padStart(digits, '0');
  if (texts.size < textsMax) texts.set(number, text);
  return text;
}
