import { asModSeq, asUid, type MessageRef, type ModSeq, type Uid } from '../../model/ids.ts';
import type { DateTime } from '../../model/date-time.ts';
import { FlagSet, seen } from '../../model/flag.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Delta, Entry } from '../change.ts';
import { goneOf } from '../gone.ts';
import type { Abortable, Mailbox, MailboxView } from '../store.ts';
import { seenBit } from './flag-sets.ts';
import type { SeenRow } from './guests.ts';
import type { SharedDelta, SharedView, Watcher } from './shared-view.ts';
import { View, type ViewHost } from './view.ts';

interface GuestMailboxOptions {
  readonly mailbox: (mailbox: Mailbox) => Mailbox;
  /** Marks written after a mod-sequence and not after another one. */
  readonly since: (from: number, to: number) => readonly SeenRow[];
  readonly onUnused: (guest: GuestMailbox) => void;
}

/** Mod-sequence and mark in one number: twice the one, and 1 for what was seen. */
const twice = 2;

/** What one user has seen of a mailbox that is not his, and the shared view under that. */
export class GuestMailbox implements Watcher {
  readonly shared: SharedView;
  readonly watchers = new Set<(delta: Delta) => void>();
  /** Resolves when all marks are there. */
  ready: Promise<void> = Promise.resolve();
  readonly #options: GuestMailboxOptions;
  readonly #marks = new Map<number, number>();
  /** All marks up to here are known; undefined until they were read. */
  #known: number | undefined;
  #users = 0;
  /** The mailbox, and as what this user is told of it. */
  #told: { readonly of: Mailbox; readonly as: Mailbox } | undefined;

  constructor(shared: SharedView, options: GuestMailboxOptions) {
    this.shared = shared;
    this.#options = options;
  }

  get mailbox(): Mailbox {
    const { mailbox } = this.shared;
    if (this.#told?.of !== mailbox)
      this.#told = { of: mailbox, as: this.#options.mailbox(mailbox) };
    return this.#told.as;
  }

  enter(): void {
    if (this.#users++ > 0) return;
    this.shared.guests++;
    this.shared.watchers.add(this);
  }

  leave(): void {
    if (--this.#users > 0) return;
    this.shared.guests--;
    this.shared.watchers.delete(this);
    this.#options.onUnused(this);
  }

  take(rows: readonly SeenRow[]): void {
    for (const [uid, seen, modSeq] of rows) this.#marks.set(uid, modSeq * twice + seen);
  }

  /** The first reading began at one mod-sequence, and another one is published. */
  begin(since: ModSeq, published: ModSeq): void {
    this.take(this.#options.since(since, published));
    this.#known = published;
  }

  hasSeen(uid: number): boolean {
    return (this.#marks.get(uid) ?? 0) % twice === 1;
  }

  /** When the mark of this message was last changed, or 0. */
  markedAt(uid: number): number {
    return Math.floor((this.#marks.get(uid) ?? 0) / twice);
  }

  /** Messages whose marks changed after this mod-sequence. */
  *markedSince(modSeq: ModSeq): Generator<number> {
    for (const [uid, mark] of this.#marks) if (mark >= (modSeq + 1) * twice) yield uid;
  }

  /** The flags of a message, given the number of those that its owner sees. */
  flags(uid: number, number: number): FlagSet {
    return this.shared.flagSets.get((number & ~seenBit) | (this.hasSeen(uid) ? seenBit : 0));
  }

  /** The delta that this user is told of what a write did. */
  tell(delta: SharedDelta): void {
    const { seenOnly, changed: written, expunged: gone, ...rest } = delta;
    const marked = this.#read(delta.modSeq);
    // As they were last: before their marks are forgotten.
    const expunged = goneOf(Array.from(gone, (entry) => this.entry(entry)));
    for (const { uid } of expunged) this.#marks.delete(uid);
    const { columns } = this.shared;
    const fresh = columns.count - delta.added;
    const isKnown = (uid: Uid): boolean => {
      const row = columns.row(uid);
      return row >= 0 && row < fresh;
    };
    const changed = new Set<Uid>();
    for (const uid of written.values()) if (seenOnly?.has(uid) !== true) changed.add(uid);
    for (const uid of marked) if (isKnown(uid)) changed.add(uid);
    const modSeqOnly = [...(seenOnly ?? [])].filter((uid) => !changed.has(uid));
    const told: Delta = {
      ...rest,
      changed: NumberSet.of(changed),
      modSeqOnly: NumberSet.of(modSeqOnly),
      expunged,
    };
    for (const watcher of Array.from(this.watchers)) watcher(told);
  }

  /** An entry with this user's \Seen and mod-sequence. */
  entry(entry: Entry): Entry {
    const { uid } = entry;
    const others = entry.flags.flags.filter((name) => name !== seen);
    const flags = new FlagSet(this.hasSeen(uid) ? [...others, seen] : others);
    return { ...entry, flags, modSeq: asModSeq(Math.max(entry.modSeq, this.markedAt(uid))) };
  }

  /** Reads the marks up to a mod-sequence; whose they are. */
  #read(upTo: ModSeq): Uid[] {
    if (this.#known === undefined || upTo <= this.#known) return [];
    const rows = this.#options.since(this.#known, upTo);
    this.take(rows);
    this.#known = upTo;
    return rows.map(([uid]) => asUid(uid));
  }
}

/** One holder's door to a mailbox of somebody else. */
export class GuestView implements MailboxView {
  readonly #guest: GuestMailbox;
  readonly #shared: View;
  readonly #watches = new Set<(delta: Delta) => void>();
  #disposed = false;

  constructor(guest: GuestMailbox, host: ViewHost) {
    this.#guest = guest;
    this.#shared = new View(guest.shared, host);
    guest.enter();
  }

  get mailbox(): Mailbox {
    return this.#guest.mailbox;
  }

  get count(): number {
    return this.#shared.count;
  }

  uid(row: number): Uid {
    return this.#shared.uid(row);
  }

  flags(row: number): FlagSet {
    const { flags, uid } = this.#guest.shared.columns;
    return this.#guest.flags(uid[row]!, flags[row]!);
  }

  modSeq(row: number): ModSeq {
    const marked = this.#guest.markedAt(this.uid(row));
    return asModSeq(Math.max(this.#shared.modSeq(row), marked));
  }

  message(row: number): MessageRef {
    return this.#shared.message(row);
  }

  size(row: number): number {
    return this.#shared.size(row);
  }

  internalDate(row: number): DateTime {
    return this.#shared.internalDate(row);
  }

  saveDate(row: number): DateTime {
    return this.#shared.saveDate(row);
  }

  entry(row: number): Entry {
    return { ...this.#shared.entry(row), flags: this.flags(row), modSeq: this.modSeq(row) };
  }

  row(uid: Uid): number {
    return this.#shared.row(uid);
  }

  rowFrom(uid: number): number {
    return this.#shared.rowFrom(uid);
  }

  changedSince(modSeq: ModSeq): NumberSet<Uid> {
    if (modSeq >= this.mailbox.highestModSeq) return NumberSet.empty;
    const marked = Array.from(this.#guest.markedSince(modSeq), asUid);
    const there = marked.filter((uid) => this.row(uid) >= 0);
    return this.#shared.changedSince(modSeq).union(NumberSet.of(there));
  }

  get firstUnseenRow(): number {
    const { count } = this;
    if (this.mailbox.unseen === 0) return -1;
    for (let row = 0; row < count; row++) if (!this.#guest.hasSeen(this.uid(row))) return row;
    return -1;
  }

  vanishedSince(modSeq: ModSeq, options?: Abortable): Promise<NumberSet<Uid>> {
    return this.#shared.vanishedSince(modSeq, options);
  }

  /** \Recent is the owner's. */
  takeRecent(): Uid {
    return this.mailbox.uidNext;
  }

  watch(listener: (delta: Delta) => void): Disposable {
    const own = (delta: Delta): void => listener(delta);
    this.#watches.add(own);
    this.#guest.watchers.add(own);
    return { [Symbol.dispose]: () => void this.#guest.watchers.delete(own) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const watch of this.#watches) this.#guest.watchers.delete(watch);
    this.#guest.leave();
    await this.#shared[Symbol.asyncDispose]();
  }
}
