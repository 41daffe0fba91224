import type { Socket } from 'node:net';
import { constants, createDeflateRaw } from 'node:zlib';

/** Whom a deflater tells what happens. */
export interface DeflaterOwner {
  /** Everything written so far has left this process. */
  drained(): void;
  failed(error: Error): void;
}

/** 64 KiB where zlib's own choice is 256, for some percent of size. */
const options = { windowBits: 13, memLevel: 6, level: 5, chunkSize: 16 * 1024 };

/** Octets of a block that is stored as it is (RFC 1951 section 3.2.4). */
const storedBytesMax = 0xffff;

/**
 * The compressed output of COMPRESS=DEFLATE over a socket, TLS or not (RFC 4978). Every write is flushed, since a client may
 * wait for it. zlib works in the pool's threads. Nothing piles up: what the socket does not take stops it.
 */
export class Deflater {
  readonly #socket: Socket;
  readonly #owner: DeflaterOwner;
  readonly #deflate = createDeflateRaw(options);
  /** What was written since `last`. */
  #last: Buffer[] | undefined;

  constructor(socket: Socket, owner: DeflaterOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#deflate.on('data', (chunk: Buffer) => {
      if (!socket.write(chunk, () => this.#told())) this.#deflate.pause();
    });
    this.#deflate.on('error', (error) => owner.failed(error));
  }

  /** Bytes that were written and have not left this process. */
  get pendingBytes(): number {
    const { writableLength, readableLength } = this.#deflate;
    return writableLength + readableLength + this.#socket.writableLength;
  }

  /** Compresses all parts; `written` is called when their memory is no longer needed. Strings are latin1. */
  write(parts: readonly (string | Uint8Array)[], written?: (error?: Error | null) => void): void {
    if (this.#last !== undefined) {
      for (const part of parts) this.#last.push(Buffer.from(part as string, 'latin1'));
      if (written !== undefined) setImmediate(written);
      return;
    }
    for (const part of parts) this.#deflate.write(part, 'latin1');
    this.#deflate.flush(constants.Z_SYNC_FLUSH, () => {
      written?.();
      this.#told();
    });
  }

  /** The socket has room again. */
  socketDrained(): void {
    this.#deflate.resume();
    this.#told();
  }

  /** Resolves when all that was written is compressed and with the socket, or never will be. */
  async settled(): Promise<void> {
    const deflate = this.#deflate;
    await new Promise<void>((resolve) => {
      deflate.flush(constants.Z_SYNC_FLUSH, () => resolve());
    });
    while (deflate.readableLength > 0 && !deflate.destroyed)
      await new Promise<void>((resolve) => {
        deflate.once('data', resolve);
        deflate.once('close', resolve);
      });
  }

  /** What is written from here on is the end of the stream: some lines, kept until `lastBlocks`. */
  last(): void {
    this.#last ??= [];
  }

  /**
   * The end of the stream, to be sent when all is `settled`: stored, so that behind its last octet nothing of the
   * stream is left, and marked as the end, so that a client's zlib stops there and does not take what follows for more of it.
   */
  lastBlocks(): Buffer {
    const bytes = Buffer.concat(this.#last ?? []);
    const blocks: Buffer[] = [];
    for (let at = 0; at === 0 || at < bytes.length; at += storedBytesMax) {
      const block = bytes.subarray(at, at + storedBytesMax);
      const header = Buffer.alloc(5);
      header.writeUInt8(at + storedBytesMax < bytes.length ? 0 : 1);
      header.writeUInt16LE(block.length, 1);
      header.writeUInt16LE(~block.length & 0xffff, 3);
      blocks.push(header, block);
    }
    return Buffer.concat(blocks);
  }

  destroy(): void {
    this.#deflate.destroy();
  }

  #told(): void {
    if (this.pendingBytes === 0) this.#owner.drained();
  }
}
