import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ColumnFile } from './column-file.ts';
import { type Columns, entryColumns, type EntryRow, rowRuns } from './columns.ts';
import type { Reader } from './reader.ts';
import { prepare, type Statement } from './statement.ts';
import { mayTouch, readRecord } from './log.ts';
import type { MailboxState } from './mailbox-state.ts';
import { flagsIn, Marks, messagesIn } from './marks.ts';
import { marked } from './overlay.ts';
import type { SharedView } from './shared-view.ts';
import type { LogRow } from './unfolded.ts';

export interface CatchUpHost {
  readonly reader: Reader;
  readonly state: MailboxState;
  /** Throws once the account is closed or poisoned. */
  check(): void;
}

/** Rows of the log, or entries, read in one step: about two milliseconds. */
const pageRows = 1000;
/** Beyond so many changes loading all rows is hardly slower, and putting them in takes too long for one turn. */
const changesMax = 20_000;

/** What happened in a mailbox since its column file. */
interface Changes {
  readonly columns: Columns;
  readonly key: number;
  /** Rows that came, ascending, as they are in the database. */
  readonly added: EntryRow[];
  readonly changed: Marks;
  readonly gone: Set<number>;
  /** How many there should be in the end; undefined where none came or went. */
  messages: number | undefined;
  /** The log was read up to here. */
  modSeq: number;
  /** New entries were read up to here. */
  uid: number;
}

/** Brings columns from a file to the present: what happened since is in the log. */
export class ColumnCatchUp {
  readonly #host: CatchUpHost;
  readonly #statements: Record<'now' | 'log' | 'added', Statement>;

  constructor(host: CatchUpHost) {
    this.#host = host;
    const { reader } = host;
    this.#statements = {
      now: prepare(
        reader,
        'SELECT uidvalidity, (SELECT min(modseq) FROM log) FROM mailbox WHERE id = ?',
      ).raw(),
      log: prepare(
        reader,
        `SELECT modseq, record FROM log WHERE modseq > ? AND modseq <= ? ORDER BY modseq LIMIT ${pageRows}`,
      ).raw(),
      added: prepare(
        reader,
        `SELECT ${entryColumns} FROM entry WHERE mailbox = ? AND uid > ? AND uid < ? ORDER BY uid LIMIT ${pageRows}`,
      ).raw(),
    };
  }

  /**
   * Gives columns that were read from a file to a view, as they are now; false when that cannot be told, the
   * view being as before. To be called when the reader is ready. The last step reads and gives in one turn, in one transaction: nothing comes between.
   */
  async finish(view: SharedView, columns: Columns, file: ColumnFile): Promise<boolean> {
    const changes: Changes = {
      columns,
      key: view.key,
      added: [],
      changed: new Marks(),
      gone: new Set(),
      messages: undefined,
      modSeq: file.modSeq,
      uid: columns.count > 0 ? columns.uid[columns.count - 1]! : 0,
    };
    for (;;) {
      this.#host.check();
      const done = this.#host.reader.atOnce(() => this.#step(view, changes, file));
      if (done !== undefined) return done;
      await nextTurn();
    }
  }

  /** One step: true when the view has its columns, false when it will not, undefined when there is more to read. */
  #step(view: SharedView, changes: Changes, file: ColumnFile): boolean | undefined {
    const now = this.#statements.now.get(view.key) as [number, number] | undefined;
    if (now === undefined || view.removed) return false;
    const [uidValidity, firstModSeq] = now;
    if (uidValidity !== file.uidValidity || !this.#skip(view, changes, firstModSeq - 1))
      return false;
    // Mostly nothing was written to it, however much to other mailboxes.
    const isCurrent = view.mailbox.highestModSeq <= changes.modSeq;
    const whole =
      (isCurrent || this.#readLog(changes)) && this.#readAdded(changes, view.mailbox.uidNext);
    const { columns, added, changed, gone } = changes;
    const count = added.length + messagesIn(changed.runs) + gone.size;
    if (count > changesMax) return false;
    if (!whole) return undefined;
    if (!apply(changes) || columns.count !== (changes.messages ?? view.mailbox.messages))
      return false;
    view.columns = columns;
    view.drift = count;
    view.loaded = true;
    return true;
  }

  /** Passes over what was cut from the log up to a mod-sequence; false where this mailbox may be in it. */
  #skip({ mailbox }: SharedView, changes: Changes, upTo: number): boolean {
    if (changes.modSeq >= upTo) return true;
    if (mailbox.highestModSeq > changes.modSeq || upTo > this.#host.state.modSeq) return false;
    changes.modSeq = upTo;
    return true;
  }

  /** Whether these were all that are published: of those behind them the disk may not have all. */
  #readLog(changes: Changes): boolean {
    const rows = this.#statements.log.all(changes.modSeq, this.#host.state.modSeq) as LogRow[];
    for (const [modSeq, text] of rows) {
      changes.modSeq = modSeq;
      if (!mayTouch(text, changes.key)) continue;
      for (const { key, messages, changed, gone } of readRecord(text).mailboxes) {
        if (key !== changes.key) continue;
        changes.messages = messages;
        for (const uid of gone.values()) changes.gone.add(uid);
        for (const [flags, uids] of changed) changes.changed.put(uids.marks(flags, modSeq));
      }
    }
    return rows.length < pageRows;
  }

  /** Whether these were all. */
  #readAdded(changes: Changes, uidNext: number): boolean {
    const { key, uid } = changes;
    const rows = this.#statements.added.all(key, uid, uidNext) as EntryRow[];
    for (const row of rows) changes.added.push(row);
    changes.uid = rows.at(-1)?.[0] ?? changes.uid;
    return rows.length < pageRows;
  }
}

/** Puts into the columns what came and changed and takes out what went; false when they do not fit together. */
function apply({ columns, added, changed, gone }: Changes): boolean {
  for (const entry of added) if (!gone.has(entry[0])) columns.push(marked(entry, changed));
  for (const run of changed.runs) {
    const [first, last, , modSeq] = run;
    for (let uid = first; uid <= last; uid++) {
      const row = columns.row(uid);
      if (row < 0 && !gone.has(uid)) return false;
      if (row < 0 || columns.modSeq[row]! >= modSeq) continue;
      columns.flags[row] = flagsIn(run, uid);
      columns.modSeq[row] = modSeq;
    }
  }
  const rows = [...gone].map((uid) => columns.row(uid)).filter((row) => row >= 0);
  columns.remove(rowRuns(rows.sort((a, b) => a - b)));
  return true;
}
