import type { Logger } from '../../base/logger.ts';
import type { Checkpointer } from './checkpointer.ts';
import { pageBytes } from './database.ts';
import { prepare, type Statement } from './statement.ts';
import type { WalFile } from './wal-file.ts';
import type { Writer } from './writer.ts';

/** WAL frames (a page of 8 KiB each) not yet in the database: from here the thread copies them beside the writers. */
const checkpointFrames = 2000;
/** WAL frames in all: from here writers pause a moment after a copy, so that the WAL can begin anew. */
const restartFrames = 5000;
/** From here they wait for the copy that is under way: they are quicker than the disk. */
const waitFrames = 8000;
/** What the WAL must have for it to be given room: an account that is hardly written needs none. */
const roomFromFrames = 8;
/** Commits of more are bound by their bytes, and room would be more of them. */
const roomCommitFramesMax = 16;
/** So many commits that added to the log alone, a frame or two each, are counted together: SQLite reads the text of a PRAGMA anew each time. */
const smallCommits = 8;
/** Of a WAL: its header, and a frame with its own. */
const headerBytes = 32;
const frameBytes = 24 + pageBytes;

interface KeeperOptions {
  readonly writer: Pick<Writer, 'connection' | 'isOpen'>;
  readonly path: string;
  readonly wal: WalFile;
  readonly checkpointer: Checkpointer;
  readonly logger: Logger;
  /** Runs something between two batches of the write queue. */
  pause(action: () => Promise<void>): void;
}

/**
 * Keeps an account's WAL short without ever stopping the loop. A writer begins the WAL anew when all of it
 * is in the database, which would never happen while others keep writing.
 */
export class WalKeeper {
  readonly #options: KeeperOptions;
  readonly #frames: Statement;
  #checkpointing: Promise<void> | undefined;
  /** The part of a checkpoint that runs beside the writers. */
  #copying: Promise<unknown> | undefined;
  /** Frames at the last look, how many had come with each commit since the one before, and commits since. */
  #log = 0;
  #come = 0;
  #commits = 0;

  constructor(options: KeeperOptions) {
    this.#options = options;
    // NOOP checkpoints nothing and counts.
    this.#frames = prepare(options.writer, 'PRAGMA wal_checkpoint(NOOP)').raw();
  }

  /** Called after each batch: looks whether there is something to do, not each time where commits are small. */
  look(logOnly: boolean): void {
    this.#commits++;
    if (logOnly && this.#commits < smallCommits) return;
    const { log, copied } = this.#count();
    this.#come = (log - this.#log) / this.#commits;
    this.#commits = 0;
    this.#log = log;
    if (log >= waitFrames && this.#copying !== undefined) {
      const copying = this.#copying;
      this.#copying = undefined;
      this.#options.pause(() => copying.then(() => undefined));
    }
    const due = log >= restartFrames ? 1 : checkpointFrames;
    if (this.#checkpointing !== undefined || log - copied < due) return;
    this.#checkpointing = this.#checkpoint()
      .catch((error: unknown) => this.#options.logger.warn({ error }, 'a checkpoint failed'))
      .finally(() => {
        this.#checkpointing = undefined;
      });
  }

  /** Called at the beginning of each transaction, while nobody else can write. */
  makeRoom(): void {
    if (this.#log < roomFromFrames || this.#come > roomCommitFramesMax) return;
    this.#options.wal.makeRoom(headerBytes + this.#log * frameBytes);
  }

  /** Resolves when no checkpoint is under way. */
  async settled(): Promise<void> {
    await this.#checkpointing;
  }

  #count(): { log: number; copied: number } {
    const [, log, copied] = this.#frames.get() as [number, number, number];
    return { log, copied };
  }

  /** Whether the WAL is long and the next writer will not begin it anew by himself, as he does where all is copied. */
  #mustRestart(): boolean {
    if (!this.#options.writer.isOpen) return false;
    const { log, copied } = this.#count();
    return log >= restartFrames && log > copied;
  }

  async #checkpoint(): Promise<void> {
    const { checkpointer, path } = this.#options;
    const copied = checkpointer.run(path, 'passive');
    this.#copying = copied.catch(() => undefined);
    await copied.finally(() => (this.#copying = undefined));
    // Asked now: a copy that was complete when it ended is not any more once somebody has written behind it.
    if (!this.#mustRestart()) return;
    await new Promise<void>((resolve, reject) => {
      this.#options.pause(async () => {
        try {
          if (this.#mustRestart()) await checkpointer.run(path, 'restart');
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}
