import { type Connected, forgetStatements } from './statement.ts';
import { connect, type Connection, openExisting, shrinkSql, whenFree } from './database.ts';
import type { Reader } from './reader.ts';
import { mailSchema } from './schema.ts';
import { hold, letGo } from './sealed-file.ts';
import type { WalFile } from './wal-file.ts';

/**
 * The connection that an account's writes go through: opened by the first of them, since most openings of an account
 * only read, and closed again when nobody has written for a while.
 */
export class Writer implements Connected {
  readonly #path: string;
  readonly #wal: WalFile;
  readonly #reader: Reader;
  #connection: Connection | undefined;
  /** The next commit is the first one of the WAL, if no other process is quicker. */
  #isFirst = false;
  /** Nothing was written yet through this connection. */
  #isFresh = true;
  /** For what reads the newest state, be it synced or not: this connection while it is open, otherwise the reading one. */
  readonly latest: Connected;

  /** `connection`: one that is open already. */
  constructor(
    path: string,
    {
      wal,
      reader,
      connection,
    }: { wal: WalFile; reader: Reader; connection?: Connection | undefined },
  ) {
    this.#path = path;
    this.#wal = wal;
    this.#reader = reader;
    this.#connection = connection;
    if (connection !== undefined) hold(path);
    const own = (): Connection | undefined => this.#connection;
    this.latest = {
      get connection() {
        return own() ?? reader.connection;
      },
    };
  }

  /** Opens it where it is not; throws what SQLite says, SQLITE_BUSY among it. */
  get connection(): Connection {
    if (this.#connection !== undefined) return this.#connection;
    this.#reader.unseal();
    hold(this.#path);
    try {
      return (this.#connection = connect(this.#path));
    } catch (error) {
      letGo(this.#path);
      throw error;
    }
  }

  /** Opens it when the account is opened: looks at what it is, and migrates what is older. */
  async begin(): Promise<void> {
    if (this.#connection !== undefined) return;
    hold(this.#path);
    try {
      this.#connection = await openExisting(this.#path, mailSchema);
    } catch (error) {
      letGo(this.#path);
      throw error;
    }
  }

  /** Has several queries see one state of the database. */
  atOnce<T>(action: () => T): T {
    this.connection.exec('BEGIN');
    try {
      return action();
    } finally {
      this.connection.exec('COMMIT');
    }
  }

  /**
   * To be awaited before a transaction that writes. At the first commit into an empty WAL SQLite syncs the header on the
   * thread that commits, so that nothing that lay on the disk there before, an older WAL of this database for one, is ever taken
   * for it. Zeros in its place, synced without blocking, do the same: then that commit need sync nothing before our own sync. Who
   * emptied the WAL will have done that.
   */
  ready(): Promise<void> | undefined {
    if (!this.#isFresh) return undefined;
    if (this.#wal.isEmpty) return this.#beginWal();
    this.#isFresh = false;
    return undefined;
  }

  async #beginWal(): Promise<void> {
    const found = await whenFree(() => {
      const { connection } = this;
      if (this.#wal.takeCleared()) return 'cleared';
      // Under the lock nobody else writes to it.
      connection.exec('BEGIN IMMEDIATE');
      try {
        if (!this.#wal.isEmpty) return 'begun';
        this.#wal.clear();
        return 'empty';
      } finally {
        connection.exec('ROLLBACK');
      }
    });
    if (found === 'empty') await this.#wal.sync();
    this.#isFresh = false;
    if (found === 'begun') return;
    this.connection.exec('PRAGMA synchronous = OFF');
    this.#isFirst = true;
  }

  /** Brings the WAL into the database, if nobody is in the way, and leaves it for the next one as `ready` would have it. */
  async empty(): Promise<void> {
    const { connection } = this;
    this.ended();
    connection.pragma('wal_checkpoint(TRUNCATE)');
    connection.exec('BEGIN IMMEDIATE');
    try {
      if (this.#wal.isEmpty) await this.#wal.clearAhead();
    } finally {
      connection.exec('ROLLBACK');
    }
  }

  /** A transaction has the write lock; it has read nothing yet. */
  begun(): void {
    if (!this.#isFirst || this.#wal.isEmpty) return;
    this.connection.exec('ROLLBACK');
    this.ended();
    this.connection.exec('BEGIN IMMEDIATE');
  }

  /** It was committed or rolled back. */
  ended(): void {
    if (!this.#isFirst) return;
    this.connection.exec('PRAGMA synchronous = NORMAL');
    this.#isFirst = false;
  }

  get isOpen(): boolean {
    return this.#connection !== undefined;
  }

  get inTransaction(): boolean {
    return this.#connection?.inTransaction === true;
  }

  shrink(): void {
    this.#connection?.exec(shrinkSql);
  }

  forgetStatements(): void {
    if (this.#connection !== undefined) forgetStatements(this.#connection);
  }

  /** Not inside a transaction. */
  close(): void {
    // The last one to close checkpoints, which must sync.
    this.ended();
    if (this.#connection === undefined) return;
    this.#connection.close();
    this.#connection = undefined;
    this.#isFresh = true;
    letGo(this.#path);
  }
}
