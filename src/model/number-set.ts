/**
 * Sets of numbers as ranges, never expanded: `1:4294967295` is one range.
 */
export interface Range<T extends number = number> {
  readonly first: T;
  /** Inclusive; never below `first`. */
  readonly last: T;
}

/** Puts a range behind ascending ones, or onto the last of them where it goes on from there. */
export function extend<T extends number>(ranges: { first: T; last: T }[], first: T, last: T): void {
  const end = ranges[ranges.length - 1];
  if (end !== undefined && end.last + 1 === first) end.last = last;
  else ranges.push({ first, last });
}

/** An immutable set of positive integers: disjoint ascending ranges with gaps between them. */
export class NumberSet<T extends number = number> {
  readonly ranges: readonly Range<T>[];

  private constructor(ranges: readonly Range<T>[]) {
    this.ranges = ranges;
  }

  static readonly empty: NumberSet<never> = new NumberSet<never>([]);

  /** The set of these ranges, which may overlap and come in any order; a reversed one is turned round. */
  static ofRanges<T extends number>(ranges: Iterable<Range<T>>): NumberSet<T> {
    const sorted: Range<T>[] = [];
    let isReady = true;
    let end = 0;
    for (const range of ranges) {
      const { first, last } = range;
      sorted.push(first <= last ? range : { first: last, last: first });
      isReady &&= first <= last && (end === 0 || first > end + 1);
      end = last;
    }
    if (isReady || sorted.length <= 1) return new NumberSet<T>(sorted);
    sorted.sort((a, b) => a.first - b.first);
    const merged: { first: T; last: T }[] = [];
    for (const range of sorted) {
      const previous = merged.at(-1);
      if (previous === undefined || range.first > previous.last + 1) merged.push({ ...range });
      else if (range.last > previous.last) previous.last = range.last;
    }
    return new NumberSet<T>(merged);
  }

  /** The set of these numbers, in any order, repeats allowed. Fast when they ascend. */
  static of<T extends number>(numbers: Iterable<T>): NumberSet<T> {
    const ranges: { first: T; last: T }[] = [];
    let ascending = true;
    let previous: { first: T; last: T } | undefined;
    for (const value of numbers) {
      if (previous !== undefined) {
        if (value === previous.last + 1) {
          previous.last = value;
          continue;
        }
        if (value === previous.last) continue;
        if (value < previous.last) ascending = false;
      }
      previous = { first: value, last: value };
      ranges.push(previous);
    }
    return ascending ? new NumberSet<T>(ranges) : NumberSet.ofRanges(ranges);
  }

  get isEmpty(): boolean {
    return this.ranges.length === 0;
  }

  /** How many numbers are in the set. */
  get count(): number {
    let count = 0;
    for (const { first, last } of this.ranges) count += last - first + 1;
    return count;
  }

  get min(): T | undefined {
    return this.ranges[0]?.first;
  }

  get max(): T | undefined {
    return this.ranges.at(-1)?.last;
  }

  has(value: number): boolean {
    let low = 0;
    let high = this.ranges.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const range = this.ranges[middle]!;
      if (value < range.first) high = middle - 1;
      else if (value > range.last) low = middle + 1;
      else return true;
    }
    return false;
  }

  /** Every number, ascending. Only for sets known to be small or cut to a mailbox. */
  *values(): Generator<T, void, undefined> {
    for (const { first, last } of this.ranges) {
      for (let value: number = first; value <= last; value++) yield value as T;
    }
  }

  union(other: NumberSet<T>): NumberSet<T> {
    if (other.isEmpty) return this;
    if (this.isEmpty) return other;
    return NumberSet.ofRanges([...this.ranges, ...other.ranges]);
  }

  intersect(other: NumberSet<T>): NumberSet<T> {
    const common: Range<T>[] = [];
    let i = 0;
    let j = 0;
    while (i < this.ranges.length && j < other.ranges.length) {
      const a = this.ranges[i]!;
      const b = other.ranges[j]!;
      const first = a.first > b.first ? a.first : b.first;
      const last = a.last < b.last ? a.last : b.last;
      if (first <= last) common.push({ first, last });
      if (a.last < b.last) i++;
      else j++;
    }
    return new NumberSet<T>(common);
  }

  /** The numbers of this set that are not in the other. */
  subtract(other: NumberSet<T>): NumberSet<T> {
    const kept: Range<T>[] = [];
    let j = 0;
    for (const { first, last } of this.ranges) {
      let from: number = first;
      while (j < other.ranges.length && other.ranges[j]!.last < from) j++;
      for (let k = j; k < other.ranges.length && other.ranges[k]!.first <= last; k++) {
        const hole = other.ranges[k]!;
        if (hole.first > from) kept.push({ first: from as T, last: (hole.first - 1) as T });
        from = hole.last + 1;
        if (from > last) break;
      }
      if (from <= last) kept.push({ first: from as T, last });
    }
    return new NumberSet<T>(kept);
  }

  /** As in IMAP: `1:3,5`. Empty for the empty set, which IMAP cannot write. */
  toString(): string {
    return this.ranges
      .map(({ first, last }) => (first === last ? `${first}` : `${first}:${last}`))
      .join(',');
  }
}

/**
 * A sequence-set as a client wrote it (RFC 9051 section 9): `*` is not known yet, `$` is the saved
 * search result (RFC 9051 section 6.4.4.1).
 */
export type SequenceSet =
  | { readonly kind: 'ranges'; readonly ranges: readonly SequenceRange[] }
  | { readonly kind: 'saved' };

export interface SequenceRange {
  readonly first: number | '*';
  readonly last: number | '*';
}

/** The set with `*` read as the largest number in use (0 in an empty mailbox: then `*` names nothing). */
export function resolveSet<T extends number>(
  ranges: readonly SequenceRange[],
  largest: T | 0,
): NumberSet<T> {
  const known: Range<T>[] = [];
  for (const range of ranges) {
    const first = range.first === '*' ? largest : range.first;
    const last = range.last === '*' ? largest : range.last;
    if (first > 0 && last > 0) known.push({ first: first as T, last: last as T });
    // With an empty mailbox `5:*` is `0:5` turned round; only its real end counts, and that names nothing.
  }
  return NumberSet.ofRanges(known);
}
