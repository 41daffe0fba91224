import { asMessageRef, asModSeq, asUid, type Uid } from '../../model/ids.ts';
import { extend, NumberSet } from '../../model/number-set.ts';
import type { Delta, Entry } from '../change.ts';
import { nothingGone } from '../gone.ts';
import type { Mailbox } from '../store.ts';
import { addRow, Columns, type EntryRow, type RowRun } from './columns.ts';
import { entryAt } from './entry-at.ts';
import { type FlagSets, seenBit } from './flag-sets.ts';
import { GoneRows } from './gone-rows.ts';
import { flagsIn, type MarkRun } from './marks.ts';
import type { MailboxEvent, Step } from './step.ts';

/** An entry row as the contract has it. */
export function toEntry(row: EntryRow, flagSets: FlagSets): Entry {
  return {
    uid: asUid(row[0]),
    message: asMessageRef(row[3]),
    flags: flagSets.get(row[1]),
    modSeq: asModSeq(row[2]),
    size: row[4],
    internalDate: { epochSeconds: row[5], zoneMinutes: row[6] },
    saveDate: { epochSeconds: row[7], zoneMinutes: 0 },
  };
}

/** A delta with what a view for somebody else needs. */
export interface SharedDelta extends Delta {
  /** Those of `changed` of which \Seen alone changed; only while there are guests. */
  readonly seenOnly?: ReadonlySet<Uid> | undefined;
}

/** Gathers what a write changed. */
interface Changed {
  readonly changed: { first: Uid; last: Uid }[];
  readonly seenOnly: Set<Uid> | undefined;
}

/** Who is told of every delta. */
export interface Watcher {
  tell(delta: SharedDelta): void;
}

/** What a mailbox holds, once for all sessions of the process. Kept current by the account's steps. */
export class SharedView {
  readonly key: number;
  /** The same from `loaded` on. */
  columns = new Columns();
  readonly flagSets: FlagSets;
  readonly watchers = new Set<Watcher>();
  mailbox: Mailbox;
  /** How many hold it. */
  users = 0;
  /** Resolves when all rows are there; the deltas before that are nobody's. */
  ready: Promise<void> = Promise.resolve();
  loaded = false;
  removed = false;
  /** How many look whose \Seen is their own. */
  guests = 0;
  /** Rows that differ from those in its column file; infinite without one. */
  drift = Infinity;
  /** All rows before this one have \Seen; those from here on are not known. */
  #seenBefore = 0;

  constructor(key: number, mailbox: Mailbox, flagSets: FlagSets) {
    this.key = key;
    this.mailbox = mailbox;
    this.flagSets = flagSets;
  }

  get firstUnseenRow(): number {
    if (this.mailbox.unseen === 0) return -1;
    const row = this.seenRows;
    return row < this.columns.count ? row : -1;
  }

  /** How many rows there are before the first one without \Seen. */
  get seenRows(): number {
    const { flags, count } = this.columns;
    let row = this.#seenBefore;
    while (row < count && (flags[row]! & seenBit) !== 0) row++;
    return (this.#seenBefore = row);
  }

  /** A UID that those rows are below, and no other. */
  get seenBelow(): Uid {
    const { seenRows: row, columns } = this;
    return row < columns.count ? asUid(columns.uid[row]!) : this.mailbox.uidNext;
  }

  /** A row as the contract has it. */
  entry(row: number): Entry {
    return entryAt(this.columns, row, this.flagSets);
  }

  /** Does to the columns what a write did, then tells the listeners. Doing it twice is doing it once. */
  apply(step: Step, mailbox: Mailbox, events: readonly MailboxEvent[]): void {
    const changed: { first: Uid; last: Uid }[] = [];
    const seenOnly = this.guests === 0 ? undefined : new Set<Uid>();
    let gone: Columns | undefined;
    let added = 0;
    let drift = 0;
    for (const event of events) {
      drift += this.#change(event, { changed, seenOnly });
      gone = this.#expunge(event, gone);
      added += this.#add(event);
    }
    this.mailbox = mailbox;
    this.drift += drift + (gone?.count ?? 0) + added;
    this.#tell({
      modSeq: step.modSeq,
      origin: step.origin,
      added,
      changed: NumberSet.ofRanges(changed),
      ...(seenOnly !== undefined && { seenOnly }),
      expunged: gone === undefined ? nothingGone : new GoneRows(gone, this.flagSets),
      removed: false,
    });
  }

  /** The mailbox is gone; the columns stay as they were for those who still look. */
  remove(step: Step): void {
    this.removed = true;
    this.#tell({
      modSeq: step.modSeq,
      origin: step.origin,
      added: 0,
      changed: NumberSet.empty,
      expunged: nothingGone,
      removed: true,
    });
  }

  #tell(delta: SharedDelta): void {
    if (!this.loaded) return;
    // A copy: who begins to listen now has seen this one in the columns already.
    for (const watcher of Array.from(this.watchers)) watcher.tell(delta);
  }

  /** Gives messages that are there their new flags, and says how many they are. */
  #change({ changed: runs }: MailboxEvent, { changed, seenOnly }: Changed): number {
    const { columns } = this;
    let count = 0;
    let to = 0;
    for (const run of runs) {
      // Not taken apart as arrays are: there may be thousands.
      const first = run[0];
      const last = run[1];
      const from = columns.rowFrom(first, to);
      to = columns.rowFrom(last + 1, from);
      if (from === to) continue;
      if (seenOnly !== undefined) this.#compare(run, { from, to, seenOnly });
      this.#setFlags(run, from, to);
      columns.modSeq.fill(run[3], from, to);
      count += to - from;
      // Mostly all of a run are there.
      if (to - from === last - first + 1) extend(changed, asUid(first), asUid(last));
      else
        for (const uid of columns.uid.subarray(from, to)) extend(changed, asUid(uid), asUid(uid));
    }
    return count;
  }

  /** Gives these rows, which are all that there are of a run, its flags. */
  #setFlags(run: MarkRun, from: number, to: number): void {
    const { flags: column, uid } = this.columns;
    const [first, last, flags] = run;
    if (typeof flags === 'number') column.fill(flags, from, to);
    else if (to - from === last - first + 1) column.set(flags, from);
    else for (let row = from; row < to; row++) column[row] = flags[uid[row]! - first]!;
    const end = Math.min(to, this.#seenBefore);
    for (let row = from; row < end; row++) {
      if ((column[row]! & seenBit) !== 0) continue;
      this.#seenBefore = row;
      break;
    }
  }

  /** Which of these rows will differ by \Seen alone. */
  #compare(
    run: MarkRun,
    {
      from,
      to,
      seenOnly,
    }: { readonly from: number; readonly to: number; readonly seenOnly: Set<Uid> },
  ): void {
    const { columns } = this;
    for (let row = from; row < to; row++) {
      const uid = asUid(columns.uid[row]!);
      if ((columns.flags[row]! ^ flagsIn(run, uid)) === seenBit) seenOnly.add(uid);
      else seenOnly.delete(uid);
    }
  }

  /** Takes out rows; those of earlier events and these together. */
  #expunge({ expunged }: MailboxEvent, earlier: Columns | undefined): Columns | undefined {
    if (expunged.length === 0) return earlier;
    const { columns } = this;
    const runs: RowRun[] = [];
    let seenBefore = this.#seenBefore;
    let row = 0;
    for (const uid of expunged) {
      // Mostly the next one.
      if (row >= columns.count || columns.uid[row] !== uid) row = columns.rowFrom(uid, row);
      if (row >= columns.count || columns.uid[row] !== uid) continue;
      if (row < this.#seenBefore) seenBefore--;
      addRow(runs, row++);
    }
    const gone = earlier ?? new Columns();
    gone.copy(columns, runs);
    columns.remove(runs);
    this.#seenBefore = seenBefore;
    return gone;
  }

  #add(event: MailboxEvent): number {
    // While it loads, later slices will find them.
    if (!this.loaded) return 0;
    const { columns } = this;
    let count = 0;
    for (const entry of event.added) {
      if (columns.count > 0 && entry[0] <= columns.uid[columns.count - 1]!) continue;
      columns.push(entry);
      count++;
    }
    return count;
  }
}
