import type { Socket } from 'node:net';
import { createInflateRaw } from 'node:zlib';

/** Whom an inflater tells what happens. */
export interface InflaterOwner {
  /** Bytes from the client, inflated. */
  received(chunk: Buffer): void;
  /** The client sends no more, and all that it sent was received. */
  ended(): void;
  /** The compressed stream is over, as `end` asked; these bytes came behind it. */
  left(rest: Buffer): void;
  /** What came is not what RFC 1951 describes. */
  failed(error: Error): void;
}

/** A client's window may be any, so that this needs 32 KiB. */
const options = { windowBits: 15, chunkSize: 16 * 1024 };

/** Bytes that wait for zlib before the socket is no longer read. */
const heldBytesMax = 16 * 1024;

/** What every flush ends with: the length of an empty block, at a byte of its own (RFC 1951 section 3.2.4); and as a number. */
const flushBytes = Buffer.from([0x00, 0x00, 0xff, 0xff]);
const flushed = 0x0000_ffff;

/** So many bytes tell text from blocks: `a LOGIN ` is as long. */
const textBytes = 8;

/** Of a flush, so many bytes at most come behind the last octet that it flushes and before its zeros: 15 bits end a block, 3 begin one. */
const flushBeginningBytesMax = 3;

/**
 * The compressed input of COMPRESS=DEFLATE over a socket, TLS or not (RFC 4978). zlib works in the pool's threads. Nothing
 * piles up: what the owner does not take stops it, and that the socket.
 *
 * UNAUTHENTICATE ends the stream behind its flush or in a final block, and what stands behind it is in the clear and may be
 * here already (RFC 8437 sections 3 and 4.1). Once in zlib it could not be had back, so zlib is never given what
 * stands behind a flush and looks like a command until the owner has nothing else left to do. A stream that goes
 * on looks otherwise, so that commands which come together are inflated together.
 */
export class Inflater {
  readonly #socket: Socket;
  readonly #owner: InflaterOwner;
  readonly #inflate = createInflateRaw(options);
  /** What came and zlib was not given. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** What zlib works on. */
  #piece: Buffer | undefined;
  /** What zlib had taken before. */
  #taken = 0;
  /** The last four bytes that zlib was given, as one number. */
  #tail = 0x01010101;
  /** Whether the final block has come, behind which zlib takes nothing. */
  #isFinal = false;
  /** Whether the owner has read everything and waits for more. */
  #awaited = false;
  #paused = false;
  #sourceEnded = false;
  #ending = false;
  #over = false;

  constructor(socket: Socket, owner: InflaterOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#inflate.on('data', (chunk: Buffer) => {
      this.#awaited = false;
      owner.received(chunk);
      this.#next();
    });
    this.#inflate.on('end', () => this.#final());
    this.#inflate.on('error', (error) => owner.failed(error));
  }

  /** Bytes from the socket. */
  receive(chunk: Buffer): void {
    this.#hold(chunk);
    this.#next();
    if (this.#heldBytes > heldBytesMax) this.#socket.pause();
  }

  /** The socket's bytes are over. */
  socketEnded(): void {
    this.#sourceEnded = true;
    this.#next();
  }

  /** The owner has read everything: what follows is no longer in doubt. */
  awaited(): void {
    this.#awaited = true;
    this.#next();
  }

  /** The stream ends where the next flush or the final block does, which may have come. */
  end(): void {
    this.#ending = true;
    this.#next();
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
    this.#next();
  }

  destroy(): void {
    this.#over = true;
    this.#inflate.destroy();
  }

  /** Gives zlib what it may have, when it has done with what it had. */
  #next(): void {
    if (this.#over || this.#piece !== undefined || this.#inflate.readableLength > 0) return;
    if (this.#ending && (this.#isFinal || this.#tail === flushed)) {
      this.#leave();
      return;
    }
    if (this.#heldBytes === 0) {
      if (this.#sourceEnded) this.#end();
      return;
    }
    if (this.#isFinal) {
      if (this.#awaited) this.#owner.failed(new Error('the compressed stream is over'));
      return;
    }
    const bytes = this.#takeHeld();
    if (this.#ending && bytes.length > flushBeginningBytesMax && isText(bytes, 0)) {
      // The client flushed otherwise, waited, and goes on in the clear.
      this.#hold(bytes);
      this.#leave();
      return;
    }
    const size = this.#givenBytes(bytes);
    if (size < bytes.length) this.#hold(bytes.subarray(size));
    if (size > 0) this.#give(bytes.subarray(0, size));
  }

  /** How many of these bytes zlib may have now. */
  #givenBytes(bytes: Buffer): number {
    if (this.#ending) {
      if (isText(bytes, 0) && !this.#sourceEnded) return 0;
      const end = firstFlushEnd(this.#tail, bytes);
      return end < 0 ? bytes.length : end;
    }
    if (!this.#awaited && this.#tail === flushed && isText(bytes, 0)) return 0;
    let end = firstFlushEnd(this.#tail, bytes);
    while (end >= 0 && end < bytes.length) {
      if (isText(bytes, end)) return end;
      end = nextFlushEnd(bytes, end);
    }
    return bytes.length;
  }

  #give(piece: Buffer): void {
    this.#piece = piece;
    this.#taken = this.#inflate.bytesWritten;
    this.#inflate.write(piece, () => {
      this.#piece = undefined;
      this.#tail = lastOf(this.#tail, piece);
      this.#listen();
      this.#next();
    });
  }

  /** zlib met the final block, and some of the piece was left: it calls no callback then. */
  #final(): void {
    const piece = this.#piece;
    this.#isFinal = true;
    this.#piece = undefined;
    const rest = piece?.subarray(this.#inflate.bytesWritten - this.#taken);
    if (rest !== undefined && rest.length > 0) this.#hold(rest, 'first');
    this.#next();
  }

  #hold(bytes: Buffer, where?: 'first'): void {
    if (where === 'first') this.#held.unshift(bytes);
    else this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  #takeHeld(): Buffer {
    const held = this.#held;
    const bytes = held.length === 1 ? held[0]! : Buffer.concat(held);
    this.#held = [];
    this.#heldBytes = 0;
    return bytes;
  }

  #listen(): void {
    if (!this.#paused && this.#heldBytes <= heldBytesMax) this.#socket.resume();
  }

  #leave(): void {
    const rest = this.#takeHeld();
    this.#listen();
    this.destroy();
    this.#owner.left(rest);
    if (this.#sourceEnded) this.#owner.ended();
  }

  #end(): void {
    this.#over = true;
    this.#owner.ended();
  }
}

/** Where the first flush ends, which may have begun in what went before; -1 when none does. */
function firstFlushEnd(tail: number, bytes: Buffer): number {
  let last = tail;
  for (let at = 0; at < Math.min(bytes.length, flushBytes.length - 1); at++) {
    last = ((last << 8) | bytes[at]!) >>> 0;
    if (last === flushed) return at + 1;
  }
  return nextFlushEnd(bytes, 0);
}

function nextFlushEnd(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(flushBytes, from);
  return at < 0 ? -1 : at + flushBytes.length;
}

/** Whether what stands here could be a command in the clear, as far as it has come. */
function isText(bytes: Buffer, from: number): boolean {
  const to = Math.min(from + textBytes, bytes.length);
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if ((byte < 0x20 && byte !== 0x0d && byte !== 0x0a) || byte > 0x7e) return false;
  }
  return true;
}

function lastOf(tail: number, bytes: Buffer): number {
  if (bytes.length >= flushBytes.length)
    return bytes.readUInt32BE(bytes.length - flushBytes.length);
  let last = tail;
  for (const byte of bytes) last = ((last << 8) | byte) >>> 0;
  return last;
}
