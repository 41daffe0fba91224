import type { Socket } from 'node:net';
import { DotDecoder } from './dot-decoder.ts';

export interface TransportOptions {
  /** A line longer than this is read to its end and refused. */
  readonly lineBytesMax: number;
  /** How long a wait for the client may last. */
  readonly idleTimeMs: number;
  /** How long output may wait for a client that does not read. */
  readonly drainTimeMs: number;
}

/** Why a connection cannot go on. */
export class TransportError extends Error {
  readonly code: 'closed' | 'idle' | 'stopping';

  constructor(code: TransportError['code'], text: string) {
    super(text);
    this.name = 'TransportError';
    this.code = code;
  }
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * An LMTP connection as lines, message bytes and replies. Replies are gathered while commands that
 * were pipelined are still at hand and go out together before the next wait.
 * The socket is read only on demand, so a client never makes us hold more than its stream's buffer.
 */
export class Transport {
  readonly #socket: Socket;
  readonly #options: TransportOptions;
  #chunk: Buffer = Buffer.alloc(0);
  #replies = '';
  /** Ends the wait for the socket that is under way. */
  #wake: (() => void) | undefined;
  #stopping = false;

  constructor(socket: Socket, options: TransportOptions) {
    this.#socket = socket;
    this.#options = options;
    for (const event of ['readable', 'end', 'close', 'drain'] as const) {
      socket.on(event, () => this.#wake?.());
    }
  }

  /** Makes the wait for the next command reject with `stopping`; a message under way is finished. */
  stop(): void {
    this.#stopping = true;
    this.#wake?.();
  }

  /** Queues reply lines; `flush` or the next wait sends them. */
  reply(lines: string): void {
    this.#replies += lines;
  }

  /** Sends what is queued and waits while the client does not read. */
  async flush(): Promise<void> {
    if (this.#replies === '') return;
    if (this.#socket.destroyed) throw new TransportError('closed', 'the client has gone');
    const room = this.#socket.write(this.#replies, 'utf8');
    this.#replies = '';
    if (room) return;
    await this.#wait(this.#options.drainTimeMs, () => !this.#socket.writableNeedDrain);
  }

  /** The next line without its end, or `too long`. A lone LF ends a line too. Rejects with TransportError. */
  async line(): Promise<Buffer | 'too long'> {
    const parts: Buffer[] = [];
    let length = 0;
    for (;;) {
      if (this.#chunk.length === 0) await this.#fill('command');
      const end = this.#chunk.indexOf(LF);
      const part = this.#chunk.subarray(0, end < 0 ? this.#chunk.length : end);
      this.#chunk = this.#chunk.subarray(end < 0 ? this.#chunk.length : end + 1);
      length += part.length;
      if (length <= this.#options.lineBytesMax) parts.push(part);
      else parts.length = 0;
      if (end < 0) continue;
      if (length > this.#options.lineBytesMax) return 'too long';
      const line = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
      return line[line.length - 1] === CR ? line.subarray(0, -1) : line;
    }
  }

  /**
   * The bytes of a message up to its end of data, which is left behind. To be read to the end, since
   * commands follow. Rejects with TransportError.
   */
  async *message(): AsyncGenerator<Uint8Array, void, void> {
    const decoder = new DotDecoder();
    for (;;) {
      if (this.#chunk.length === 0) await this.#fill('message');
      const { bytes, end } = decoder.decode(this.#chunk);
      this.#chunk = end === undefined ? Buffer.alloc(0) : this.#chunk.subarray(end);
      if (bytes.length > 0) yield bytes;
      if (end !== undefined) return;
    }
  }

  async #fill(phase: 'command' | 'message'): Promise<void> {
    await this.flush();
    const stops = (): boolean => phase === 'command' && this.#stopping;
    let chunk: Buffer | null = null;
    await this.#wait(this.#options.idleTimeMs, () => {
      if (stops()) return true;
      chunk = this.#socket.read() as Buffer | null;
      return chunk !== null || this.#socket.readableEnded;
    });
    if (chunk !== null) this.#chunk = chunk;
    else if (stops()) throw new TransportError('stopping', 'the server is shutting down');
    else throw new TransportError('closed', 'the client has gone');
  }

  /** Waits until `done` says so; the time is that of silence, not of the whole. */
  async #wait(timeMs: number, done: () => boolean): Promise<void> {
    for (;;) {
      if (done()) return;
      if (this.#socket.destroyed) throw new TransportError('closed', 'the client has gone');
      const { promise, resolve } = Promise.withResolvers<'woken' | 'late'>();
      const timer = setTimeout(() => resolve('late'), timeMs);
      this.#wake = () => resolve('woken');
      const outcome = await promise;
      clearTimeout(timer);
      this.#wake = undefined;
      if (outcome === 'late') throw new TransportError('idle', `silence for ${timeMs} ms`);
    }
  }
}
