/**
 * The one writer of a connection. Responses are gathered as latin1 text and encoded once a flush; bytes of
 * messages are copied into a slab with the text around them, streams of them pass through uncopied. What a
 * client does not read is bounded, in size and in time.
 */
import type { Limits } from '../base/limits.ts';
import type { Content } from '../model/fetch-item.ts';
import type { Encoded } from '../wire/write/response.ts';
import { Slab } from './slab.ts';
import type { Transport } from './transport.ts';

/** Gathered text that goes out without waiting for the input to run dry: about what a socket takes at once. */
const textMax = 32 * 1024;

/** Whom an output tells how it goes. */
export interface OutputOwner {
  readonly limits: Pick<Limits, 'outputBytesMax'>;
  /** The client does not read: from now on its time runs, until `flowing`. */
  blocked(): void;
  flowing(): void;
}

export class Output {
  readonly #transport: Transport;
  readonly #owner: OutputOwner;
  /** What is gathered: the slab's bytes, then this text. */
  #text = '';
  #slab: Slab | undefined;
  #drained: PromiseWithResolvers<void> | undefined;
  /** A response whose bytes are still being read; whatever is sent meanwhile stands behind it. */
  #streaming: Promise<void> | undefined;
  #error: Error | undefined;

  constructor(transport: Transport, owner: OutputOwner) {
    this.#transport = transport;
    this.#owner = owner;
  }

  /** Whether a response is half sent, so that nothing can be said now. */
  get busy(): boolean {
    return this.#streaming !== undefined;
  }

  /**
   * Queues a response, whose bytes in memory are copied before this returns. A promise comes back while the client is
   * slow or bytes have to be read.
   */
  send(response: Encoded): Promise<void> | undefined {
    if (this.#streaming !== undefined) return this.#after(this.#streaming, kept(response));
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (typeof response === 'string') this.#text += response;
    else if (response.some(isStream)) return this.#stream(response.map(keptPiece));
    else for (const piece of response) this.#gather(piece as string | Uint8Array);
    return this.#room();
  }

  /** A line of the connection itself, which goes out at once and waits for nothing. */
  say(line: string): void {
    if (this.#error !== undefined) return;
    this.#text += line;
    this.flush();
  }

  /** Hands what is gathered to the socket. */
  flush(): void {
    const text = this.#text;
    if (this.#slab === undefined) {
      if (text === '') return;
      this.#text = '';
      this.#transport.write([text]);
      return;
    }
    this.#text = '';
    this.#put(text);
    this.#hand();
  }

  drained(): void {
    const waiting = this.#drained;
    if (waiting === undefined) return;
    this.#drained = undefined;
    this.#owner.flowing();
    waiting.resolve();
  }

  /** Nothing can be sent any more: who waits for room learns why. */
  fail(error: Error): void {
    this.#error = error;
    this.#text = '';
    this.#slab?.drop();
    this.#slab = undefined;
    this.#drained?.reject(error);
    this.#drained = undefined;
  }

  #gather(piece: string | Uint8Array): void {
    if (typeof piece === 'string') {
      this.#text += piece;
      return;
    }
    const text = this.#text;
    this.#text = '';
    this.#put(text);
    this.#put(piece);
  }

  /** Copies bytes behind what is gathered; what fills a slab goes out. */
  #put(piece: string | Uint8Array): void {
    for (let at = 0; at < piece.length;) {
      this.#slab ??= Slab.take();
      at += this.#slab.put(piece, at);
      if (this.#slab.full) this.#hand();
    }
  }

  #hand(): void {
    this.#slab?.write(this.#transport);
    this.#slab = undefined;
  }

  /** A promise when the client has to read before more is gathered. */
  #room(): Promise<void> | undefined {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#text.length >= textMax) this.flush();
    const transport = this.#transport;
    const { outputBytesMax } = this.#owner.limits;
    if (transport.pendingBytes <= outputBytesMax || !transport.drains) return undefined;
    this.flush();
    return this.#block();
  }

  /** Sends a chunk, and what is gathered before it. A promise while the socket has not taken all there is: its memory may be used again only then. */
  #taken(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#slab !== undefined) this.flush();
    const text = this.#text;
    this.#text = '';
    const transport = this.#transport;
    transport.write(text === '' ? [chunk] : [text, chunk], (error) => {
      // The call may be about earlier bytes than those somebody waits for now; after an error `fail` follows.
      if (!error && transport.pendingBytes === 0) this.drained();
    });
    return transport.pendingBytes === 0 ? undefined : this.#block();
  }

  #block(): Promise<void> {
    if (this.#drained === undefined) {
      this.#drained = Promise.withResolvers();
      // Whoever sends awaits it; a farewell that nobody waits for must not end the process.
      this.#drained.promise.catch(() => undefined);
      this.#owner.blocked();
    }
    return this.#drained.promise;
  }

  async #after(before: Promise<void>, response: Encoded): Promise<void> {
    await before;
    await this.send(response);
  }

  async #stream(pieces: readonly (string | Content)[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#streaming = promise;
    try {
      for (const piece of pieces) {
        if (isStream(piece)) await this.#content(piece);
        else this.#gather(piece);
      }
    } catch (error) {
      // The rest of an announced literal cannot be made up: only the end of the connection is honest.
      this.#transport.destroy(error as Error);
      throw error;
    } finally {
      this.#streaming = undefined;
      resolve();
    }
    await this.#room();
  }

  async #content({
    size,
    chunks,
  }: {
    size: number;
    chunks: AsyncIterable<Uint8Array>;
  }): Promise<void> {
    let left = size;
    for await (const chunk of chunks) {
      left -= chunk.length;
      if (left < 0) break;
      const waiting = this.#taken(chunk);
      if (waiting !== undefined) await waiting;
    }
    if (left !== 0)
      throw new Error(`content of ${size} bytes has ${left < 0 ? 'more' : `${left} fewer`}`);
  }
}

type Stream = Exclude<Content, Uint8Array>;

/** The response with bytes of its own, where they are sent only later. */
function kept(response: Encoded): Encoded {
  return typeof response === 'string' ? response : response.map(keptPiece);
}

function keptPiece(piece: string | Content): string | Content {
  return piece instanceof Uint8Array ? Buffer.from(piece) : piece;
}

function isStream(piece: string | Content): piece is Stream {
  return typeof piece === 'object' && 'chunks' in piece;
}
