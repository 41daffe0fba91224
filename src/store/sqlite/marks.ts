/** Messages that follow each other by UID, and the flags that a write gave them: all of them the same, or each its own. */
export type MarkRun = readonly [
  first: number,
  last: number,
  flags: number | Uint32Array,
  modSeq: number,
];

/** The flags of a message of a run. */
export function flagsIn([first, , flags]: MarkRun, uid: number): number {
  return typeof flags === 'number' ? flags : flags[uid - first]!;
}

/** The same of one message: how entry rows begin. */
type Mark = readonly [uid: number, flags: number, modSeq: number, ...unknown[]];

/** So few runs are put in their places one by one; of more all runs are gone through once. */
const fewRuns = 8;

/**
 * The flags of messages by writes that their entry rows may not have yet: ascending runs, so that a write to all messages of a
 * mailbox is one. Of two marks of a message the one with the higher mod-sequence holds, whichever came first.
 */
export class Marks {
  #runs: MarkRun[] = [];
  /** The highest mod-sequence that came. */
  #newest = 0;

  /** Ascending, disjoint. Good until the next change. */
  get runs(): readonly MarkRun[] {
    return this.#runs;
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  /** The run that a message is in. */
  get(uid: number): MarkRun | undefined {
    const run = this.#runs[this.#from(uid)];
    return run !== undefined && run[0] <= uid ? run : undefined;
  }

  has(uid: number): boolean {
    return this.get(uid) !== undefined;
  }

  /** Takes in ascending, disjoint runs. */
  put(runs: readonly MarkRun[]): void {
    if (runs.length === 0) return;
    if (runs.length <= fewRuns) for (const run of runs) this.#putOne(run);
    else if (this.#covers(runs)) this.#runs = runs.slice();
    else this.#runs = merged(this.#runs, runs);
    for (const run of runs) if (run[3] > this.#newest) this.#newest = run[3];
  }

  /** Whether nothing is left of what there is: all of it is older, and runs without a gap stand in its place. */
  #covers(runs: readonly MarkRun[]): boolean {
    const known = this.#runs;
    if (known.length === 0) return true;
    let end = runs[0]![0] - 1;
    if (known[0]![0] <= end || known.at(-1)![1] > runs.at(-1)![1]) return false;
    for (const run of runs) {
      if (run[0] !== end + 1 || run[3] < this.#newest) return false;
      end = run[1];
    }
    return true;
  }

  #putOne(run: MarkRun): void {
    const [first, last] = run;
    const runs = this.#runs;
    const from = this.#from(first);
    const there = runs[from];
    if (there === undefined || there[0] > last) runs.splice(from, 0, run);
    // Mostly a message that was changed before is changed again.
    else if (there[0] === first && there[1] === last) {
      if (there[3] <= run[3]) runs[from] = run;
    } else {
      let end = from;
      while (end < runs.length && runs[end]![0] <= last) end++;
      this.#replace(from, end, merged(runs.slice(from, end), [run]));
    }
  }

  /** Forgets a message. */
  remove(uid: number): void {
    const at = this.#from(uid);
    const run = this.#runs[at];
    if (run === undefined || run[0] > uid) return;
    const [first, last] = run;
    const left: MarkRun[] = [];
    if (first < uid) left.push(cut(run, first, uid - 1));
    if (uid < last) left.push(cut(run, uid + 1, last));
    this.#replace(at, at + 1, left);
  }

  /** Forgets messages, ascending. */
  removeAll(uids: readonly number[]): void {
    if (this.isEmpty || uids.length === 0) return;
    if (uids.length === 1) {
      this.remove(uids[0]!);
      return;
    }
    const left: MarkRun[] = [];
    let at = 0;
    for (const run of this.#runs) {
      const last = run[1];
      let from = run[0];
      while (at < uids.length && uids[at]! < from) at++;
      for (; at < uids.length && uids[at]! <= last; at++) {
        const uid = uids[at]!;
        if (uid > from) left.push(cut(run, from, uid - 1));
        from = uid + 1;
      }
      if (from <= last) left.push(from === run[0] ? run : cut(run, from, last));
    }
    this.#runs = left;
  }

  /** Forgets all up to a mod-sequence. */
  drop(upTo: number): void {
    this.#runs = this.#runs.filter(([, , , modSeq]) => modSeq > upTo);
  }

  #replace(from: number, to: number, by: readonly MarkRun[]): void {
    const runs = this.#runs;
    if (by.length <= fewRuns) runs.splice(from, to - from, ...by);
    else this.#runs = [...runs.slice(0, from), ...by, ...runs.slice(to)];
  }

  /** The first run that ends at or behind a UID. */
  #from(uid: number): number {
    const runs = this.#runs;
    let low = 0;
    let high = runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (runs[middle]![1] < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Two lists of runs as one; where they meet, the higher mod-sequence holds, and of equals the later list. */
function merged(earlier: readonly MarkRun[], later: readonly MarkRun[]): MarkRun[] {
  const out = new RunList();
  let [i, j] = [0, 0];
  let [a, b] = [earlier[0], later[0]];
  while (a !== undefined && b !== undefined) {
    if (a[1] < b[0]) {
      out.add(a);
      a = earlier[++i];
    } else if (b[1] < a[0]) {
      out.add(b);
      b = later[++j];
    } else {
      const start = Math.max(a[0], b[0]);
      const end = Math.min(a[1], b[1]);
      // One of the two begins before the other, or neither.
      if (a[0] < start) out.add(cut(a, a[0], start - 1));
      if (b[0] < start) out.add(cut(b, b[0], start - 1));
      out.add(cut(a[3] > b[3] ? a : b, start, end));
      a = a[1] > end ? cut(a, end + 1, a[1]) : earlier[++i];
      b = b[1] > end ? cut(b, end + 1, b[1]) : later[++j];
    }
  }
  for (; a !== undefined; a = earlier[++i]) out.add(a);
  for (; b !== undefined; b = later[++j]) out.add(b);
  return out.runs;
}

function cut(run: MarkRun, first: number, last: number): MarkRun {
  const [from, , flags, modSeq] = run;
  if (typeof flags === 'number') return [first, last, flags, modSeq];
  if (first === last) return [first, last, flags[first - from]!, modSeq];
  return [first, last, flags.subarray(first - from, last - from + 1), modSeq];
}

/** Collects ascending runs; neighbours that are alike become one. */
class RunList {
  readonly runs: [first: number, last: number, flags: number | Uint32Array, modSeq: number][] = [];

  add([first, last, flags, modSeq]: MarkRun): void {
    const end = this.runs.at(-1);
    const isAlike = end !== undefined && end[2] === flags && end[3] === modSeq;
    // Those that have each its own flags stay what they are: an array is never the same as another.
    if (isAlike && end[1] + 1 === first && typeof flags === 'number') end[1] = last;
    else this.runs.push([first, last, flags, modSeq]);
  }
}

/** Ascending messages as runs. */
export function runsOf(marks: Iterable<Mark>): MarkRun[] {
  const list = new RunList();
  for (const [uid, flags, modSeq] of marks) list.add([uid, uid, flags, modSeq]);
  return list.runs;
}

/** How many messages there are in runs. */
export function messagesIn(runs: readonly MarkRun[]): number {
  let count = 0;
  // Not taken apart as an array: that takes an iterator of each.
  for (const run of runs) count += run[1] - run[0] + 1;
  return count;
}
