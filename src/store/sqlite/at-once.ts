import type { Connection } from './database.ts';
import { prepare, type Statement } from './statement.ts';

/** Has several queries of a connection see one state of the database. */
export class AtOnce {
  readonly #connection: Connection;
  readonly #begin: Statement;
  readonly #end: Statement;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#begin = prepare(connection, 'BEGIN');
    this.#end = prepare(connection, 'COMMIT');
  }

  run<T>(action: () => T): T {
    // Between a commit of rows and its publication the connection is held on what is published already.
    if (this.#connection.inTransaction) return action();
    this.#begin.run();
    try {
      return action();
    } finally {
      this.#end.run();
    }
  }
}
