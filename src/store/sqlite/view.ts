import {
  asModSeq,
  asMessageRef,
  asUid,
  type MessageRef,
  type ModSeq,
  type Uid,
} from '../../model/ids.ts';
import type { DateTime } from '../../model/date-time.ts';
import type { FlagSet } from '../../model/flag.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Delta, Entry } from '../change.ts';
import type { Abortable, Mailbox, MailboxView } from '../store.ts';
import type { Columns } from './columns.ts';
import type { FlagSets } from './flag-sets.ts';
import type { SharedView, Watcher } from './shared-view.ts';

/** What a view asks of its account. */
export interface ViewHost {
  /** UIDs logged as gone after a mod-sequence, or undefined when the log does not reach back so far. */
  vanished(key: number, since: ModSeq, options: Abortable): Promise<NumberSet<Uid> | undefined>;
  takeRecent(key: number): Uid;
  release(view: SharedView): void;
}

/** One holder's door to a shared view: disposing it twice does no harm to the others. */
export class View implements MailboxView {
  readonly #shared: SharedView;
  readonly #columns: Columns;
  readonly #flagSets: FlagSets;
  readonly #host: ViewHost;
  readonly #watches: Watch[] = [];
  #disposed = false;

  constructor(shared: SharedView, host: ViewHost) {
    this.#shared = shared;
    this.#columns = shared.columns;
    this.#flagSets = shared.flagSets;
    this.#host = host;
  }

  get mailbox(): Mailbox {
    return this.#shared.mailbox;
  }

  get count(): number {
    return this.#columns.count;
  }

  uid(row: number): Uid {
    return asUid(this.#columns.uid[row]!);
  }

  flags(row: number): FlagSet {
    return this.#flagSets.get(this.#columns.flags[row]!);
  }

  modSeq(row: number): ModSeq {
    return asModSeq(this.#columns.modSeq[row]!);
  }

  message(row: number): MessageRef {
    return asMessageRef(this.#columns.message[row]!);
  }

  size(row: number): number {
    return this.#columns.size[row]!;
  }

  internalDate(row: number): DateTime {
    return { epochSeconds: this.#columns.date[row]!, zoneMinutes: this.#columns.zone[row]! };
  }

  saveDate(row: number): DateTime {
    return { epochSeconds: this.#columns.saved[row]!, zoneMinutes: 0 };
  }

  entry(row: number): Entry {
    return this.#shared.entry(row);
  }

  row(uid: Uid): number {
    return this.#columns.row(uid);
  }

  rowFrom(uid: number): number {
    return this.#columns.rowFrom(uid);
  }

  changedSince(modSeq: ModSeq): NumberSet<Uid> {
    if (modSeq >= this.mailbox.highestModSeq) return NumberSet.empty;
    const { count, modSeq: column, uid: uids } = this.#columns;
    const ranges: { readonly first: Uid; last: Uid }[] = [];
    let range: { readonly first: Uid; last: Uid } | undefined;
    for (let row = 0; row < count; row++) {
      if (column[row]! <= modSeq) continue;
      const uid = asUid(uids[row]!);
      if (range !== undefined && uid === range.last + 1) range.last = uid;
      else ranges.push((range = { first: uid, last: uid }));
    }
    return NumberSet.ofRanges(ranges);
  }

  get firstUnseenRow(): number {
    return this.#shared.firstUnseenRow;
  }

  async vanishedSince(modSeq: ModSeq, options: Abortable = {}): Promise<NumberSet<Uid>> {
    const known = await this.#host.vanished(this.#shared.key, modSeq, options);
    return known ?? this.#holes();
  }

  /** Every UID that was given and is not there: all that may have vanished, in one pass over the columns. */
  #holes(): NumberSet<Uid> {
    const { uid, count } = this.#columns;
    const ranges: { first: Uid; last: Uid }[] = [];
    let next = 1;
    for (let row = 0; row <= count; row++) {
      const there = row < count ? uid[row]! : this.mailbox.uidNext;
      if (there > next) ranges.push({ first: asUid(next), last: asUid(there - 1) });
      next = there + 1;
    }
    return NumberSet.ofRanges(ranges);
  }

  takeRecent(): Uid {
    return this.#host.takeRecent(this.#shared.key);
  }

  watch(listener: (delta: Delta) => void): Disposable {
    const watch = new Watch(listener, this.#shared);
    this.#watches.push(watch);
    return watch;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const watch of this.#watches) watch[Symbol.dispose]();
    this.#host.release(this.#shared);
  }
}

/** One listener of a view; an object of its own, so that two watches of one function are two. */
class Watch implements Watcher, Disposable {
  readonly tell: (delta: Delta) => void;
  readonly #shared: SharedView;

  constructor(listener: (delta: Delta) => void, shared: SharedView) {
    this.tell = listener;
    this.#shared = shared;
    shared.watchers.add(this);
  }

  [Symbol.dispose](): void {
    this.#shared.watchers.delete(this);
  }
}

/** Views that nobody holds, kept for the next SELECT; the least recently used go when they take too much. */
export class ViewCache {
  readonly #bytesMax: number;
  readonly #idle = new Map<SharedView, { readonly bytes: number; readonly drop: () => void }>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Keeps a view until room is needed, then calls `drop`. */
  keep(view: SharedView, drop: () => void): void {
    this.take(view);
    const { bytes } = view.columns;
    this.#idle.set(view, { bytes, drop });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#idle) {
      if (this.#bytes <= this.#bytesMax) return;
      this.take(oldest);
      entry.drop();
    }
  }

  /** Somebody holds it again, or it is gone. */
  take(view: SharedView): void {
    const entry = this.#idle.get(view);
    if (entry === undefined) return;
    this.#idle.delete(view);
    this.#bytes -= entry.bytes;
  }
}
