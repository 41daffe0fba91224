import {
  close,
  closeSync,
  fdatasync,
  fstatSync,
  fsync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const fdatasyncAsync = promisify(fdatasync);
const fsyncAsync = promisify(fsync);
const closeAsync = promisify(close);

/** The most that is added at a time: the calling thread writes it in about 0.2 ms. */
const roomBytesMax = 512 * 1024;
const zeros = Buffer.alloc(roomBytesMax);
/** Of its header, behind which are the frames. */
const headerBytes = 32;
/** Where in the place of the header the mark of a cleared one is; before it is nothing, which is no header's begin. */
const markAt = 16;

/** A WAL of so many bytes has no frame. */
export const emptyBytesMax = headerBytes;

/**
 * A database's WAL, brought to stable storage without blocking the loop. Its descriptor is our own: SQLite
 * takes its locks on the database and the -shm file, never on the WAL, so closing this one harms no lock.
 */
export class WalFile {
  readonly #path: string;
  #descriptor: number | undefined;
  /** It is at least so long, in bytes. */
  #length = 0;

  /** The WAL of the database at this path. */
  constructor(database: string) {
    this.#path = `${database}-wal`;
  }

  /**
   * Everything written to the WAL before the call is on stable storage when it resolves. To be called while a
   * connection that has read is open: so long SQLite keeps the file, and it is opened once.
   */
  sync(): Promise<void> {
    return this.#descriptor === undefined ? this.#syncFirst() : fdatasyncAsync(this.#descriptor);
  }

  async #syncFirst(): Promise<void> {
    if (this.bytes === 0) return;
    const descriptor = openSync(this.#path, 'r+');
    const synced = [fdatasyncAsync(descriptor), syncFolder(dirname(this.#path))];
    for (const result of await Promise.allSettled(synced)) {
      if (result.status === 'fulfilled') continue;
      closeSync(descriptor);
      throw result.reason;
    }
    this.#descriptor = descriptor;
  }

  /**
   * Sees to it that the file goes on behind what is in it, up to `end`, with about as many zeros as that. A file that
   * grows with each commit needs a commit of the file system's own journal at each sync, which takes twice as long.
   * To be called by who holds the write lock and has written nothing yet: then nobody else lets the file grow, and what is
   * added was never anybody's. SQLite takes zeros for the end of the log, as it does with what an earlier round left.
   */
  makeRoom(end: number): void {
    const descriptor = this.#descriptor;
    const bytes = Math.min(end, roomBytesMax);
    if (descriptor === undefined || end + bytes / 4 <= this.#length) return;
    try {
      this.#length = fstatSync(descriptor).size;
      // What was never synced is not asked for here: an empty file, or one without its header.
      if (this.#length < end || end + bytes / 4 <= this.#length) return;
      this.#length += writeSync(descriptor, zeros, 0, bytes, this.#length);
    } catch {
      // A full disk: who writes will hear of it if it matters.
      this.#length = Infinity;
    }
  }

  /** Whether it has no frames. Then there is nothing that a checkpoint has not synced into the database itself. */
  get isEmpty(): boolean {
    return this.bytes <= headerBytes;
  }

  /**
   * Whether the place of its header was cleared, and that is on stable storage together with its name: the mark says so, which names
   * the file itself, since a copy's content may be nowhere but in memory. To be called while a connection that has read is open.
   */
  takeCleared(): boolean {
    if (this.#descriptor !== undefined || this.bytes !== headerBytes) return false;
    const descriptor = openSync(this.#path, 'r+');
    const header = Buffer.alloc(headerBytes);
    if (
      readSync(descriptor, header, 0, headerBytes, 0) === headerBytes &&
      header.equals(clearedHeader(descriptor))
    ) {
      this.#descriptor = descriptor;
      return true;
    }
    closeSync(descriptor);
    return false;
  }

  /** Clears the place of the header for whoever writes next. To be called as `clear`, the lock being held until it resolves. */
  async clearAhead(): Promise<void> {
    this.clear();
    await this.sync();
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    writeSync(descriptor, clearedHeader(descriptor), markAt, headerBytes - markAt, markAt);
  }

  /** Puts zeros in the place of the header. To be called by who holds the write lock, while it is empty. */
  clear(): void {
    const descriptor = openSync(this.#path, 'r+');
    try {
      writeSync(descriptor, zeros, 0, headerBytes, 0);
    } finally {
      closeSync(descriptor);
    }
  }

  /** Its length. */
  get bytes(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  async close(): Promise<void> {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) await closeAsync(descriptor);
  }
}

/** What is in the place of a header that was cleared and synced: the checkpoint thread writes the same. */
function clearedHeader(descriptor: number): Buffer {
  const { ino, dev } = fstatSync(descriptor, { bigint: true });
  const header = Buffer.alloc(headerBytes);
  header.writeBigUInt64LE(BigInt.asUintN(64, ino), markAt);
  header.writeBigUInt64LE(BigInt.asUintN(64, dev), markAt + 8);
  return header;
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
