import type { FlagEdit } from '../../model/flag.ts';
import { asUid, type MailboxId, type ModSeq, type Uid } from '../../model/ids.ts';
import { extend, NumberSet } from '../../model/number-set.ts';
import type { Flagged, Mailbox } from '../store.ts';
import type { Columns } from './columns.ts';
import { deletedBit, type Editor, seenBit } from './flag-sets.ts';
import { settle } from './fold.ts';
import { columnsAlone, pages, stretches } from './pages.ts';
import type { MailTransaction } from './transaction.ts';

/** Messages that one write changes in the log alone; more of them go into their rows at once, in slices. */
const logOnlyMax = 10_000;

export interface FlagChange {
  readonly id: MailboxId;
  readonly uids: NumberSet<Uid>;
  readonly edit: FlagEdit;
  readonly unchangedSince: ModSeq | undefined;
}

/** Changes flags; all messages that change get one mod-sequence, the others keep theirs. */
export function* flag(
  tx: MailTransaction,
  change: FlagChange,
): Generator<undefined, Flagged, undefined> {
  let row = tx.selectable(change.id);
  const editing = new Editing(tx, row.mailbox, change);
  const columns = columnsAlone(tx, row.key);
  if (columns === undefined) {
    for (const { rows } of pages(tx, row, change.uids)) {
      for (const [uid, flags, modSeq, , size] of rows) editing.see(uid, flags, modSeq, size);
      if (tx.isDue) yield* tx.breathe();
    }
  } else {
    for (const { from, to } of stretches(columns, change.uids)) {
      editing.seeRows(columns, from, to);
      if (tx.isDue) yield* tx.breathe();
    }
  }
  const { runs: changed, modified, unseen, deleted, deletedSize } = editing;
  if (changed.length > 0) {
    row = tx.withKeywords(row, editing.results);
    const settled = editing.count > logOnlyMax;
    if (settled) yield* settle(tx, row.key, changed);
    tx.put(row, { unseen, deleted, deletedSize, highestModSeq: tx.modSeq });
    tx.event({ key: row.key, added: [], changed, settled, expunged: [] });
  }
  return {
    modSeq: tx.modSeq,
    changed: NumberSet.ofRanges(editing.uids),
    modified: modified.length === 0 ? NumberSet.empty : NumberSet.of(modified),
  };
}

/**
 * What becomes of message after message. Neighbours that have the same flags are looked at together, and those that end up with
 * the same are one run: so a change of a whole mailbox is some objects, and V8 has little to do for each message even where
 * all this runs for the first time.
 */
class Editing {
  readonly runs: [first: number, last: number, flags: number, modSeq: number][] = [];
  readonly uids: { first: Uid; last: Uid }[] = [];
  /** Those that changed since `unchangedSince`. */
  readonly modified: Uid[] = [];
  /** How many have changed. */
  count = 0;
  unseen: number;
  deleted: number;
  deletedSize: number;
  readonly #tx: MailTransaction;
  readonly #editor: Editor;
  readonly #limit: number | undefined;

  constructor(
    tx: MailTransaction,
    { unseen, deleted, deletedSize }: Mailbox,
    { edit, unchangedSince }: FlagChange,
  ) {
    this.#tx = tx;
    this.#editor = tx.host.flagSets.editor(edit);
    this.#limit = unchangedSince;
    this.unseen = unseen;
    this.deleted = deleted;
    this.deletedSize = deletedSize;
  }

  /** All flag numbers that messages have now. */
  get results(): Iterable<number> {
    return this.#editor.results;
  }

  seeRows(columns: Columns, from: number, to: number): void {
    const { flags } = columns;
    for (let at = from; at < to;) {
      const before = flags[at]!;
      let end = at + 1;
      while (end < to && flags[end] === before) end++;
      this.#seeAlike(columns, at, end);
      at = end;
    }
  }

  /** Rows that have the same flags. */
  #seeAlike({ uid, flags, modSeq, size }: Columns, from: number, to: number): void {
    const [first, last] = [uid[from]!, uid[to - 1]!];
    const before = flags[from]!;
    if (this.#limit !== undefined || last - first !== to - 1 - from) {
      for (let at = from; at < to; at++) this.see(uid[at]!, before, modSeq[at]!, size[at]!);
      return;
    }
    const now = this.#editor.edited(before);
    if (now === before) return;
    this.#change(first, last, now);
    let bytes = 0;
    if (((now ^ before) & deletedBit) !== 0) for (let at = from; at < to; at++) bytes += size[at]!;
    this.#turn(before, now, [to - from, bytes]);
  }

  // oxlint-disable-next-line eslint/max-params -- there may be thousands, and no object for each
  see(uid: number, flags: number, modSeq: number, size: number): void {
    if (this.#limit !== undefined && modSeq > this.#limit) {
      this.modified.push(asUid(uid));
      return;
    }
    const now = this.#editor.edited(flags);
    if (now === flags) return;
    this.#change(uid, uid, now);
    this.#turn(flags, now, [1, size]);
  }

  #change(first: number, last: number, flags: number): void {
    const { runs } = this;
    const end = runs[runs.length - 1];
    extend(this.uids, asUid(first), asUid(last));
    this.count += last - first + 1;
    if (end !== undefined && end[1] === first - 1 && end[2] === flags) end[1] = last;
    else runs.push([first, last, flags, this.#tx.tick(!this.#tx.host.relaxed)]);
  }

  /** Counts messages, and their bytes where \Deleted comes or goes. */
  #turn(before: number, now: number, [count, bytes]: readonly [number, number]): void {
    const turned = now ^ before;
    if ((turned & seenBit) !== 0) this.unseen += (now & seenBit) === 0 ? count : -count;
    if ((turned & deletedBit) === 0) return;
    const sign = (now & deletedBit) === 0 ? -1 : 1;
    this.deleted += sign * count;
    this.deletedSize += sign * bytes;
  }
}
