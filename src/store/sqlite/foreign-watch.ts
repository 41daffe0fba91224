import { existsSync, type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../base/logger.ts';

interface WatchOptions {
  /** How long after a sign of writing to look, and then how long after a look that found nothing. */
  readonly looksMs: readonly number[];
  readonly logger: Logger;
  /** Whether another process has committed; undefined when that cannot be told yet. */
  readonly look: () => boolean | undefined;
  /** The account's files were removed. */
  readonly onGone: () => void;
}

/** Learns of writes by other processes from the file system, without polling. */
export class ForeignWatch {
  readonly #options: WatchOptions;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(folder: string, options: WatchOptions) {
    this.#options = options;
    try {
      this.#watcher = watch(folder, { persistent: false }, (kind, name) => {
        if (kind === 'rename' && name === 'mail.db' && !existsSync(join(folder, 'mail.db')))
          options.onGone();
        else if (name?.endsWith('-wal') === true) this.#lookSoon(0);
      });
      this.#watcher.on('error', () => this[Symbol.dispose]());
    } catch (error) {
      // Out of watches: other processes' writes are then seen at the next command.
      options.logger.warn({ error, folder }, 'writes of other processes will be noticed late');
    }
  }

  #lookSoon(number: number): void {
    if (this.#timer !== undefined) return;
    const delay = this.#options.looksMs[number];
    if (delay === undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#watcher === undefined) return;
      const found = this.#options.look();
      if (found !== true) this.#lookSoon(found === undefined ? number : number + 1);
    }, delay).unref();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
