import type { RawText } from '../model/raw-text.ts';

/** Longest boundary we compare: RFC 2046 section 5.1.1 allows 70, and longer ones match by their beginning. */
const boundaryMax = 200;

/** So many bytes of a line decide whether it is a delimiter: `--`, the boundary, `--`. */
export const delimiterMax = boundaryMax + 4;

const DASH = 45;

interface Boundary<Owner> {
  readonly bytes: Buffer;
  readonly owner: Owner;
}

export interface Delimiter<Owner> {
  readonly owner: Owner;
  /** `--boundary--`: no part follows. */
  readonly closing: boolean;
}

/**
 * The boundaries of the multiparts that are open, outermost first.
 *
 *   delimiter       = CRLF "--" boundary
 *   close-delimiter = delimiter "--"                   RFC 2046 section 5.1.1
 */
export class Boundaries<Owner> {
  #open: Boundary<Owner>[] = [];

  get isEmpty(): boolean {
    return this.#open.length === 0;
  }

  add(owner: Owner, boundary: RawText): void {
    this.#open.push({ bytes: Buffer.from(boundary.slice(0, boundaryMax), 'latin1'), owner });
  }

  /** Forgets this owner's boundary and, always, those opened after it. */
  closeFrom(owner: Owner, options: { readonly keep: boolean }): void {
    const index = this.#open.findLastIndex((boundary) => boundary.owner === owner);
    if (index >= 0) this.#open.length = options.keep ? index + 1 : index;
  }

  clear(): void {
    this.#open = [];
  }

  /**
   * The delimiter that a line's beginning (`delimiterMax` bytes suffice, without its end) is. A line
   * needs only to begin with a boundary (RFC 2046 section 5.1.1); where one boundary begins
   * another, the longest counts, and of equal ones the innermost.
   */
  match(line: Uint8Array): Delimiter<Owner> | undefined {
    if (line.length < 3 || line[0] !== DASH || line[1] !== DASH) return undefined;
    const length = trimmedLength(line);
    let best: Boundary<Owner> | undefined;
    for (let i = this.#open.length - 1; i >= 0; i--) {
      const boundary = this.#open[i]!;
      if (!beginsWith(line, boundary.bytes)) continue;
      if (best === undefined || boundary.bytes.length > best.bytes.length) best = boundary;
      // Exactly this one, or this one closing: no longer one can be meant.
      if (length === boundary.bytes.length + 2 || this.#isClosing(line, boundary, length)) {
        best = boundary;
        break;
      }
    }
    if (best === undefined) return undefined;
    const end = best.bytes.length + 2;
    return { owner: best.owner, closing: line[end] === DASH && line[end + 1] === DASH };
  }

  #isClosing(line: Uint8Array, boundary: Boundary<Owner>, length: number): boolean {
    const end = boundary.bytes.length + 2;
    return length === end + 2 && line[end] === DASH && line[end + 1] === DASH;
  }
}

/** The line's length without transport padding. */
function trimmedLength(line: Uint8Array): number {
  let length = line.length;
  while (length > 0 && (line[length - 1] === 32 || line[length - 1] === 9)) length--;
  return length;
}

function beginsWith(line: Uint8Array, boundary: Buffer): boolean {
  if (line.length < boundary.length + 2) return false;
  for (let i = 0; i < boundary.length; i++) {
    if (line[i + 2] !== boundary[i]) return false;
  }
  return true;
}
