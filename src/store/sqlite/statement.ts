import type Database from 'better-sqlite3';

type Prepared = Database.Statement<unknown[]>;

/** In what shape a query gives its rows: as the driver would, as arrays, or the first column alone. */
type Shape = 'plain' | 'raw' | 'pluck';

/**
 * A statement that is prepared when it is first run. Preparing one takes SQLite time and kilobytes; an account has
 * many of them, and most openings need few (docs/decisions/0016-many-accounts.md).
 */
export class Statement {
  readonly #connection: Database.Database;
  readonly #sql: string;
  #shape: Shape = 'plain';
  #prepared: Prepared | undefined;

  constructor(connection: Database.Database, sql: string) {
    this.#connection = connection;
    this.#sql = sql;
  }

  /** Rows as arrays, where there are rows. */
  raw(): this {
    this.#shape = 'raw';
    return this;
  }

  /** The first column of each row. */
  pluck(): this {
    this.#shape = 'pluck';
    return this;
  }

  get(...values: unknown[]): unknown {
    return (this.#prepared ?? this.#prepare()).get(...values);
  }

  all(...values: unknown[]): unknown[] {
    return (this.#prepared ?? this.#prepare()).all(...values);
  }

  iterate(...values: unknown[]): IterableIterator<unknown> {
    return (this.#prepared ?? this.#prepare()).iterate(...values);
  }

  run(...values: unknown[]): Database.RunResult {
    return (this.#prepared ?? this.#prepare()).run(...values);
  }

  #prepare(): Prepared {
    const prepared = this.#connection.prepare<unknown[]>(this.#sql);
    if (prepared.reader && this.#shape === 'raw') prepared.raw();
    if (prepared.reader && this.#shape === 'pluck') prepared.pluck();
    return (this.#prepared = prepared);
  }
}

/** A statement of this connection, prepared when it is first run. */
export function prepare(connection: Database.Database, sql: string): Statement {
  return new Statement(connection, sql);
}
