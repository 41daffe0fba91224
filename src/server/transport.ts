import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Deflater } from './deflater.ts';
import { Inflater } from './inflater.ts';
import type { TlsIdentity } from './tls-identity.ts';

/** Whom a transport tells what happens. */
export interface TransportOwner {
  /** Bytes from the client, decrypted. */
  received(chunk: Buffer): void;
  /** The client sends no more; it may still read. */
  ended(): void;
  /** Everything written so far has left this process. */
  drained(): void;
  /** Nothing goes in or out any more; called once. The error is undefined for an orderly end. */
  closed(error: Error | undefined): void;
}

/** A peer that resets or vanishes is everyday life and no fault of anybody. */
const everyday = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTCONN',
  'ECONNABORTED',
  'EHOSTUNREACH',
]);

/** Whether an error of a socket is only the network's or the client's. */
export function isEverydayError(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return (
    code !== undefined &&
    (everyday.has(code) || code.startsWith('ERR_SSL_') || code.startsWith('Z_'))
  );
}

/**
 * Listeners of all sockets: they find their transport on the socket, since five closures of its own would cost each
 * connection half a kilobyte.
 */
const transportOf = Symbol('transport');
type OwnedSocket = Socket & { [transportOf]?: Transport };

function onData(this: OwnedSocket, chunk: Buffer): void {
  this[transportOf]?.received(chunk);
}

function onEnd(this: OwnedSocket): void {
  this[transportOf]?.ended();
}

function onDrain(this: OwnedSocket): void {
  this[transportOf]?.drained();
}

function onError(this: OwnedSocket, error: Error): void {
  this[transportOf]?.failed(error);
}

function onClose(this: OwnedSocket): void {
  this[transportOf]?.closed();
}

function destroyBelow(this: OwnedSocket): void {
  this[transportOf]?.destroy();
}

/** The bytes of one connection, first in the clear or not, later perhaps under TLS. */
export class Transport {
  readonly owner: TransportOwner;
  /** The socket that was accepted, below TLS. */
  readonly #raw: OwnedSocket;
  #socket: OwnedSocket;
  /** Of COMPRESS: what goes out, and what comes in. */
  #deflater: Deflater | undefined;
  #inflater: Inflater | undefined;
  #error: Error | undefined;
  #closed = false;

  constructor(socket: Socket, owner: TransportOwner) {
    this.#raw = socket;
    this.#socket = socket;
    this.owner = owner;
    this.#raw[transportOf] = this;
    socket.on('error', onError);
    socket.on('close', onClose);
  }

  get secure(): boolean {
    return this.#socket !== this.#raw;
  }

  get destroyed(): boolean {
    return this.#closed || this.#socket.destroyed;
  }

  /** Bytes that were written and have not left this process. */
  get pendingBytes(): number {
    return this.#deflater?.pendingBytes ?? this.#socket.writableLength;
  }

  /** Whether `drained` will be called. */
  get drains(): boolean {
    return this.#socket.writableNeedDrain || (this.#deflater?.pendingBytes ?? 0) > 0;
  }

  get bytesRead(): number {
    return this.#raw.bytesRead;
  }

  get bytesWritten(): number {
    return this.#raw.bytesWritten;
  }

  /** Begins to read. */
  start(): void {
    const socket = this.#socket;
    socket.on('data', onData);
    socket.on('end', onEnd);
    socket.on('drain', onDrain);
  }

  pause(): void {
    (this.#inflater ?? this.#socket).pause();
  }

  resume(): void {
    (this.#inflater ?? this.#socket).resume();
  }

  /** The owner has read all that it received. */
  awaited(): void {
    this.#inflater?.awaited();
  }

  /**
   * Hands all parts to the kernel in one call where it can; `written` is called when it has them, or never will. Strings are
   * latin1. False when nothing can be sent any more: then nothing is called.
   */
  write(
    parts: readonly (string | Uint8Array)[],
    written?: (error?: Error | null) => void,
  ): boolean {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return false;
    if (this.#deflater !== undefined) {
      this.#deflater.write(parts, written);
      return true;
    }
    if (parts.length === 1) {
      socket.write(parts[0] as string, 'latin1', written);
      return true;
    }
    socket.cork();
    const last = parts.length - 1;
    for (const [index, part] of parts.entries())
      socket.write(part as string, 'latin1', index === last ? written : undefined);
    socket.uncork();
    return true;
  }

  /**
   * The TLS handshake as server. Bytes that came in the clear and were not read are thrown away, since an
   * attacker in the middle may have put them there (RFC 9051 section 11.1). Rejects when it fails or takes
   * longer than this; the connection is closed then.
   */
  async startTls(identity: TlsIdentity, timeMs: number): Promise<void> {
    const raw = this.#raw;
    // What is in the kernel's buffer meets the handshake and makes it fail; what is in ours goes here.
    raw.off('data', onData);
    raw.off('end', onEnd);
    raw.off('drain', onDrain);
    raw.pause();
    while (raw.read() !== null);
    this.#inflater?.destroy();
    this.#inflater = undefined;
    const socket: TLSSocket & OwnedSocket = new TLSSocket(raw, {
      isServer: true,
      secureContext: identity.context,
      ALPNProtocols: ['imap'],
    });
    this.#socket = socket;
    socket[transportOf] = this;
    socket.on('error', onError);
    await this.#handshake(socket, timeMs);
    this.start();
  }

  /** Compresses and inflates from here on; the bytes came behind the command and are the first of it. */
  compress(bytes: Buffer): void {
    const failed = (error: Error): void => this.destroy(error);
    this.#deflater = new Deflater(this.#socket, { drained: () => this.owner.drained(), failed });
    this.#inflater = new Inflater(this.#socket, {
      received: (chunk) => this.owner.received(chunk),
      ended: () => this.owner.ended(),
      left: (rest) => {
        this.#inflater = undefined;
        if (rest.length > 0) this.owner.received(rest);
      },
      failed,
    });
    if (bytes.length > 0) this.#inflater.receive(bytes);
  }

  get compressed(): boolean {
    return this.#deflater !== undefined || this.#inflater !== undefined;
  }

  /**
   * Behind what is written already, and what `flush` writes, nothing is compressed any more. What comes in is in the clear
   * behind the flush that ends what has come.
   */
  async decompress(flush: () => void): Promise<void> {
    const deflater = this.#deflater;
    if (deflater === undefined) return;
    deflater.last();
    flush();
    await deflater.settled();
    if (!this.destroyed) this.#socket.write(deflater.lastBlocks());
    this.#deflater = undefined;
    deflater.destroy();
    this.#inflater?.end();
  }

  /** Sends what is written, then says goodbye; `closed` follows. */
  end(): void {
    if (this.#deflater === undefined) this.#socket.end();
    else void this.#deflater.settled().then(() => this.#socket.end());
  }

  /** Ends it at once; `closed` follows. */
  destroy(error?: Error): void {
    this.#error ??= error;
    this.#deflater?.destroy();
    this.#inflater?.destroy();
    this.#socket.destroy();
    this.#raw.destroy();
  }

  async #handshake(socket: TLSSocket, timeMs: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (error: Error): void => {
      this.destroy(error);
      reject(error);
    };
    const left = (): void => fail(this.#error ?? new Error('the client left the TLS handshake'));
    const timer = setTimeout(() => fail(new Error('the TLS handshake took too long')), timeMs);
    timer.unref();
    // Node reports what goes wrong before the handshake is over by this event alone.
    socket.once('_tlsError', fail);
    socket.once('secure', resolve);
    this.#raw.once('close', left);
    socket.once('close', left);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#raw.off('close', left);
      socket.off('close', left);
    }
    socket.on('close', destroyBelow);
  }

  /** What sockets tell. */

  received(chunk: Buffer): void {
    if (this.#inflater === undefined) this.owner.received(chunk);
    else this.#inflater.receive(chunk);
  }

  ended(): void {
    if (this.#inflater === undefined) this.owner.ended();
    else this.#inflater.socketEnded();
  }

  drained(): void {
    if (this.#deflater === undefined) this.owner.drained();
    else this.#deflater.socketDrained();
  }

  /** A socket has an error; that it closes follows. */
  failed(error: Error): void {
    this.#error ??= error;
  }

  /** The socket below is closed. */
  closed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#deflater?.destroy();
    this.#inflater?.destroy();
    this.owner.closed(this.#error);
  }
}
