/**
 * ASCII case folding: the only case folding that protocol words may meet.
 * Unicode folding would make `ſELECT` a command and change lengths (`İ`), so offsets would lie.
 */

/** Upper-cases a to z and leaves every other code unit alone. */
export function upper(text: string): string {
  if (isAscii(text)) return text.toUpperCase();
  return text.replaceAll(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** Lower-cases A to Z and leaves every other code unit alone. */
export function lower(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Whether the language's own folding, which is much quicker, does the same. */
function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
}

/** Whether two texts are equal but for the case of A to Z. */
export function sameText(a: string, b: string): boolean {
  return a.length === b.length && (a === b || lower(a) === lower(b));
}
