/** A row of `entry` as `.raw()` gives it, in the order of `entryColumns`. */
export type EntryRow = readonly [
  uid: number,
  flags: number,
  modSeq: number,
  message: number,
  size: number,
  date: number,
  zone: number,
  saved: number,
];

export const entryColumns = 'uid, flags, modseq, message, size, internal_date, zone, saved';

const firstCapacity = 32;
/** So few are copied sooner one by one. */
const fewRows = 16;

/** Rows that follow each other; `to` is the one behind them. */
export interface RowRun {
  readonly from: number;
  to: number;
}

type Column = Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Int16Array<ArrayBuffer>;

/** The entries of one mailbox as columns of numbers, ascending by UID: 42 bytes a message. */
export class Columns {
  count = 0;
  /** How often rows were removed, so that who reads piece by piece knows when rows have shifted. */
  removals = 0;
  uid: Uint32Array<ArrayBuffer>;
  flags: Uint32Array<ArrayBuffer>;
  modSeq: Float64Array<ArrayBuffer>;
  message: Uint32Array<ArrayBuffer>;
  size: Uint32Array<ArrayBuffer>;
  date: Float64Array<ArrayBuffer>;
  zone: Int16Array<ArrayBuffer>;
  saved: Float64Array<ArrayBuffer>;

  /** Empty, with room for so many rows. */
  constructor(rows = 0) {
    const capacity = Math.max(firstCapacity, rows);
    this.uid = new Uint32Array(capacity);
    this.flags = new Uint32Array(capacity);
    this.modSeq = new Float64Array(capacity);
    this.message = new Uint32Array(capacity);
    this.size = new Uint32Array(capacity);
    this.date = new Float64Array(capacity);
    this.zone = new Int16Array(capacity);
    this.saved = new Float64Array(capacity);
  }

  /** The columns, longer than `count`, in the order of `entryColumns`. Replaced when they grow. */
  get arrays(): readonly Column[] {
    const { uid, flags, modSeq, message, size, date, zone, saved } = this;
    return [uid, flags, modSeq, message, size, date, zone, saved];
  }

  /** Memory held, bytes. */
  get bytes(): number {
    return this.uid.length * 42;
  }

  push(row: EntryRow): void {
    if (this.count === this.uid.length) this.#resize(this.count * 2);
    this.set(this.count++, row);
  }

  set(at: number, row: EntryRow): void {
    this.uid[at] = row[0];
    this.flags[at] = row[1];
    this.modSeq[at] = row[2];
    this.message[at] = row[3];
    this.size[at] = row[4];
    this.date[at] = row[5];
    this.zone[at] = row[6];
    this.saved[at] = row[7];
  }

  /** Puts rows of others behind all. */
  copy(from: Columns, runs: readonly RowRun[]): void {
    let at = this.count;
    for (const { from: first, to } of runs) this.count += to - first;
    if (this.count > this.uid.length) this.#resize(Math.max(this.count, 2 * this.uid.length));
    const { arrays } = this;
    const others = from.arrays;
    for (const { from: first, to } of runs) {
      for (let column = 0; column < arrays.length; column++)
        put(arrays[column]!, at, others[column]!, first, to);
      at += to - first;
    }
  }

  /** A row as the database has it. */
  entry(at: number): EntryRow {
    const { uid, flags, modSeq, message, size, date, zone, saved } = this;
    return [
      uid[at]!,
      flags[at]!,
      modSeq[at]!,
      message[at]!,
      size[at]!,
      date[at]!,
      zone[at]!,
      saved[at]!,
    ];
  }

  /** The first row at or after `start` whose UID is not below; `count` when there is none. Quick when near. */
  rowFrom(uid: number, start = 0): number {
    const { uid: uids, count } = this;
    let low = start;
    let step = 1;
    while (low + step < count && uids[low + step]! < uid) {
      low += step;
      step *= 2;
    }
    let high = Math.min(low + step, count);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (uids[middle]! < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The row of a UID, or -1. Most mailboxes have few holes: looks where it would be without any first. */
  row(uid: number): number {
    const { uid: uids, count } = this;
    if (count === 0) return -1;
    const guess = uid - uids[0]!;
    if (guess >= 0 && guess < count && uids[guess] === uid) return guess;
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (uids[middle]! < uid) low = middle + 1;
      else high = middle;
    }
    return low < count && uids[low] === uid ? low : -1;
  }

  /** Removes these rows, in place. */
  remove(runs: readonly RowRun[]): void {
    const first = runs[0]?.from;
    if (first === undefined) return;
    this.removals++;
    const { arrays } = this;
    let to = first;
    for (let index = 0; index < runs.length; index++) {
      const from = runs[index]!.to;
      const end = runs[index + 1]?.from ?? this.count;
      for (const column of arrays) put(column, to, column, from, end);
      to += end - from;
    }
    this.count = to;
    if (this.uid.length > 4 * firstCapacity && this.count * 4 < this.uid.length)
      this.#resize(this.uid.length / 2);
  }

  /** Gives back what doubling took too much. */
  fit(): void {
    if (this.uid.length > this.count * 1.25 + firstCapacity)
      this.#resize(Math.max(firstCapacity, this.count + (this.count >>> 4)));
  }

  #resize(capacity: number): void {
    const count = Math.min(this.count, this.uid.length);
    this.uid = grown(this.uid, new Uint32Array(capacity), count);
    this.flags = grown(this.flags, new Uint32Array(capacity), count);
    this.modSeq = grown(this.modSeq, new Float64Array(capacity), count);
    this.message = grown(this.message, new Uint32Array(capacity), count);
    this.size = grown(this.size, new Uint32Array(capacity), count);
    this.date = grown(this.date, new Float64Array(capacity), count);
    this.zone = grown(this.zone, new Int16Array(capacity), count);
    this.saved = grown(this.saved, new Float64Array(capacity), count);
  }
}

/** Puts the values of these rows at a place, which is not behind them where it is the same column. */
// oxlint-disable-next-line eslint/max-params -- as memmove has them; an object for each would be most of the work
function put(column: Column, at: number, other: Column, from: number, to: number): void {
  if (to - from > fewRows) column.set(other.subarray(from, to), at);
  else for (let row = from; row < to; row++) column[at++] = other[row]!;
}

/** Row numbers, ascending, as runs. */
export function rowRuns(rows: Iterable<number>): RowRun[] {
  const runs: RowRun[] = [];
  for (const row of rows) addRow(runs, row);
  return runs;
}

/** Adds a row behind all. */
export function addRow(runs: RowRun[], row: number): void {
  const last = runs[runs.length - 1];
  if (last !== undefined && last.to === row) last.to++;
  else runs.push({ from: row, to: row + 1 });
}

function grown<T extends Column>(from: T, to: T, count: number): T {
  to.set(from.subarray(0, count));
  return to;
}
