import { existsSync, type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../base/logger.ts';
import type { Connection, Statement } from './database.ts';

interface WatchOptions {
  /** The writer's: its `data_version` changes only when somebody else commits. */
  readonly connection: Connection;
  readonly logger: Logger;
  /** Another process may have committed. */
  readonly onWrite: () => void;
  /** The account's files were removed. */
  readonly onGone: () => void;
}

/**
 * How long after a sign of writing it is looked whether somebody else has committed. The sign comes with
 * the WAL's bytes, the commit becomes visible an instant later without one: so it is looked twice.
 */
const looksMs = [2, 40];

/** Learns of writes by other processes from the file system, without polling. */
export class ForeignWatch {
  readonly #options: WatchOptions;
  readonly #version: Statement;
  #watcher: FSWatcher | undefined;
  #seen: unknown;
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: string, options: WatchOptions) {
    this.#options = options;
    this.#version = options.connection.prepare('PRAGMA data_version').pluck();
    this.#seen = this.#version.get();
    try {
      this.#watcher = watch(folder, { persistent: false }, (kind, name) => {
        if (kind === 'rename' && name === 'mail.db' && !existsSync(join(folder, 'mail.db')))
          options.onGone();
        else if (name?.endsWith('-wal') === true) this.#lookSoon(0);
      });
      this.#watcher.on('error', () => this[Symbol.dispose]());
    } catch (error) {
      // Out of watches: other processes' writes are then seen at the next write of ours.
      options.logger.warn({ error, folder }, 'writes of other processes will be noticed late');
    }
  }

  #lookSoon(look: number): void {
    if (this.#timer !== undefined) return;
    const delay = looksMs[look];
    if (delay === undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#look(look);
    }, delay).unref();
  }

  #look(look: number): void {
    const { connection, onWrite } = this.#options;
    if (!connection.open || this.#watcher === undefined) return;
    // Inside a transaction the version stands still; that transaction began with whatever was there.
    if (connection.inTransaction) return this.#lookSoon(look);
    const version = this.#version.get();
    if (version === this.#seen) return this.#lookSoon(look + 1);
    this.#seen = version;
    onWrite();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
