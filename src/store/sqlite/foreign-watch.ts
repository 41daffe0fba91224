import { existsSync, type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../base/logger.ts';

interface WatchOptions {
  /** The name of the file that others write. */
  readonly database: string;
  /** How long after a sign of writing to look, and then how long after a look that found nothing. */
  readonly looksMs: readonly number[];
  readonly logger: Logger;
  /** Whether another process has committed; undefined when that cannot be told yet. */
  readonly look: () => boolean | undefined;
  /** The file was removed. */
  readonly onGone: () => void;
  /** Whether somebody uses it, asked a moment after it was opened and when there was a sign; unless told, it is always watched. */
  readonly isUsed?: () => boolean;
}

/** Many accounts are opened for less than that, by who asks before each command whether others have written. */
const firstMs = 100;

/** So many writes of ours within so many milliseconds, and signs are waited for only when there are fewer again. */
const restFrom = 10;
const restMs = 100;

/** A sign so soon after a write of ours is most likely its own. */
const ownSignMs = 10;

/**
 * Learns of writes by other processes from the file system, without polling. Each write of ours is a sign too, and costs a
 * turn of the loop and several calls of the system; but it begins by looking for what others wrote. So while there are
 * many of ours nobody waits for signs, and after a single one only the last look is taken.
 */
export class ForeignWatch {
  readonly #options: WatchOptions;
  readonly #folder: string;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #rest: NodeJS.Timeout | undefined;
  /** Nobody used it when it was to be watched, or looked at. */
  #isUnused = false;
  /** Of ours, since when. */
  #writes = 0;
  #since = 0;
  #wroteAt = -Infinity;

  constructor(folder: string, options: WatchOptions) {
    this.#options = options;
    this.#folder = folder;
    if (options.isUsed === undefined) this.#begin();
    else this.#beginIn(firstMs);
  }

  /** Somebody uses it. */
  used(): void {
    if (!this.#isUnused) return;
    this.#isUnused = false;
    this.#beginIn(firstMs);
  }

  #beginIn(delay: number): void {
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      this.#beginIfUsed();
    }, delay).unref();
  }

  #beginIfUsed(): void {
    this.#isUnused = this.#options.isUsed?.() === false;
    if (this.#isUnused) return;
    this.#begin();
    this.#lookSoon(0);
  }

  #begin(): void {
    const { onGone, logger, database: file } = this.#options;
    const folder = this.#folder;
    const database = join(folder, file);
    try {
      this.#watcher = watch(folder, { persistent: false }, (kind, name) => {
        if (kind === 'rename' && name === file && !existsSync(database)) onGone();
        else if (name?.endsWith('-wal') === true) this.#lookSoon(0);
      });
      this.#watcher.on('error', () => this[Symbol.dispose]());
    } catch (error) {
      // Out of watches: other processes' writes are then seen at the next command.
      if (existsSync(database))
        logger.warn({ error, folder }, 'writes of other processes will be noticed late');
      // Not before whoever made us has us.
      else queueMicrotask(onGone);
    }
  }

  /** A write of ours, which began with those of others. */
  wrote(): void {
    this.#wroteAt = performance.now();
    if (this.#rest === undefined && this.#wroteAt - this.#since > restMs) {
      this.#since = this.#wroteAt;
      this.#writes = 0;
    }
    if (++this.#writes < restFrom || this.#watcher === undefined) return;
    this.#end();
    this.#wake();
  }

  /** Waits for signs again after a while with few writes of ours. */
  #wake(): void {
    this.#writes = 0;
    this.#rest = setTimeout(() => {
      if (this.#writes >= restFrom) {
        this.#wake();
        return;
      }
      this.#rest = undefined;
      this.#beginIfUsed();
    }, restMs).unref();
  }

  #lookSoon(number: number): void {
    if (this.#timer !== undefined) return;
    const delay = this.#options.looksMs[number];
    if (delay === undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#watcher === undefined) return;
      if (this.#options.isUsed?.() === false) {
        // Who uses it next asks first.
        this.#end();
        this.#isUnused = true;
        return;
      }
      const isLast = number === this.#options.looksMs.length - 1;
      const isOwn = !isLast && performance.now() - this.#wroteAt < ownSignMs;
      const found = isOwn ? false : this.#options.look();
      if (found !== true) this.#lookSoon(found === undefined ? number : number + 1);
    }, delay).unref();
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  [Symbol.dispose](): void {
    this.#isUnused = false;
    clearTimeout(this.#rest);
    this.#end();
  }
}
