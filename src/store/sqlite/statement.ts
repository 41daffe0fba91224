import type Database from 'better-sqlite3';

/** A statement of a connection. */
export interface Prepared {
  /** Whether it gives rows. */
  readonly reader: boolean;
  raw(): unknown;
  pluck(): unknown;
  get(...values: unknown[]): unknown;
  all(...values: unknown[]): unknown[];
  iterate(...values: unknown[]): IterableIterator<unknown>;
  run(...values: unknown[]): Database.RunResult;
}

/** What statements are prepared on: a connection. */
export interface Preparer {
  prepare(sql: string): Prepared;
}

/** In what shape a query gives its rows: as the driver would, as arrays, or the first column alone. */
type Shape = 'plain' | 'raw' | 'pluck';

/** What statements run on where that is not always the same connection. */
export interface Connected {
  readonly connection: Preparer;
}

/** The statements that are prepared on a connection. */
const preparedOn = new WeakMap<Preparer, Set<Statement>>();

/**
 * Lets go of all statements of a connection: some six KiB each, once they are collected. They are prepared again when they
 * are run.
 */
export function forgetStatements(connection: Preparer): void {
  for (const statement of preparedOn.get(connection) ?? []) statement.forget();
  preparedOn.delete(connection);
}

/**
 * A statement that is prepared when it is first run, and anew when it is to run on another connection. Preparing one takes SQLite time and kilobytes; an account has
 * many of them, and most openings need few (docs/decisions/0016-many-accounts.md).
 */
export class Statement {
  readonly #on: Connected | undefined;
  /** Where it is prepared, or will be. */
  #connection: Preparer | undefined;
  readonly #sql: string;
  #shape: Shape = 'plain';
  #prepared: Prepared | undefined;

  constructor(on: Preparer | Connected, sql: string) {
    if ('connection' in on) this.#on = on;
    else this.#connection = on;
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
    return this.#ready().get(...values);
  }

  all(...values: unknown[]): unknown[] {
    return this.#ready().all(...values);
  }

  iterate(...values: unknown[]): IterableIterator<unknown> {
    return this.#ready().iterate(...values);
  }

  run(...values: unknown[]): Database.RunResult {
    return this.#ready().run(...values);
  }

  /** Prepared again when it is next run. */
  forget(): void {
    this.#prepared = undefined;
  }

  #ready(): Prepared {
    const connection = this.#on?.connection ?? this.#connection!;
    if (this.#prepared !== undefined && connection === this.#connection) return this.#prepared;
    const prepared = connection.prepare(this.#sql);
    if (prepared.reader && this.#shape === 'raw') prepared.raw();
    if (prepared.reader && this.#shape === 'pluck') prepared.pluck();
    this.#connection = connection;
    const others = preparedOn.get(connection);
    if (others === undefined) preparedOn.set(connection, new Set([this]));
    else others.add(this);
    return (this.#prepared = prepared);
  }
}

/** A statement of this connection, prepared when it is first run. */
export function prepare(on: Preparer | Connected, sql: string): Statement {
  return new Statement(on, sql);
}
