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
/** Fewer neighbours with different flags are runs of one or some each: an array takes as much memory as two runs, and time to make. */
const ownFlagsLeast = 4;

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
 * What becomes of message after message. Neighbours that change are one run, with their flags as numbers in an array where they are
 * not all the same: so a change of a whole mailbox is some objects, and V8 has little to do for each message even where all this
 * runs for the first time.
 */
class Editing {
  readonly runs: [first: number, last: number, flags: number | Uint32Array, modSeq: number][] = [];
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

  /** A few thousand rows. */
  seeRows(columns: Columns, from: number, to: number): void {
    const { uid, flags, modSeq, size } = columns;
    if (this.#limit !== undefined) {
      for (let at = from; at < to; at++) this.see(uid[at]!, flags[at]!, modSeq[at]!, size[at]!);
      return;
    }
    const edited = this.#edit(flags, from, to);
    this.#count(columns, edited, from);
    for (let at = from; at < to;) {
      const now = edited[at - from]!;
      if (now === flags[at]) {
        at++;
        continue;
      }
      // Neighbours by UID, all of which change.
      const start = at++;
      const shift = uid[start]! - start;
      let isUniform = true;
      for (; at < to && uid[at]! - at === shift; at++) {
        const own = edited[at - from]!;
        if (own === flags[at]) break;
        if (own !== now) isUniform = false;
      }
      if (isUniform) this.#change(uid[start]!, uid[at - 1]!, now);
      else this.#changeEach(uid[start]!, edited.subarray(start - from, at - from));
    }
  }

  /** What flags rows will have. */
  #edit(flags: Uint32Array, from: number, to: number): Uint32Array {
    const edited = new Uint32Array(to - from);
    let before = -1;
    let now = 0;
    for (let at = from; at < to; at++) {
      const own = flags[at]!;
      if (own !== before) now = this.#editor.edited((before = own));
      edited[at - from] = now;
    }
    return edited;
  }

  /** Counts rows from `start` on, which will have these flags, or have them already. */
  #count({ flags, size }: Columns, edited: Uint32Array, start: number): void {
    let [unseen, deleted, bytes] = [0, 0, 0];
    for (let index = 0; index < edited.length; index++) {
      const before = flags[start + index]!;
      const now = edited[index]!;
      unseen += (before & seenBit) - (now & seenBit);
      const turned = (now & deletedBit) - (before & deletedBit);
      if (turned === 0) continue;
      deleted += turned;
      bytes += turned * size[start + index]!;
    }
    this.unseen += unseen / seenBit;
    this.deleted += deleted / deletedBit;
    this.deletedSize += bytes / deletedBit;
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
    if (((now ^ flags) & seenBit) !== 0) this.unseen += (now & seenBit) === 0 ? 1 : -1;
    if (((now ^ flags) & deletedBit) === 0) return;
    const sign = (now & deletedBit) === 0 ? -1 : 1;
    this.deleted += sign;
    this.deletedSize += sign * size;
  }

  #change(first: number, last: number, flags: number): void {
    const { runs } = this;
    const end = runs[runs.length - 1];
    extend(this.uids, asUid(first), asUid(last));
    this.count += last - first + 1;
    if (end !== undefined && end[1] === first - 1 && end[2] === flags) end[1] = last;
    else runs.push([first, last, flags, this.#tx.tick(!this.#tx.host.relaxed)]);
  }

  /** Neighbours of which each has its own flags now. */
  #changeEach(first: number, flags: Uint32Array): void {
    const { length } = flags;
    if (length < ownFlagsLeast) {
      for (let index = 0; index < length; index++)
        this.#change(first + index, first + index, flags[index]!);
      return;
    }
    const last = first + length - 1;
    extend(this.uids, asUid(first), asUid(last));
    this.count += length;
    this.runs.push([first, last, flags, this.#tx.tick(!this.#tx.host.relaxed)]);
  }
}
