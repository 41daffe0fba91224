import type { EntryRow } from './columns.ts';
import { flagsIn, type MarkRun, Marks } from './marks.ts';
import type { Step } from './step.ts';

/**
 * What the log says of messages beyond their entry rows, by mailbox. Of a row and a mark, and of two marks,
 * the one with the higher mod-sequence holds: so a mark that its row has already, or of a message that is gone,
 * does no harm, and it never matters which of the two was read first.
 */
export class Overlay {
  readonly #mailboxes = new Map<number, Marks>();

  get keys(): Iterable<number> {
    return this.#mailboxes.keys();
  }

  get(key: number): Marks | undefined {
    return this.#mailboxes.get(key);
  }

  /** Takes in ascending runs. */
  put(key: number, runs: readonly MarkRun[]): void {
    let marks = this.#mailboxes.get(key);
    if (marks === undefined) this.#mailboxes.set(key, (marks = new Marks()));
    marks.put(runs);
  }

  /** Takes in what a write did. */
  add({ events }: Step): void {
    for (const { key, changed, settled, expunged } of events) {
      if (!settled && changed.length > 0) this.put(key, changed);
      // What is gone needs no folding.
      if (expunged.length > 0) this.#forget(key, expunged);
    }
  }

  #forget(key: number, uids: readonly number[]): void {
    const marks = this.#mailboxes.get(key);
    if (marks === undefined) return;
    marks.removeAll(uids);
    if (marks.isEmpty) this.#mailboxes.delete(key);
  }

  /** Forgets what is in the rows now: all up to a mod-sequence. */
  drop(upTo: number): void {
    for (const [key, marks] of this.#mailboxes) {
      marks.drop(upTo);
      if (marks.isEmpty) this.#mailboxes.delete(key);
    }
  }
}

/** An entry row with the mark that its message has, if that is newer. */
export function marked(row: EntryRow, marks: Marks | undefined): EntryRow {
  const mark = marks?.get(row[0]);
  if (mark === undefined || mark[3] <= row[2]) return row;
  const [uid, , , ...rest] = row;
  return [uid, flagsIn(mark, uid), mark[3], ...rest];
}
