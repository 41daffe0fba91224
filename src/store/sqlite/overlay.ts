import type { EntryRow } from './columns.ts';
import type { Step } from './step.ts';

/** A message's flags by a write that its entry row may not have yet. */
export type Mark = readonly [flags: number, modSeq: number];
export type Marks = ReadonlyMap<number, Mark>;

/**
 * What the log says of messages beyond their entry rows, by mailbox and UID. Of a row and a mark, and of two marks,
 * the one with the higher mod-sequence holds: so a mark that its row has already, or of a message that is gone,
 * does no harm, and it never matters which of the two was read first.
 */
export class Overlay {
  readonly #mailboxes = new Map<number, Map<number, Mark>>();
  #count = 0;

  /** How many messages have a mark. */
  get count(): number {
    return this.#count;
  }

  get keys(): Iterable<number> {
    return this.#mailboxes.keys();
  }

  get(key: number): Marks | undefined {
    return this.#mailboxes.get(key);
  }

  put(key: number, uid: number, mark: Mark): void {
    let marks = this.#mailboxes.get(key);
    if (marks === undefined) this.#mailboxes.set(key, (marks = new Map()));
    const known = marks.get(uid);
    if (known !== undefined && known[1] > mark[1]) return;
    if (known === undefined) this.#count++;
    marks.set(uid, mark);
  }

  /** Takes in what a write did. */
  add({ modSeq, events }: Step): void {
    for (const { key, changed, settled } of events) {
      if (settled) continue;
      let last: Mark = [-1, -1];
      for (const [uid, flags, at = modSeq] of changed) {
        // Most writes give many messages the same flags.
        if (last[0] !== flags || last[1] !== at) last = [flags, at];
        this.put(key, uid, last);
      }
    }
  }

  /** Forgets what is in the rows now: all up to a mod-sequence. */
  drop(upTo: number): void {
    for (const [key, marks] of this.#mailboxes) {
      for (const [uid, [, modSeq]] of marks) {
        if (modSeq > upTo) continue;
        marks.delete(uid);
        this.#count--;
      }
      if (marks.size === 0) this.#mailboxes.delete(key);
    }
  }
}

/** An entry row with the mark that its message has, if that is newer. */
export function marked(row: EntryRow, marks: Marks | undefined): EntryRow {
  const mark = marks?.get(row[0]);
  if (mark === undefined || mark[1] <= row[2]) return row;
  const [uid, , , ...rest] = row;
  return [uid, ...mark, ...rest];
}
