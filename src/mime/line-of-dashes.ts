const LF = 10;
/** Hyphens that begin no line, after which the search is for those that do: text may be full of them. */
const elsewhereMax = 16;

/**
 * Where the next line begins that may be a delimiter: with two hyphens, behind an LF at `from` or later; -1 when there
 * is none. Every message passes through here whole. Nothing in base64 is a hyphen, and a byte that is nowhere is found
 * to be so five times as quickly as one that ends every line.
 */
export function lineOfDashes(bytes: Buffer, from: number): number {
  let at = from;
  for (let elsewhere = 0; elsewhere < elsewhereMax; elsewhere++) {
    const dashes = bytes.indexOf('--', at, 'latin1');
    if (dashes < 0) return -1;
    if (dashes > from && bytes[dashes - 1] === LF) return dashes;
    const feed = bytes.indexOf(LF, dashes);
    if (feed < 0) return -1;
    at = feed + 1;
  }
  const feed = bytes.indexOf('\n--', Math.max(from, at - 1), 'latin1');
  return feed < 0 ? -1 : feed + 1;
}
