/** What a literal's announcement at the end of a line says. */
export interface Announcement {
  /** Octets announced; Infinity for a number that no literal can have. */
  readonly size: number;
  /** Whether the client waits for a continuation before it sends the literal. */
  readonly synchronizing: boolean;
  /** `~{n}`: the literal may hold NUL. */
  readonly binary: boolean;
}

const CR = 0x0d;
/** How much of a skipped line's end is kept, so that an announcement can be seen across chunks. */
export const tailBytesMax = 128;

/** Where a line ends but for its CRLF, or its LF alone. */
export function withoutLineEnd(bytes: Uint8Array, from: number, end: number): number {
  const stop = end - 1;
  return stop > from && bytes[stop - 1] === CR ? stop - 1 : stop;
}

/**
 *   literal  = "{" number64 ["+"] "}" CRLF *CHAR8       RFC 9051 section 9
 *   literal8 = "~{" number64 ["+"] "}" CRLF *OCTET      RFC 9051 section 9, RFC 7888 section 3
 *
 * The announcement at the end of the line `from` to `stop`.
 */
export function announcement(
  bytes: Uint8Array,
  from: number,
  stop: number,
): Announcement | undefined {
  let at = stop - 1;
  if (at < from || bytes[at] !== 0x7d) return undefined;
  at--;
  const synchronizing = bytes[at] !== 0x2b;
  if (!synchronizing) at--;
  const digitsEnd = at;
  while (at >= from && isDigit(bytes[at])) at--;
  if (at === digitsEnd || at < from || bytes[at] !== 0x7b) return undefined;
  let size = 0;
  for (let i = at + 1; i <= digitsEnd; i++) size = size * 10 + (bytes[i]! - 0x30);
  if (size > Number.MAX_SAFE_INTEGER) size = Infinity;
  return { size, synchronizing, binary: at > from && bytes[at - 1] === 0x7e };
}

/**
 * The announcement at the end of a skipped line of which only the tail is known. A tail of digits alone
 * is taken for one whose brace was cut off: to wait for ever is safer than to run a literal as commands.
 */
export function lastAnnouncement(tail: Uint8Array, stop: number): Announcement | undefined {
  const found = announcement(tail, 0, stop);
  if (found !== undefined || tail.length < tailBytesMax || tail[stop - 1] !== 0x7d) return found;
  const synchronizing = tail[stop - 2] !== 0x2b;
  const digits = tail.subarray(0, synchronizing ? stop - 1 : stop - 2);
  return digits.every(isDigit) ? { size: Infinity, synchronizing, binary: false } : undefined;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
