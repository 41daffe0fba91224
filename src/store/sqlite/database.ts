import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { StoreError } from '../store-error.ts';
import { type Connected, prepare, type Preparer } from './statement.ts';

export type Connection = Database.Database;
export type Statement = Database.Statement<unknown[]>;

/** What a database file is, so that it is never taken for another or for a newer one. */
export interface Schema {
  /** SQLite's `application_id`: four letters that `file` shows. */
  readonly applicationId: number;
  /** SQL of each version, in order; `user_version` is how many have run. Never edited once released. */
  readonly migrations: readonly string[];
}

/** Larger than SQLite's default: rows of a message and its chunks need fewer pages, and so fewer WAL frames. */
export const pageBytes = 8192;

/**
 * SQLite would make room for 20 pages at once at the first one it reads, before a cache size can be told to it: 170 KiB
 * of each open account. So that room is given back and made anew while the cache is to be small, which stays.
 */
const settings = `
PRAGMA synchronous = NORMAL;
PRAGMA wal_autocheckpoint = 0;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = 4;
PRAGMA shrink_memory;
PRAGMA user_version;
PRAGMA cache_size = -2048;
`;

/** Gives back what the page cache holds. */
export const shrinkSql = 'PRAGMA shrink_memory';

/** The cheapest statement that takes a snapshot: it reads the first page and no table. */
export const holdSql = 'PRAGMA user_version';

/** How long one write waits for another process. */
const busyLimitMs = 30_000;
/** A neighbour's small write is over within a turn or two of the loop: so long one tries in every turn. */
const busyTurnsMs = 0.5;
/** Then the steps between tries, milliseconds: short ones, since who sleeps long is passed over by those who do not. */
const busyStepsMs = [1, 1, 1, 1, 2, 2, 2, 5, 5, 10];

/** Makes a folder, and those above it, that only its owner can read. */
export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
}

/**
 * Opens a database of this schema, making or migrating it as needed. Never blocks on another process: a
 * lock is awaited. The file is made by hand first, since SQLite would give it the umask's permissions and
 * its WAL inherits them. An existing database file is never opened by anybody but SQLite: closing such a
 * descriptor would drop the POSIX locks that this process holds on it.
 */
export async function openDatabase(path: string, schema: Schema): Promise<Connection> {
  try {
    closeSync(openSync(path, 'wx', 0o600));
    chmodSync(path, 0o600);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw storeError(error);
  }
  return await opened(path, {}, (connection) => migrate(connection, schema));
}

/** A connection to a database that is there; it is migrated first when it is of an older version. */
export async function openExisting(
  path: string,
  schema: Schema,
  options: ConnectOptions = {},
): Promise<Connection> {
  let isOld = false;
  const connection = await opened(path, options, (there) => {
    isOld = versionOf(there, schema) < schema.migrations.length;
  });
  if (!isOld) return connection;
  connection.close();
  (await openDatabase(path, schema)).close();
  return await opened(path, options, () => undefined);
}

async function opened(
  path: string,
  options: ConnectOptions,
  begin: (connection: Connection) => void,
): Promise<Connection> {
  let connection: Connection | undefined;
  try {
    connection = await whenFree(() => connect(path, options));
    const there = connection;
    await whenFree(() => begin(there));
    return connection;
  } catch (error) {
    connection?.close();
    throw storeError(error);
  }
}

interface ConnectOptions {
  readonly readonly?: boolean;
}

/**
 * A further connection to a database that exists and was migrated. Throws what SQLite says, SQLITE_BUSY where another
 * process is just closing or recovering it.
 */
export function connect(path: string, { readonly = false }: ConnectOptions = {}): Connection {
  return connectWith(settings, path, readonly);
}

/**
 * A connection that does no more than keep others from being the last one to close, which would bring the WAL into the database
 * and take it away. It is none for reading: what a cache needs is left out.
 */
export function connectToKeep(path: string): Connection {
  return connectWith(holdSql, path, true);
}

function connectWith(sql: string, path: string, readonly: boolean): Connection {
  // No busy handler: SQLite's would sleep on the main thread.
  const connection = new Database(path, { timeout: 0, fileMustExist: true, readonly });
  try {
    connection.exec(sql);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** The version of a database; throws where it is not one of ours, or a newer one. */
export function versionOf(
  on: (Preparer | Connected) & { readonly name: string },
  schema: Schema,
): number {
  const version = prepare(on, 'PRAGMA user_version').pluck().get() as number;
  const application = prepare(on, 'PRAGMA application_id').pluck().get() as number;
  const known = schema.migrations.length;
  if (version > known) {
    throw new StoreError(
      'unavailable',
      `${on.name} is of version ${version}, this program knows ${known}: use the newer program`,
    );
  }
  if (version > 0 && application !== schema.applicationId) {
    throw new StoreError('corrupt', `${on.name} is a database of another program`);
  }
  return version;
}

function migrate(connection: Connection, schema: Schema): void {
  const version = versionOf(connection, schema);
  const known = schema.migrations.length;
  if (version === 0) {
    connection.pragma(`page_size = ${pageBytes}`);
    connection.pragma('journal_mode = WAL');
  }
  if (version === known) return;
  connection.exec('BEGIN IMMEDIATE');
  try {
    // Another process may have been quicker: read again under the lock.
    const from = connection.pragma('user_version', { simple: true }) as number;
    for (const step of schema.migrations.slice(from)) connection.exec(step);
    connection.pragma(`application_id = ${schema.applicationId}`);
    connection.pragma(`user_version = ${Math.max(from, known)}`);
    connection.exec('COMMIT');
  } catch (error) {
    if (connection.inTransaction) connection.exec('ROLLBACK');
    throw error;
  }
}

/** Does it; undefined where another connection holds the lock. */
export function ifFree<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!isBusy(error)) throw error;
    return undefined;
  }
}

/** Does it, and again after a pause while another connection holds the lock; gives up with `unavailable`. */
export async function whenFree<T>(action: () => T): Promise<T> {
  const start = performance.now();
  for (let sleeps = 0; ;) {
    try {
      return action();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() - start > busyLimitMs) throw storeError(error);
    }
    if (performance.now() - start < busyTurnsMs) await nextTurn();
    else await sleep(busyStepsMs[Math.min(sleeps++, busyStepsMs.length - 1)]);
  }
}

function code(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}

/** Whether an error is this one of the file system's. */
export function hasCode(error: unknown, name: string): boolean {
  return code(error) === name;
}

function isBusy(error: unknown): boolean {
  return code(error).startsWith('SQLITE_BUSY');
}

/** What SQLite would say where another connection is in the way; `whenFree` waits for that. */
export function busy(text: string): Error {
  return Object.assign(new Error(text), { code: 'SQLITE_BUSY' });
}

/** The StoreError that tells what SQLite or the file system said; anything that is not theirs passes unchanged. */
export function storeError(error: unknown): unknown {
  if (error instanceof StoreError) return error;
  const name = code(error);
  const text = error instanceof Error ? error.message : String(error);
  const options = { cause: error };
  if (name === 'SQLITE_FULL' || name === 'ENOSPC' || name === 'EDQUOT')
    return new StoreError('full', text, options);
  if (name.startsWith('SQLITE_CORRUPT') || name === 'SQLITE_NOTADB')
    return new StoreError('corrupt', text, options);
  const unreachable =
    /^(?:SQLITE_(?:BUSY|LOCKED|IOERR|CANTOPEN|READONLY|PERM|NOMEM|PROTOCOL)|E[A-Z]+$)/;
  if (unreachable.test(name)) return new StoreError('unavailable', text, options);
  return error;
}
