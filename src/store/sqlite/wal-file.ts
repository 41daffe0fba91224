import { close, closeSync, fdatasync, fsync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const fdatasyncAsync = promisify(fdatasync);
const fsyncAsync = promisify(fsync);
const closeAsync = promisify(close);

/**
 * A database's WAL, brought to stable storage without blocking the loop. Its descriptor is our own: SQLite
 * takes its locks on the database and the -shm file, never on the WAL, so closing this one harms no lock.
 */
export class WalFile {
  readonly #path: string;
  #descriptor: number | undefined;
  #inode = 0;

  /** The WAL of the database at this path. */
  constructor(database: string) {
    this.#path = `${database}-wal`;
  }

  /** Everything written to the WAL before the call is on stable storage when it resolves. */
  async sync(): Promise<void> {
    const file = statSync(this.#path, { throwIfNoEntry: false });
    // Without a WAL there is nothing that a checkpoint has not synced into the database itself.
    if (file === undefined) return;
    if (this.#descriptor === undefined || file.ino !== this.#inode) {
      await this.close();
      this.#descriptor = openSync(this.#path, 'r');
      this.#inode = file.ino;
      await syncFolder(dirname(this.#path));
    }
    await fdatasyncAsync(this.#descriptor);
  }

  async close(): Promise<void> {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) await closeAsync(descriptor);
  }
}

/** Makes the names in a folder durable: a synced file whose name is lost is lost. */
export async function syncFolder(path: string): Promise<void> {
  const descriptor = openSync(path, 'r');
  try {
    await fsyncAsync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
