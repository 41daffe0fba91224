import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MailboxName } from '../../model/mailbox-name.ts';
import { StoreError } from '../store-error.ts';
import type { ColumnSnapshots } from './column-snapshots.ts';
import { type Columns, entryColumns, type EntryRow } from './columns.ts';
import { storeError } from './database.ts';
import type { Reader } from './reader.ts';
import { prepare, type Statement } from './statement.ts';
import type { FlagSets } from './flag-sets.ts';
import type { MailboxRow, MailboxState } from './mailbox-state.ts';
import { marked } from './overlay.ts';
import { SharedView } from './shared-view.ts';
import { clockSql } from './statements.ts';
import type { MailboxEvent, Step } from './step.ts';
import type { Unfolded } from './unfolded.ts';
import type { ViewCache } from './view.ts';

/** What loading a view needs of its account. */
export interface ViewsHost {
  readonly reader: Reader;
  readonly state: MailboxState;
  readonly unfolded: Unfolded;
  readonly flagSets: FlagSets;
  readonly cache: ViewCache;
  readonly snapshots: ColumnSnapshots;
  /** Throws once the account is closed or poisoned. */
  check(): void;
  /** Publishes what other processes have committed so far. */
  catchUp(): Promise<void>;
  /** Has ready what the first glance at a mailbox needs. */
  rehearse(row: MailboxRow): void;
}

/** Rows read at a time: about two milliseconds. */
const sliceRows = 2000;

/** So many messages that came into an empty mailbox are a view at once: fewer are read in no time, more take a millisecond here. */
const [knownLeast, knownMost] = [100, 10_000];

/** The mailbox views of an account, one each. */
export class Views {
  readonly #host: ViewsHost;
  readonly #views = new Map<number, SharedView>();
  /** Those that could not be loaded when it was tried last. */
  readonly #failed = new Set<number>();
  readonly #slice: Statement;
  readonly #clock: Statement;

  constructor(host: ViewsHost) {
    this.#host = host;
    this.#slice = prepare(
      host.reader,
      `SELECT ${entryColumns} FROM entry WHERE mailbox = ? AND uid > ? ORDER BY uid LIMIT ${sliceRows}`,
    ).raw();
    this.#clock = prepare(host.reader, clockSql).pluck();
  }

  has(key: number): boolean {
    return this.#views.has(key);
  }

  /** Whether it could not be loaded when it was tried last. */
  hasFailed(key: number): boolean {
    return this.#failed.has(key);
  }

  /** A mailbox's columns, once all rows are there. */
  columns(key: number): Columns | undefined {
    const view = this.#views.get(key);
    return view?.loaded === true ? view.columns : undefined;
  }

  /** The view of a mailbox, one user more, all rows there. */
  async open(key: number): Promise<SharedView> {
    let view = this.#views.get(key);
    if (view === undefined) {
      const row = this.#host.state.get(key);
      if (row === undefined) throw new StoreError('mailbox-not-found', 'there is no such mailbox');
      view = new SharedView(key, row.mailbox, this.#host.flagSets);
      this.#views.set(key, view);
      view.ready = this.#load(view);
    }
    view.users++;
    this.#host.cache.take(view);
    try {
      if (!view.loaded) await view.ready;
      if (view.removed) throw new StoreError('mailbox-not-found', 'the mailbox was removed');
      return view;
    } catch (error) {
      this.release(view);
      throw error;
    }
  }

  /** Has a view in the cache for those who will ask for it, as soon as those who wait already have had their turn. */
  async prepare(name: MailboxName): Promise<void> {
    await nextTurn();
    const row = this.#host.state.byName(name);
    if (row?.mailbox.selectable !== true) return;
    try {
      this.#host.check();
      // A sealed mailbox is there before anybody has looked twice.
      if (!this.#host.reader.isSealed) this.#host.rehearse(row);
      this.release(await this.open(row.key));
    } catch {
      // Whoever asks for it will be told.
    }
  }

  /** One user less; the last one leaves it in the cache. */
  release(view: SharedView): void {
    if (--view.users > 0 || this.#views.get(view.key) !== view) return;
    if (view.loaded && !view.removed) this.#host.cache.keep(view, () => this.#evict(view));
    else this.#views.delete(view.key);
  }

  #evict(view: SharedView): void {
    this.#views.delete(view.key);
    this.#host.snapshots.leave(view);
  }

  async #load(view: SharedView): Promise<void> {
    try {
      if (!(await this.#host.snapshots.load(view))) await this.#loadRows(view);
      this.#host.snapshots.consider(view);
      // A sealed file was looked at behind the rows, in this same turn.
      if (!this.#host.reader.isSealed) await this.#isCurrent();
      this.#failed.delete(view.key);
    } catch (error) {
      this.#failed.add(view.key);
      this.#views.delete(view.key);
      view.loaded = false;
      throw storeError(error);
    }
  }

  /** When another process has written since the last step, its rows may be here before they are announced. */
  async #isCurrent(): Promise<void> {
    await this.#host.reader.ready();
    if (this.#clock.get() !== this.#host.state.modSeq) await this.#host.catchUp();
  }

  /**
   * Reads all rows in slices. Between slices writes are published, and each slice sees exactly what is
   * published then: rows already here follow the steps, rows still to come are read as they are.
   */
  async #loadRows(view: SharedView): Promise<void> {
    for (let last = 0; ;) {
      this.#host.check();
      if (this.#host.reader.isWaiting) await this.#host.reader.ready();
      const rows = this.#host.reader.atOnce(() => this.#slice.all(view.key, last)) as EntryRow[];
      const marks = this.#host.unfolded.overlay.get(view.key);
      for (const row of rows) view.columns.push(marked(row, marks));
      if (rows.length < sliceRows) break;
      // Not the last one in the columns: that may vanish meanwhile.
      last = rows.at(-1)![0];
      await nextTurn();
    }
    view.columns.fit();
    view.loaded = true;
  }

  /** Tells the views what a write did; the state is already as after it. */
  apply(step: Step): void {
    for (const key of step.removed) {
      this.#host.snapshots.forget(key);
      const view = this.#views.get(key);
      if (view === undefined) continue;
      this.#host.cache.take(view);
      this.#views.delete(key);
      view.remove(step);
    }
    for (const key of step.puts.keys()) {
      const view = this.#views.get(key);
      const row = this.#host.state.get(key);
      if (row === undefined) continue;
      const events = step.events.filter((event) => event.key === key);
      if (view === undefined) this.#begin(row, events);
      else {
        view.apply(step, row.mailbox, events);
        this.#host.snapshots.consider(view);
      }
    }
  }

  /**
   * A mailbox that many messages came into at once, and that holds no others, is known without reading rows: who copies
   * or moves messages into a new mailbox mostly looks into it next.
   */
  #begin({ key, mailbox }: MailboxRow, [event, ...others]: readonly MailboxEvent[]): void {
    if (event === undefined || others.length > 0) return;
    const { added } = event;
    if (added.length < knownLeast || added.length > knownMost) return;
    if (added.length !== mailbox.messages) return;
    const view = new SharedView(key, mailbox, this.#host.flagSets);
    for (const entry of added) view.columns.push(entry);
    view.columns.fit();
    view.loaded = true;
    this.#views.set(key, view);
    this.#host.cache.keep(view, () => this.#evict(view));
    this.#host.snapshots.consider(view);
  }

  /** Shows the mailbox value without a delta: \Recent was taken. */
  refresh({ key, mailbox }: MailboxRow): void {
    const view = this.#views.get(key);
    if (view !== undefined) view.mailbox = mailbox;
  }

  /** Every view that is here now. */
  all(): SharedView[] {
    return [...this.#views.values()];
  }

  /** Lets go of everything. */
  clear(): void {
    for (const view of this.#views.values()) this.#host.cache.take(view);
    this.#views.clear();
  }
}
