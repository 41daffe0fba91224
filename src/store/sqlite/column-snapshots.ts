import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../base/logger.ts';
import { type CatchUpHost, ColumnCatchUp } from './column-catch-up.ts';
import { readColumns, writeColumns } from './column-file.ts';
import { hasCode } from './database.ts';
import type { SharedView } from './shared-view.ts';
import type { MailTransaction } from './transaction.ts';
import type { WriteQueue } from './write-queue.ts';
import { prepare, type Statement } from './statement.ts';

export interface SnapshotHost extends CatchUpHost {
  readonly queue: WriteQueue<MailTransaction>;
}

/** Fewer rows are loaded as quickly without a file. */
const rowsMin = 2000;
/** How long after a reason to write one comes the file: a login, an import are not slowed down by it. */
const delayMs = 5000;
/** How long after one that could not be written. */
const retryMs = 60_000;
/** A draft so old is nobody's, neither ours nor another process's. */
const draftMs = 60 * 60 * 1000;

/** How many rows may differ from the file before it is written anew: so many are caught up in some milliseconds. */
function driftMax(rows: number): number {
  return Math.min(10_000, Math.max(1000, rows >>> 3));
}

/**
 * The column files of an account: what makes a view quick to load however much its mailbox holds. Each is derived
 * from `mail.db`, checked when it is read and caught up with what was written since; whatever is wrong
 * with it, rows are loaded instead (docs/storage.md).
 */
export class ColumnSnapshots {
  readonly #host: SnapshotHost;
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #token: Statement;
  readonly #catchUp: ColumnCatchUp;
  readonly #timers = new Map<SharedView, NodeJS.Timeout>();
  /** The file being written, and those that wait for it: one at a time. */
  #saving: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(host: SnapshotHost, { folder, logger }: { folder: string; logger: Logger }) {
    this.#host = host;
    this.#folder = join(folder, 'columns');
    this.#logger = logger;
    this.#token = prepare(host.reader, 'SELECT token FROM column_file WHERE mailbox = ?').pluck();
    this.#catchUp = new ColumnCatchUp(host);
  }

  /** Loads a view from its file; false when there is none to be believed, the view being as before. */
  async load(view: SharedView): Promise<boolean> {
    const { key, mailbox } = view;
    try {
      const { reader } = this.#host;
      // So few are quicker without, and need no connection.
      if (reader.isSealed && mailbox.messages < rowsMin) return false;
      if (reader.isWaiting) await reader.ready();
      const expected = reader.atOnce(() => this.#token.get(key));
      if (expected === undefined) return false;
      await reader.ready();
      const read = await readColumns(
        this.#path(key),
        ({ token, uidValidity, ...file }) =>
          token === expected && file.key === key && uidValidity === mailbox.uidValidity,
      );
      return read !== undefined && (await this.#catchUp.finish(view, read.columns, read.file));
    } catch (error) {
      if (!this.#stopped && !hasCode(error, 'ENOENT'))
        this.#logger.warn({ error }, 'a column file could not be read');
      return false;
    }
  }

  /** Has the file written soon when the view differs enough from it. */
  consider(view: SharedView): void {
    if (this.#stopped || !isWorth(view, driftMax(view.columns.count)) || this.#timers.has(view))
      return;
    this.#saveIn(delayMs, view);
  }

  #saveIn(delay: number, view: SharedView): void {
    const timer = setTimeout(() => {
      this.#timers.delete(view);
      void this.save(view);
    }, delay);
    this.#timers.set(view, timer.unref());
  }

  /** The view leaves the memory: the last occasion. */
  leave(view: SharedView): void {
    clearTimeout(this.#timers.get(view));
    this.#timers.delete(view);
    if (!this.#stopped && isWorth(view, driftMax(view.columns.count) / 4)) void this.save(view);
  }

  /** The mailbox is gone. */
  forget(key: number): void {
    void this.#remove(this.#path(key));
  }

  /** Writes what is worth it of these views; resolves when nothing is being written any longer. */
  async close(views: readonly SharedView[]): Promise<void> {
    for (const view of views) this.leave(view);
    this.stop();
    await this.#saving;
  }

  /** Writes nothing more. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  /** Removes files that belong to no mailbox: drafts that a crash left, too. */
  async tidy(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    for (const name of names) {
      const path = join(this.#folder, name);
      if (this.#host.state.get(Number(name)) !== undefined) continue;
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
      if (Date.now() - mtimeMs > draftMs) await this.#remove(path);
    }
  }

  /** Writes a view's file; what hinders it, a full disk say, hinders nothing else. */
  save(view: SharedView): Promise<void> {
    return (this.#saving = this.#saving.then(() => this.#save(view)));
  }

  async #save(view: SharedView): Promise<void> {
    const { key, mailbox, columns, drift } = view;
    if (view.removed || !view.loaded) return;
    const token = randomBytes(6).readUIntBE(0, 6);
    const path = this.#path(key);
    const draft = `${path}.${token}`;
    const { uidValidity } = mailbox;
    const { modSeq } = this.#host.state;
    const { seenRows, seenBelow } = view;
    // From here on what changes differs from the file, though the file may have it.
    view.drift = 0;
    try {
      await mkdir(this.#folder, { mode: 0o700 }).catch(ignoreExisting);
      if (!(await writeColumns(draft, columns, { key, uidValidity, modSeq, token })))
        throw new Error('rows went meanwhile');
      // In the queue, and so after every write that the file may have: where the token is, they are too.
      await this.#host.queue.submit(
        (tx) => void tx.statements.setColumnFile.run(key, token, modSeq, seenBelow, seenRows),
      );
      await rename(draft, path);
      if (view.removed) await this.#remove(path);
    } catch (error) {
      this.#logger.debug({ error }, 'a column file could not be written');
      view.drift += drift;
      if (!this.#stopped && !this.#timers.has(view)) this.#saveIn(retryMs, view);
      await this.#remove(draft);
    }
  }

  async #remove(path: string): Promise<void> {
    await rm(path, { force: true }).catch(() => undefined);
  }

  #path(key: number): string {
    return join(this.#folder, String(key));
  }
}

function isWorth({ columns, drift, loaded, removed }: SharedView, from: number): boolean {
  return loaded && !removed && columns.count >= rowsMin && drift >= from;
}

function ignoreExisting(error: unknown): void {
  if (!hasCode(error, 'EEXIST')) throw error;
}
