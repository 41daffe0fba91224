import { close, closeSync, existsSync, fdatasync, fsync, openSync } from 'node:fs';
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

  /** The WAL of the database at this path. */
  constructor(database: string) {
    this.#path = `${database}-wal`;
  }

  /**
   * Everything written to the WAL before the call is on stable storage when it resolves. To be called while a
   * connection that has read is open: so long SQLite keeps the file, and it is opened once.
   */
  async sync(): Promise<void> {
    if (this.#descriptor === undefined && !(await this.#open())) return;
    await fdatasyncAsync(this.#descriptor!);
  }

  /** False without a WAL: then there is nothing that a checkpoint has not synced into the database itself. */
  async #open(): Promise<boolean> {
    if (!existsSync(this.#path)) return false;
    const descriptor = openSync(this.#path, 'r');
    await syncFolder(dirname(this.#path));
    this.#descriptor = descriptor;
    return true;
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
