import type { KeyObject } from 'node:crypto';
import type { Limits } from '../../base/limits.ts';
import type { Logger } from '../../base/logger.ts';
import type { AccountId, ModSeq, Uid } from '../../model/ids.ts';
import type { NumberSet } from '../../model/number-set.ts';
import type { Bus } from '../bus.ts';
import type { Hint } from '../change.ts';
import type { Abortable, Freshness } from '../store.ts';
import { StoreError } from '../store-error.ts';
import { type BodyDisk, BodyFiles } from './body-file.ts';
import { ChangeFeed } from './changes.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { Columns } from './columns.ts';
import { ColumnSnapshots } from './column-snapshots.ts';
import type { Reader } from './reader.ts';
import type { FlagSets } from './flag-sets.ts';
import { Folder } from './fold.ts';
import { foreignStep } from './foreign-step.ts';
import { Glances } from './glances.ts';
import type { Holding } from './idle-accounts.ts';
import type { MailboxReader } from './mailbox-reader.ts';
import type { MailboxRow, MailboxState } from './mailbox-state.ts';
import { openAccount, type Opened } from './opening.ts';
import { Others } from './others.ts';
import { MessageReader } from './reading.ts';
import { RecentMarks } from './recent-marks.ts';
import { Rest } from './rest.ts';
import type { SharedView } from './shared-view.ts';
import { prepareWrites, type Statements } from './statements.ts';
import { hintsOf, type Step } from './step.ts';
import { type Host, MailTransaction, type Published } from './transaction.ts';
import type { Unfolded } from './unfolded.ts';
import type { ViewCache, ViewHost } from './view.ts';
import { sweep } from './sweep.ts';
import { Views, type ViewsHost } from './views.ts';
import type { WalFile } from './wal-file.ts';
import { WalKeeper } from './wal-keeper.ts';
import { type Engine, WriteQueue } from './write-queue.ts';
import type { Writer } from './writer.ts';

/** What every account of a store shares. */
export interface StoreParts extends Pick<MailboxState, 'quotaOfAll'> {
  readonly limits: Limits;
  /** Secret (`digest.ts`). */
  readonly digestKey: KeyObject;
  readonly logger: Logger;
  readonly relaxed: boolean;
  readonly cache: ViewCache;
  readonly checkpointer: Checkpointer;
  readonly onSync: ((durationMs: number) => void) | undefined;
  readonly bus: Bus | undefined;
  readonly bodyDisk: BodyDisk | undefined;
  now(): number;
}

export interface EngineOptions extends StoreParts {
  readonly account: AccountId;
  /** The account's folder and its `mail.db`. */
  readonly folder: string;
  readonly path: string;
  /** Its `mail.db` is to be made. */
  readonly isNew: boolean;
  /** A sync failed when this account was open before: nothing in its WAL is believed until a checkpoint has succeeded. */
  readonly distrusted: boolean;
  /** Whether it may be looked at first without a connection: none of this process is about to close, and none needed at once. */
  readonly mayBeSealed: boolean;
  /** Nobody reads it yet: the connection that writes is opened, and read through, and no other before one is needed. */
  readonly toWrite: boolean;
  /** Up to here this process has synced it when it was open before. */
  readonly synced: ModSeq | undefined;
  /** When this process last swept it, milliseconds of its own clock. */
  readonly sweptAt: number | undefined;
  readonly onSwept: (at: number) => void;
  /** Whether anybody has it now. */
  readonly isUsed: () => boolean;
  /** The account must not be used any longer. */
  readonly onPoison: (error: StoreError) => void;
}

/** Flag changes reach the disk within this under `sync: 'relaxed'`. */
const relaxedSyncMs = 100;
/** When what is past its time is looked for: a while after opening, then again and again, however often it is opened meanwhile. */
const [firstSweepMs, sweepMs] = [20_000, 60 * 60 * 1000];
const closed = new StoreError('unavailable', 'the account is closed');

/**
 * What an account holds with no connection, with one, and with two: memory as when it rests, which is within seconds
 * (docs/decisions/0025-sealed-accounts.md); of descriptors the index, our own of the WAL, and for each connection the database and its WAL.
 */
const holdings: readonly Holding[] = [
  { bytes: 80 * 1024, descriptors: 0 },
  { bytes: 208 * 1024, descriptors: 4 },
  { bytes: 208 * 1024, descriptors: 6 },
];

/** What closing an account leaves to be brought into the database, if anything. */
export interface LeftOpen {
  readonly walBytes: number;
  /** Everything up to here is on the disk; undefined after a failure. */
  readonly synced: ModSeq | undefined;
}

/**
 * An open account: its two connections, what is published of it, and the ways in and out of the write queue.
 * The writer's connection is used inside the queue only; everything else reads through the other one, which
 * is held on the published state from just before a commit until it is synced, unless that only adds to the log.
 */
export class MailEngine implements Host, Engine<MailTransaction>, ViewHost, ViewsHost {
  readonly writer: Writer;
  readonly reader: Reader;
  readonly statements: Statements;
  readonly state: MailboxState;
  readonly unfolded: Unfolded;
  readonly folder: Folder;
  readonly flagSets: FlagSets;
  readonly mailboxReader: MailboxReader;
  readonly limits: Limits;
  readonly digestKey: KeyObject;
  readonly relaxed: boolean;
  readonly cache: ViewCache;
  readonly queue: WriteQueue<MailTransaction>;
  readonly snapshots: ColumnSnapshots;
  readonly views: Views;
  readonly glances: Glances;
  readonly recent: RecentMarks;
  readonly feed: ChangeFeed;
  readonly bodies: BodyFiles;
  readonly messages: MessageReader;
  readonly rest: Rest;
  readonly watchers = new Set<(hint: Hint) => void>();
  readonly #options: EngineOptions;
  readonly #wal: WalFile;
  readonly #keeper: WalKeeper;
  readonly #others: Others;
  #failure: StoreError | undefined;
  #relaxedSync: NodeJS.Timeout | undefined;
  #sweepTimer: NodeJS.Timeout | undefined;

  static async open(options: EngineOptions): Promise<MailEngine> {
    return new MailEngine(options, await openAccount(options));
  }

  private constructor(options: EngineOptions, parts: Opened) {
    this.#options = options;
    this.limits = options.limits;
    this.digestKey = options.digestKey;
    this.relaxed = options.relaxed;
    this.cache = options.cache;
    this.writer = parts.writer;
    this.reader = parts.reader;
    this.flagSets = parts.flagSets;
    this.mailboxReader = parts.mailboxReader;
    this.state = parts.state;
    this.unfolded = parts.unfolded;
    this.#wal = parts.wal;
    this.statements = prepareWrites(this.writer);
    this.queue = new WriteQueue<MailTransaction>(this);
    this.rest = new Rest(this);
    this.folder = new Folder(this);
    const { bus } = options;
    this.recent = new RecentMarks(this, { isAlone: () => bus?.alone !== false });
    this.#keeper = new WalKeeper({
      ...options,
      writer: this.writer,
      wal: this.#wal,
      pause: (action) => this.queue.pause(action),
    });
    this.snapshots = new ColumnSnapshots(this, options);
    this.views = new Views(this);
    this.glances = new Glances(this);
    this.feed = new ChangeFeed(this);
    this.bodies = new BodyFiles(options.folder, options.bodyDisk);
    this.messages = new MessageReader(this.reader, this.bodies);
    this.#others = new Others(this, {
      ...options,
      onGone: () => this.poison(new StoreError('account-not-found', 'the account was removed')),
    });
    const sinceMs = performance.now() - (options.sweptAt ?? -Infinity);
    this.#sweepAfter(Math.max(firstSweepMs, sweepMs - sinceMs));
  }

  #sweepAfter(delay: number): void {
    this.#sweepTimer = setTimeout(() => {
      this.sweep()
        .catch((error: unknown) => {
          if (this.#failure === undefined)
            this.#options.logger.warn({ error }, 'sweeping an account failed');
        })
        .finally(() => {
          if (this.#failure === undefined) this.#sweepAfter(sweepMs);
        });
    }, delay).unref();
  }

  /** Does what time asks for; ends early, without harm, when the account is closed. */
  async sweep(): Promise<void> {
    this.recent.write();
    await sweep(this);
    await this.snapshots.tidy();
    this.#options.onSwept(performance.now());
  }

  now(): number {
    return this.#options.now();
  }

  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  catchUp(): Promise<void> {
    return this.queue.catchUp();
  }

  refresh(what: Freshness): Promise<void> | undefined {
    this.rest.later();
    return this.#others.refresh(what);
  }

  /** As `refresh` for names; who only looks in does not keep the account from resting. */
  glimpse(): Promise<void> | undefined {
    this.check();
    return this.#others.refresh('names');
  }

  get holding(): Holding {
    return holdings[Number(this.reader.isOpen) + Number(this.writer.isOpen)]!;
  }

  get isWatched(): boolean {
    return this.watchers.size > 0 || this.views.all().some(({ watchers }) => watchers.size > 0);
  }

  ready(): Promise<void> | undefined {
    return this.writer.ready();
  }

  begin(readsOnly: boolean): MailTransaction {
    const transaction = MailTransaction.begin(this, readsOnly);
    if (!readsOnly) this.#keeper.makeRoom();
    return transaction;
  }

  pin(): void {
    this.reader.pin();
  }

  unpin(): void {
    this.reader.unpin();
  }

  sync(): Promise<void> {
    const { onSync } = this.#options;
    if (onSync === undefined) return this.#wal.sync();
    const began = performance.now();
    return this.#wal.sync().then(() => onSync(performance.now() - began));
  }

  publish({ steps, folded, numbers, logOnly }: Published): void {
    this.unfolded.foldedTo(folded, this.state.modSeq);
    this.unfolded.advance(numbers);
    for (const step of steps) {
      this.#publishStep(step);
      if (!step.durable && !step.foreign) this.#syncSoon();
    }
    this.#others.published(steps);
    this.rest.later();
    this.#keeper.look(logOnly);
    this.folder.look();
  }

  #publishStep(step: Step): void {
    const { state } = this;
    const since = state.modSeq;
    state.modSeq = step.modSeq;
    this.unfolded.add(step);
    if (step.names) state.subscriptions.clear();
    for (const [name, subscribed] of step.subscriptions) {
      if (subscribed) state.subscriptions.add(name);
      else state.subscriptions.delete(name);
    }
    for (const key of step.removed) state.remove(key);
    for (const row of step.puts.values()) state.put(row);
    this.views.apply(step);
    if (this.watchers.size === 0) return;
    for (const hint of hintsOf(step, since))
      for (const watcher of Array.from(this.watchers)) watcher(hint);
  }

  foreign(modSeq: ModSeq): ReturnType<typeof foreignStep> {
    this.#others.found();
    return foreignStep(this, {
      modSeq,
      isViewed: (key) => this.views.has(key),
      shown: this.#others.shown,
    });
  }

  columns(key: number): Columns | undefined {
    return this.views.columns(key);
  }

  #syncSoon(): void {
    this.#relaxedSync ??= setTimeout(() => {
      this.#relaxedSync = undefined;
      this.queue.pause(() => this.#syncNow());
    }, relaxedSyncMs);
  }

  async #syncNow(): Promise<void> {
    try {
      await this.sync();
    } catch (error) {
      this.poison(
        new StoreError('unavailable', 'the disk did not confirm a write', { cause: error }),
      );
    }
  }

  vanished(key: number, since: ModSeq, options: Abortable): Promise<NumberSet<Uid> | undefined> {
    return this.feed.vanished(key, since, options);
  }

  takeRecent(key: number): Uid {
    return this.recent.take(key);
  }

  rehearse(row: MailboxRow): void {
    this.glances.of(row, { readOnly: true, numbers: true });
  }

  release(view: SharedView): void {
    if (this.#failure === undefined) this.views.release(view);
  }

  poison(error: StoreError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#options.logger.error(
      { error, path: this.#options.path },
      'an account can no longer be used',
    );
    this.queue.fail(error);
    this.unpin();
    this.snapshots.stop();
    this.folder.stop();
    this.views.clear();
    this.#others[Symbol.dispose]();
    clearTimeout(this.#sweepTimer);
    this.rest[Symbol.dispose]();
    this.#options.onPoison(error);
  }

  /**
   * Finishes what is queued and closes. `leisurely`: what is in the WAL stays there; at the end of the process the checkpoint may
   * as well run here.
   */
  async close(leisurely: boolean): Promise<LeftOpen | undefined> {
    this.#others[Symbol.dispose]();
    clearTimeout(this.#sweepTimer);
    await this.snapshots.close(this.#failure === undefined ? this.views.all() : []);
    this.folder.stop();
    // What is not folded stays in the log.
    if (this.#failure === undefined && !(leisurely && this.folder.isLittle))
      await this.folder.all().catch(() => undefined);
    this.recent.write();
    await this.queue.close(closed);
    await this.#keeper.settled();
    if (this.#relaxedSync !== undefined) {
      clearTimeout(this.#relaxedSync);
      await this.#syncNow();
    }
    this.rest[Symbol.dispose]();
    const synced = this.#failure === undefined ? this.state.modSeq : undefined;
    this.#failure ??= closed;
    this.views.clear();
    this.unpin();
    const isUsed = this.writer.isOpen || this.reader.isOpen;
    if (isUsed) await this.#prepareToClose(leisurely);
    this.writer.close();
    this.reader.close();
    await this.#wal.close();
    if (!isUsed) return undefined;
    return { walBytes: this.#wal.isEmpty ? 0 : this.#wal.bytes, synced };
  }

  /** The connection that closes last takes the WAL away with it, unless it only reads; what is empty stays. */
  async #prepareToClose(leisurely: boolean): Promise<void> {
    try {
      this.reader.keep();
      if (!leisurely && !this.#wal.isEmpty) await this.writer.empty();
    } catch (error) {
      // Without the files, on a full disk: the WAL stays.
      this.#options.logger.debug({ error }, 'a WAL was not left as it should be');
    }
  }
}
