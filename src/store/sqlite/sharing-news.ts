import type { Logger } from '../../base/logger.ts';
import { asAccountId, asModSeq } from '../../model/ids.ts';
import type { Bus, BusSeat } from '../bus.ts';
import type { Connection, Statement } from './database.ts';
import { ForeignWatch } from './foreign-watch.ts';
import { looksBesideBusMs, looksMs } from './others.ts';

interface SharingNewsOptions {
  /** Where `directory.db` is. */
  readonly folder: string;
  readonly bus: Bus | undefined;
  readonly logger: Logger;
}

/** What the directory is called on the bus, where accounts have their ids. */
const directoryId = asAccountId('directory');

/**
 * That who shares with whom may have changed: told as the writes of an account are, by a hint over the bus and by a sign
 * from the file system, and asked for as those are, since both are only advice.
 */
export class SharingNews implements Disposable {
  readonly #options: SharingNewsOptions;
  readonly #dataVersion: Statement;
  readonly #listeners = new Set<() => void>();
  readonly #seat: BusSeat | undefined;
  /** While somebody listens. */
  #watch: ForeignWatch | undefined;
  /** Changes of this process, which `data_version` does not count. */
  #own = 0;
  #told: string;

  constructor(connection: Connection, options: SharingNewsOptions) {
    this.#options = options;
    this.#dataVersion = connection.prepare<unknown[]>('PRAGMA data_version').pluck();
    this.#told = this.version;
    this.#seat = options.bus?.join(directoryId, { heard: () => void this.#tell() });
  }

  /** See `SharingDirectory.version`. Three microseconds. */
  get version(): string {
    return `${String(this.#dataVersion.get())} ${this.#own}`;
  }

  /** See `SharingDirectory.watch`. */
  watch(listener: () => void): Disposable {
    const own = (): void => listener();
    this.#listeners.add(own);
    const { folder, bus, logger } = this.#options;
    this.#watch ??= new ForeignWatch(folder, {
      database: 'directory.db',
      looksMs: bus === undefined ? looksMs : looksBesideBusMs,
      logger,
      look: () => this.#tell(),
      onGone: () => undefined,
    });
    return { [Symbol.dispose]: () => this.#leave(own) };
  }

  #leave(listener: () => void): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#watch?.[Symbol.dispose]();
    this.#watch = undefined;
  }

  /** This process has just changed it. */
  changed(): void {
    this.#own++;
    this.#tell();
    this.#seat?.publish(asModSeq(this.#own));
  }

  /** Whether there was anything to tell. */
  #tell(): boolean {
    const { version } = this;
    if (version === this.#told) return false;
    this.#told = version;
    for (const listener of Array.from(this.#listeners)) listener();
    return true;
  }

  [Symbol.dispose](): void {
    this.#watch?.[Symbol.dispose]();
    this.#seat?.[Symbol.dispose]();
  }
}
