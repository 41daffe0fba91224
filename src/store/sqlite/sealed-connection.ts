import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Prepared, Preparer } from './statement.ts';

/**
 * Reads a database from its one file and nothing else: no locks, no WAL, none made (`immutable`, which only Node's own SQLite
 * can be told). What it says is true only while nobody writes; `SealedFile` knows.
 */
export class SealedConnection implements Preparer {
  readonly #database: DatabaseSync;

  constructor(path: string) {
    // Where Node was built without it, this throws, and the usual way is taken.
    const sqlite = process.getBuiltinModule('node:sqlite');
    const escaped = path.replaceAll('%', '%25').replaceAll('?', '%3f').replaceAll('#', '%23');
    this.#database = new sqlite.DatabaseSync(`file:${escaped}?immutable=1`, { readOnly: true });
  }

  prepare(sql: string): Prepared {
    const statement = this.#database.prepare(sql);
    statement.setReturnArrays(true);
    return new SealedStatement(statement);
  }

  close(): void {
    this.#database.close();
  }
}

type Value = string | number | null;

/** Rows are arrays, or their first columns; there are no others. */
class SealedStatement implements Prepared {
  readonly reader = true;
  readonly #statement: StatementSync;
  #plucks = false;

  constructor(statement: StatementSync) {
    this.#statement = statement;
  }

  raw(): void {
    this.#plucks = false;
  }

  pluck(): void {
    this.#plucks = true;
  }

  get(...values: unknown[]): unknown {
    const row = this.#statement.get(...(values as Value[])) as unknown as unknown[] | undefined;
    return this.#plucks ? row?.[0] : row;
  }

  all(...values: unknown[]): unknown[] {
    const rows = this.#statement.all(...(values as Value[])) as unknown as unknown[][];
    return this.#plucks ? rows.map(([first]) => first) : rows;
  }

  iterate(...values: unknown[]): IterableIterator<unknown> {
    return this.all(...values)[Symbol.iterator]();
  }

  run(): never {
    throw new Error('a sealed database is not written to');
  }
}
