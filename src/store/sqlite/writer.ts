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
   * for it. Zeros in its place, synced without blocking, do the same: then that commit need sync nothing before our own sync.
   */
  ready(): Promise<void> | undefined {
    return this.isOpen || !this.#wal.isEmpty ? undefined : this.#beginWal();
  }

  async #beginWal(): Promise<void> {
    const isOurs = await whenFree(() => {
      // Under the lock nobody else writes to it.
      this.connection.exec('BEGIN IMMEDIATE');
      try {
        if (!this.#wal.isEmpty) return false;
        this.#wal.clear();
        return true;
      } finally {
        this.connection.exec('ROLLBACK');
      }
    });
    if (!isOurs) return;
    await this.#wal.sync();
    this.connection.exec('PRAGMA synchronous = OFF');
    this.#isFirst = true;
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
    letGo(this.#path);
  }
}
