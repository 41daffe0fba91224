import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Limits } from '../../base/limits.ts';
import type { Logger } from '../../base/logger.ts';
import type { AccountId } from '../../model/ids.ts';
import type { QuotaLimits } from '../../model/quota.ts';
import type { Bus } from '../bus.ts';
import type { Abortable, Account, OpenOptions, Store } from '../store.ts';
import { StoreError } from '../store-error.ts';
import { SqliteAccount } from './account.ts';
import type { BodyDisk } from './body-file.ts';
import { Checkpointer } from './checkpointer.ts';
import { type Connection, makeFolder, openDatabase, storeError } from './database.ts';
import { digestKeyOf, SqliteDirectory } from './directory.ts';
import { IdleAccounts } from './idle-accounts.ts';
import { LeftWals } from './left-wals.ts';
import { MailEngine, type StoreParts } from './mail-engine.ts';
import { createFirst } from './mailbox-writes.ts';
import { directorySchema } from './schema.ts';
import { type Purpose, purposeOf } from './purpose.ts';
import { SharedMailboxes } from './shared-mailboxes.ts';
import { SharingNews } from './sharing-news.ts';
import { ViewCache } from './view.ts';
import { syncFolder } from './wal-file.ts';

export interface SqliteStoreOptions {
  /** Where everything is kept; made when it is not there. */
  readonly directory: string;
  readonly limits: Limits;
  /** What every account may have that has no rule of its own; no limit unless told. Writers of one store should agree on it. */
  readonly quota?: QuotaLimits | undefined;
  readonly logger: Logger;
  /** `relaxed`: flag changes survive a killed process at once and a power loss after 100 ms. Mail is always full. */
  readonly sync?: 'full' | 'relaxed';
  /** Told of every sync of an account's WAL that writers waited for, for metrics. Must not throw. */
  readonly onSync?: (durationMs: number) => void;
  /** Other processes that serve the same store: what they write is told here without a delay. */
  readonly bus?: Bus | undefined;
  /** Milliseconds since 1970, for tests. */
  readonly clock?: () => number;
  /** What files of large messages are written with, for tests. */
  readonly bodyDisk?: BodyDisk;
}

/** Opens the store in a directory, alone or beside other processes (docs/storage.md). */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  try {
    makeFolder(join(options.directory, 'accounts'));
    const connection = await openDatabase(join(options.directory, 'directory.db'), directorySchema);
    const store = new SqliteStore(options, connection);
    await store.directory.recover();
    return store;
  } catch (error) {
    throw storeError(error);
  }
}

/** An account that is open in this process. */
interface Open {
  readonly engine: Promise<MailEngine>;
  readonly account: Promise<SqliteAccount>;
  /** The engine, once there is one. */
  opened: MailEngine | undefined;
  users: number;
  idle: NodeJS.Timeout | undefined;
}

interface Visit<Result> {
  readonly purpose: Purpose;
  readonly use: (account: SqliteAccount) => Promise<Result>;
}

/** An account that nobody uses stays open for the next login, since opening costs a millisecond and cold columns. */
const idleMs = 60_000;
/** So many, those used last, keep what makes them quick; others rest at once. */
const warmAccountsMax = 64;
/** A process that has an account open for so long is a server: it will need the checkpoint thread. */
const warmMs = 1000;

/** How often an account that nobody opens is looked after, and the pause before the next one. */
const [tendMs, tendPauseMs] = [24 * 60 * 60 * 1000, 50];

class SqliteStore implements Store {
  readonly directory: SqliteDirectory;
  readonly #news: SharingNews;
  readonly #options: SqliteStoreOptions;
  readonly #connection: Connection;
  readonly #parts: StoreParts;
  readonly #checkpointer = new Checkpointer();
  readonly #left: LeftWals;
  readonly #shared: SharedMailboxes;
  readonly #open = new Map<AccountId, Open>();
  readonly #idle: IdleAccounts<Open>;
  /** Those of them that do not rest yet, likewise. */
  readonly #warmIdle = new Set<Open>();
  /** Every engine that was opened and not closed yet, poisoned ones included. */
  readonly #engines = new Set<MailEngine>();
  readonly #closing = new Map<AccountId, Promise<void>>();
  readonly #distrusted = new Set<AccountId>();
  /** When each was last swept here: a number for each account that this process has had open for long enough. */
  readonly #swept = new Map<AccountId, number>();
  #warm: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: SqliteStoreOptions, connection: Connection) {
    this.#options = options;
    this.#connection = connection;
    this.#parts = {
      limits: options.limits,
      digestKey: digestKeyOf(connection),
      quotaOfAll: options.quota ?? {},
      logger: options.logger,
      relaxed: options.sync === 'relaxed',
      cache: new ViewCache(options.limits.indexCacheBytesMax),
      checkpointer: this.#checkpointer,
      onSync: options.onSync,
      bus: options.bus,
      bodyDisk: options.bodyDisk,
      now: options.clock ?? Date.now,
    };
    this.#left = new LeftWals(this.#parts);
    this.#shared = new SharedMailboxes({
      opened: (id) => this.#open.get(id)?.opened,
      visit: (id, use) => this.#visit(id, { purpose: 'looking', use }),
      path: (id) => this.#path(id),
      now: () => this.#parts.now(),
      logger: options.logger,
    });
    this.#idle = new IdleAccounts(options.limits);
    this.#news = new SharingNews(connection, {
      folder: options.directory,
      bus: options.bus,
      logger: options.logger,
    });
    this.directory = new SqliteDirectory(connection, {
      news: this.#news,
      make: (id) => this.#make(id),
      forget: (user, owner) => this.#forgetUser(user, owner),
      remove: (id) => this.#remove(id),
      shared: (id) => this.#shared.of(id),
      now: () => this.#parts.now(),
    });
  }

  async open(id: AccountId, options?: OpenOptions): Promise<Account> {
    return await this.#take(id, options);
  }

  async #take(
    id: AccountId,
    options: OpenOptions = {},
    purpose: Purpose = purposeOf(options),
  ): Promise<SqliteAccount> {
    options.signal?.throwIfAborted();
    this.#check();
    this.#warm ??= setTimeout(() => this.#checkpointer.warm(), warmMs).unref();
    let open = this.#open.get(id);
    if (open === undefined) {
      if (!(await this.directory.has(id)))
        throw new StoreError('account-not-found', 'there is no such account');
      this.#check();
      const { soon } = options;
      open = this.#open.get(id) ?? this.#begin(id, purpose);
      if (soon !== undefined)
        void open.engine.then(
          (engine) => engine.views.prepare(soon),
          () => undefined,
        );
    }
    open.users++;
    this.#busy(open);
    const account = await open.account;
    const published = purpose === 'writing' ? undefined : account.engine.reader.wanted();
    if (published === undefined) return account;
    try {
      await published;
      return account;
    } catch (error) {
      await account[Symbol.asyncDispose]();
      throw error;
    }
  }

  async tend({ signal }: Abortable = {}): Promise<number> {
    const isOver = (): boolean => signal?.aborted === true || this.#closed;
    const aborted = new Promise<void>((resolve) => {
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
    for (let count = 0; ;) {
      const ids = isOver() ? [] : await this.directory.claim(this.#parts.now() - tendMs);
      if (ids.length === 0) return count;
      for (const id of ids) {
        if (isOver()) return count;
        // Who has it open sweeps it every hour.
        if (this.#open.has(id)) continue;
        count++;
        await this.#tend(id, aborted).catch((error: unknown) => {
          if (!isOver())
            this.#options.logger.warn({ error, account: id }, 'an account could not be tended');
        });
        await sleep(tendPauseMs, undefined, { ref: false });
      }
    }
  }

  async #tend(id: AccountId, aborted: Promise<void>): Promise<void> {
    // What was begun goes on between the work of others until the account is closed.
    const use = async ({ engine }: SqliteAccount): Promise<void> =>
      await Promise.race([engine.sweep(), aborted]);
    await this.#visit(id, { purpose: 'looking', use });
  }

  /** Uses an account for a moment: it takes nobody's place among those that will be asked for again. */
  async #visit<Result>(id: AccountId, { purpose, use }: Visit<Result>): Promise<Result> {
    const wasOpen = this.#open.has(id);
    const account = await this.#take(id, {}, purpose);
    const open = this.#open.get(id);
    try {
      return await use(account);
    } finally {
      await account[Symbol.asyncDispose]();
      if (!wasOpen && open?.users === 0 && this.#open.get(id) === open) this.#closeIdle(id, open);
    }
  }

  #check(): void {
    if (this.#closed) throw new StoreError('unavailable', 'the store is closed');
  }

  #begin(id: AccountId, purpose: Purpose): Open {
    const engine = this.#openEngine(id, purpose);
    const account = engine.then((opened) => {
      open.opened = opened;
      return new SqliteAccount(id, opened, () => this.#release(id, open));
    });
    const open: Open = { engine, account, opened: undefined, users: 0, idle: undefined };
    this.#open.set(id, open);
    account.catch(() => this.#forget(id, open));
    return open;
  }

  async #openEngine(id: AccountId, purpose: Purpose): Promise<MailEngine> {
    await this.#closing.get(id);
    const path = this.#path(id);
    const isNew = purpose === 'making';
    if (!isNew && !existsSync(path))
      throw new StoreError('corrupt', `the files of account ${id} are missing`);
    const engine = await MailEngine.open({
      ...this.#parts,
      folder: dirname(path),
      path,
      account: id,
      isNew,
      distrusted: this.#distrusted.has(id),
      toWrite: isNew || purpose === 'writing',
      mayBeSealed: purpose === 'looking' && !this.#left.isTidying(id),
      synced: this.#left.take(id),
      sweptAt: this.#swept.get(id),
      onSwept: (at) => this.#swept.set(id, at),
      isUsed: () => (this.#open.get(id)?.users ?? 0) > 0,
      onPoison: (error) => {
        if (error.code === 'unavailable') this.#distrusted.add(id);
        this.#forget(id, this.#open.get(id));
      },
    });
    this.#distrusted.delete(id);
    this.#engines.add(engine);
    return engine;
  }

  #path(id: AccountId): string {
    return join(this.#options.directory, 'accounts', id, 'mail.db');
  }

  /** It is not one of those that nobody uses. */
  #busy(open: Open): void {
    clearTimeout(open.idle);
    open.idle = undefined;
    this.#warmIdle.delete(open);
    this.#idle.take(open);
  }

  #forget(id: AccountId, open: Open | undefined): void {
    if (open !== undefined) this.#busy(open);
    if (this.#open.get(id) === open) this.#open.delete(id);
  }

  async #release(id: AccountId, open: Open): Promise<void> {
    open.users--;
    if (open.users > 0) return;
    if (open.opened !== undefined) open.opened.reader.isWanted = false;
    if (this.#open.get(id) !== open) {
      // Poisoned or removed meanwhile; nobody will ask for it again.
      await this.#close(id, await open.engine);
      return;
    }
    open.idle = setTimeout(() => this.#closeIdle(id, open), idleMs).unref();
    this.#idle.add(open, {
      holding: () => open.opened!.holding,
      close: () => this.#closeIdle(id, open),
    });
    this.#warmIdle.add(open);
    const [cooling] = this.#warmIdle.size > warmAccountsMax ? this.#warmIdle : [];
    if (cooling !== undefined) {
      this.#warmIdle.delete(cooling);
      (await cooling.engine).rest.shrink();
    }
  }

  #closeIdle(id: AccountId, open: Open): void {
    this.#forget(id, open);
    open.engine
      .then((engine) => this.#close(id, engine))
      .catch((error: unknown) => {
        this.#options.logger.warn({ error, account: id }, 'an account could not be closed cleanly');
      });
  }

  async #close(id: AccountId, engine: MailEngine): Promise<void> {
    if (!this.#engines.delete(engine)) return;
    const closing = engine.close(!this.#closed);
    const settled = closing.then(
      (left) => left && this.#left.add(id, this.#path(id), left),
      () => undefined,
    );
    this.#closing.set(id, settled);
    try {
      await closing;
    } finally {
      if (this.#closing.get(id) === settled) this.#closing.delete(id);
    }
  }

  /** Makes the files of a new account, durably; it stays open as one that nobody uses yet. */
  async #make(id: AccountId): Promise<void> {
    this.#check();
    const accounts = join(this.#options.directory, 'accounts');
    makeFolder(join(accounts, id));
    const open = this.#begin(id, 'making');
    open.users++;
    const { engine } = await open.account;
    try {
      await engine.queue.submit(createFirst);
    } finally {
      await this.#release(id, open);
    }
    for (const path of [accounts, this.#options.directory]) await syncFolder(path);
  }

  async #forgetUser(user: AccountId, owner: AccountId): Promise<void> {
    try {
      await this.#visit(owner, { purpose: 'any', use: (account) => account.forgetUser(user) });
    } catch (error) {
      // Nobody can read it any more: that it lies there is no reason to keep an account.
      this.#options.logger.warn({ error, account: owner }, 'what a user noted was not forgotten');
    }
  }

  async #remove(id: AccountId): Promise<void> {
    const open = this.#open.get(id);
    const engine = await open?.engine.catch(() => undefined);
    if (engine !== undefined) {
      engine.poison(new StoreError('account-not-found', 'the account was removed'));
      await this.#close(id, engine);
    }
    await this.#closing.get(id);
    await this.#left.forget(id);
    this.#shared.forget(id);
    this.#swept.delete(id);
    await rm(join(this.#options.directory, 'accounts', id), { recursive: true, force: true });
    await syncFolder(join(this.#options.directory, 'accounts'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#warm);
    const opening = [...this.#open.values()].map(({ engine, idle }) => {
      clearTimeout(idle);
      return engine.catch(() => undefined);
    });
    await Promise.all(opening);
    this.#open.clear();
    const closed = await Promise.allSettled(
      [...this.#engines].map((engine) => engine.close(false)),
    );
    this.#engines.clear();
    await Promise.all(this.#closing.values());
    await this.#left[Symbol.asyncDispose]();
    await this.#checkpointer[Symbol.asyncDispose]();
    this.#news[Symbol.dispose]();
    this.#connection.close();
    for (const result of closed) if (result.status === 'rejected') throw storeError(result.reason);
  }
}
