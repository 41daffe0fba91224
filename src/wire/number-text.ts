/** The largest number64 (RFC 9051 section 9), in digits. */
const number64Max = '9223372036854775807';

/** number64 = 1*DIGIT, below 2^63; above 2^53 - 1 it is that, which compares the same with all of ours. Undefined for what is none. */
export function readNumber64(digits: string): number | undefined {
  const significant = digits.replace(/^0+(?=.)/, '');
  const { length } = number64Max;
  if (significant === '' || significant.length > length) return undefined;
  if (significant.length === length && significant > number64Max) return undefined;
  return Math.min(Number(significant), Number.MAX_SAFE_INTEGER);
}
