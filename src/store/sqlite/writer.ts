import type { Connected } from './statement.ts';
import { connect, type Connection, shrinkSql } from './database.ts';

/**
 * The connection that an account's writes go through: opened by the first of them, since most openings of an account
 * only read, and closed again when nobody has written for a while.
 */
export class Writer implements Connected {
  readonly #path: string;
  #connection: Connection | undefined;
  /** For what reads the newest state, be it synced or not: this connection while it is open, otherwise the reading one. */
  readonly latest: Connected;

  /** `connection`: one that is open already. */
  constructor(path: string, reader: Connection, connection?: Connection) {
    this.#path = path;
    this.#connection = connection;
    const own = (): Connection | undefined => this.#connection;
    this.latest = {
      get connection() {
        return own() ?? reader;
      },
    };
  }

  /** Opens it where it is not; throws what SQLite says, SQLITE_BUSY among it. */
  get connection(): Connection {
    return (this.#connection ??= connect(this.#path));
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

  /** Not inside a transaction. */
  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }
}
