import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ColumnFile } from './column-file.ts';
import { type Columns, entryColumns, type EntryRow } from './columns.ts';
import type { Connection, Statement } from './database.ts';
import type { MailboxState } from './mailbox-state.ts';
import type { SharedView } from './shared-view.ts';

export interface CatchUpHost {
  readonly reader: Connection;
  readonly state: MailboxState;
  /** Throws once the account is closed or poisoned. */
  check(): void;
}

/** Entries of the account's feed passed in one step, and gone ones read: about two milliseconds. */
const pageRows = 2000;
/** Beyond so many changes loading all rows is hardly slower, and putting them in takes too long for one turn. */
const changesMax = 20_000;

type Position = readonly [modSeq: number, mailbox: number, uid: number];
type GonePosition = readonly [modSeq: number, uid: number];
type Now = readonly [validity: number, highest: number, messages: number, floor: number];

/** What happened in a mailbox since its column file. */
interface Changes {
  readonly columns: Columns;
  /** Rows that the file does not have. */
  readonly added: Map<number, EntryRow>;
  /** Rows of the file that are different now. */
  changed: number;
  /** UIDs that the file should have and has not, unless they are gone. */
  readonly missing: number[];
  readonly gone: Set<number>;
  /** How far the feed, and the log of what is gone, were read. */
  entries: Position;
  vanished: GonePosition;
  /** Entries of the feed passed, other mailboxes' too. */
  passed: number;
}

/** Brings columns from a file to the present. */
export class ColumnCatchUp {
  readonly #host: CatchUpHost;
  readonly #statements: Record<'begin' | 'end' | 'now' | 'pageEnd' | 'page' | 'gone', Statement>;

  constructor(host: CatchUpHost) {
    this.#host = host;
    const { reader } = host;
    this.#statements = {
      begin: reader.prepare('BEGIN'),
      end: reader.prepare('COMMIT'),
      now: reader
        .prepare(
          'SELECT m.uidvalidity, m.highestmodseq, m.messages, a.vanished_floor FROM mailbox m, account a WHERE m.id = ?',
        )
        .raw(),
      pageEnd: reader
        .prepare(
          `SELECT modseq, mailbox, uid FROM entry INDEXED BY entry_modseq WHERE (modseq, mailbox, uid) > (?, ?, ?)
           ORDER BY modseq, mailbox, uid LIMIT 1 OFFSET ${pageRows - 1}`,
        )
        .raw(),
      // The index alone tells which are this mailbox's.
      page: reader
        .prepare(
          `SELECT ${entryColumns} FROM entry WHERE mailbox = ? AND uid IN (SELECT uid FROM entry INDEXED BY entry_modseq
           WHERE (modseq, mailbox, uid) > (?, ?, ?) AND (modseq, mailbox, uid) <= (?, ?, ?) AND mailbox = ?)`,
        )
        .raw(),
      gone: reader
        .prepare(
          `SELECT modseq, uid FROM vanished WHERE mailbox = ? AND (modseq, uid) > (?, ?) ORDER BY modseq, uid LIMIT ${pageRows}`,
        )
        .raw(),
    };
  }

  /**
   * Gives columns that were read from a file to a view, as they are now; false when that cannot be told, the
   * view being as before. The last step reads and gives in one turn, in one transaction: nothing comes between.
   */
  async finish(view: SharedView, columns: Columns, file: ColumnFile): Promise<boolean> {
    const changes: Changes = {
      columns,
      added: new Map(),
      changed: 0,
      missing: [],
      gone: new Set(),
      entries: [file.modSeq, Infinity, 0],
      vanished: [file.modSeq, Infinity],
      passed: 0,
    };
    for (;;) {
      this.#host.check();
      const done = this.#atOnce(() => this.#step(view, changes, file));
      if (done !== undefined) return done;
      await nextTurn();
    }
  }

  /** One step: true when the view has its columns, false when it will not, undefined when there is more to read. */
  #step(view: SharedView, changes: Changes, file: ColumnFile): boolean | undefined {
    const now = this.#statements.now.get(view.key) as Now | undefined;
    if (now === undefined || view.removed) return false;
    const [uidValidity, highestModSeq, messages, floor] = now;
    if (uidValidity !== file.uidValidity || file.modSeq < floor) return false;
    const isBehind = highestModSeq > file.modSeq;
    const whole =
      !isBehind || (this.#readEntries(view.key, changes) && this.#readGone(view.key, changes));
    const { columns, added, gone, passed } = changes;
    if (added.size + gone.size > changesMax) return false;
    if (passed > Math.max(columns.count, changesMax)) return false;
    if (!whole) return undefined;
    if (!apply(changes) || columns.count !== messages) return false;
    view.columns = columns;
    view.drift = added.size + gone.size + changes.changed;
    view.loaded = true;
    return true;
  }

  /** Whether these were all. */
  #readEntries(key: number, changes: Changes): boolean {
    const { columns, added, missing, entries } = changes;
    const last = columns.count > 0 ? columns.uid[columns.count - 1]! : 0;
    const end = this.#statements.pageEnd.get(...entries) as Position | undefined;
    const to: Position = end ?? [Infinity, Infinity, 0];
    for (const row of this.#statements.page.all(key, ...entries, ...to, key) as EntryRow[]) {
      const [uid] = row;
      const at = uid > last ? -1 : columns.row(uid);
      if (at >= 0) {
        columns.set(at, row);
        changes.changed++;
      } else if (uid > last) added.set(uid, row);
      else missing.push(uid);
    }
    changes.passed += pageRows;
    if (end !== undefined) changes.entries = end;
    return end === undefined;
  }

  /** Whether these were all. */
  #readGone(key: number, changes: Changes): boolean {
    const rows = this.#statements.gone.all(key, ...changes.vanished) as GonePosition[];
    for (const [, uid] of rows) changes.gone.add(uid);
    changes.vanished = rows.at(-1) ?? changes.vanished;
    return rows.length < pageRows;
  }

  /** All that is read within sees one state of the database. */
  #atOnce<T>(action: () => T): T {
    // Between a commit and its publication the connection is held on what is published already.
    if (this.#host.reader.inTransaction) return action();
    this.#statements.begin.run();
    try {
      return action();
    } finally {
      this.#statements.end.run();
    }
  }
}

/** Puts into the columns what came and takes out what went; false when they do not fit together. */
function apply({ columns, added, missing, gone }: Changes): boolean {
  if (missing.some((uid) => !gone.has(uid))) return false;
  for (const uid of [...added.keys()].sort((a, b) => a - b)) {
    if (!gone.has(uid)) columns.push(added.get(uid)!);
  }
  const rows = [...gone].map((uid) => columns.row(uid)).filter((row) => row >= 0);
  columns.remove(rows.sort((a, b) => a - b));
  return true;
}
