import type { Socket } from 'node:net';
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib';

/** Whom the compression tells what happens. */
export interface CompressionOwner {
  /** Bytes from the client, inflated. */
  received(chunk: Buffer): void;
  /** The client sends no more, and all that it sent was received. */
  ended(): void;
  /** Everything written so far has left this process. */
  drained(): void;
  /** What came is not what RFC 1951 describes. */
  failed(error: Error): void;
}

/**
 * Of the compressor: 64 KiB where zlib's own choice is 256, for some percent of size. A client's window may be any, so
 * that the decompressor needs 32 KiB.
 */
const deflateOptions = { windowBits: 13, memLevel: 6, level: 5, chunkSize: 16 * 1024 };
const inflateOptions = { windowBits: 15, chunkSize: 16 * 1024 };

/**
 * COMPRESS=DEFLATE over a socket, TLS or not (RFC 4978). Every write is flushed, since a client may wait for it. zlib
 * works in the pool's threads. Nothing piles up: what the socket does not take stops the compressor, what the
 * owner does not take stops the decompressor, and that the socket.
 */
export class Compression {
  readonly #socket: Socket;
  readonly #owner: CompressionOwner;
  readonly #deflate = createDeflateRaw(deflateOptions);
  readonly #inflate = createInflateRaw(inflateOptions);
  /** The owner takes no more for now. */
  #paused = false;

  constructor(socket: Socket, owner: CompressionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#deflate.on('data', (chunk: Buffer) => {
      if (!socket.write(chunk, () => this.#told())) this.#deflate.pause();
    });
    this.#inflate.on('data', (chunk: Buffer) => owner.received(chunk));
    this.#inflate.on('drain', () => this.#listen());
    for (const stream of [this.#deflate, this.#inflate])
      stream.on('error', (error) => owner.failed(error));
  }

  /** Bytes that were written and have not left this process. */
  get pendingBytes(): number {
    const { writableLength, readableLength } = this.#deflate;
    return writableLength + readableLength + this.#socket.writableLength;
  }

  /** Compresses all parts; `written` is called when their memory is no longer needed. Strings are latin1. */
  write(parts: readonly (string | Uint8Array)[], written?: (error?: Error | null) => void): void {
    for (const part of parts) this.#deflate.write(part, 'latin1');
    this.#deflate.flush(constants.Z_SYNC_FLUSH, () => {
      written?.();
      this.#told();
    });
  }

  /** Bytes from the socket. */
  receive(chunk: Uint8Array): void {
    if (!this.#inflate.write(chunk)) this.#socket.pause();
  }

  /** The socket has room again. */
  socketDrained(): void {
    this.#deflate.resume();
    this.#told();
  }

  /** The socket's bytes are over. */
  socketEnded(): void {
    this.#inflate.flush(() => this.#owner.ended());
  }

  pause(): void {
    this.#paused = true;
    this.#inflate.pause();
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#inflate.resume();
    this.#listen();
  }

  /** Resolves when all that was written is compressed and with the socket. */
  async settled(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#deflate.flush(constants.Z_SYNC_FLUSH, () => resolve());
    });
  }

  destroy(): void {
    this.#deflate.destroy();
    this.#inflate.destroy();
  }

  #listen(): void {
    if (!this.#paused && !this.#inflate.writableNeedDrain) this.#socket.resume();
  }

  #told(): void {
    if (this.pendingBytes === 0) this.#owner.drained();
  }
}
