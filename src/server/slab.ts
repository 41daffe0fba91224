import type { Transport } from './transport.ts';

/** What one write hands over: more makes the kernel's part no cheaper. */
const slabBytes = 128 * 1024;
/** Slabs kept for the next ones who gather something. */
const freeMax = 8;
/** Slabs that clients have not taken yet, of the whole process; beyond it what waits is copied, so that a few bytes do not hold a slab. */
const heldMax = 64;

const free: Slab[] = [];
let held = 0;

/**
 * Memory in which bytes for a socket are gathered, used again as soon as the kernel has them: new memory for
 * every message would cost more than copying it. Content goes out in one write with the text around it.
 */
export class Slab {
  readonly #memory = Buffer.allocUnsafeSlow(slabBytes);
  #length = 0;
  /** Writes whose end was not told yet, though the kernel may have taken all. */
  #untold = 0;
  #held = false;

  /** An empty slab; ends with `write` or `drop`. */
  static take(): Slab {
    return free.pop() ?? new Slab();
  }

  /** How many wait for clients that have not taken their bytes. */
  static get waiting(): number {
    return held;
  }

  get full(): boolean {
    return this.#length === slabBytes;
  }

  /** How many more bytes fit. */
  get room(): number {
    return slabBytes - this.#length;
  }

  /** Copies what fits from this place on; how much that is. Strings are latin1. */
  put(piece: string | Uint8Array, from: number): number {
    const size = Math.min(piece.length - from, this.room);
    const whole = size === piece.length;
    if (typeof piece === 'string') {
      const text = whole ? piece : piece.slice(from, from + size);
      this.#memory.write(text, this.#length, size, 'latin1');
    } else this.#memory.set(whole ? piece : piece.subarray(from, from + size), this.#length);
    this.#length += size;
    return size;
  }

  /** Hands the bytes to the socket, and itself to the next one when they are gone. */
  write(transport: Transport): void {
    const bytes = this.#memory.subarray(0, this.#length);
    if (held >= heldMax) {
      transport.write([Buffer.from(bytes)]);
      this.drop();
      return;
    }
    if (!transport.write([bytes], this.#told)) {
      this.drop();
      return;
    }
    this.#untold += 1;
    if (transport.pendingBytes === 0) {
      this.drop();
      return;
    }
    this.#held = true;
    held += 1;
  }

  /** Forgets the bytes. */
  drop(): void {
    this.#length = 0;
    if (free.length < freeMax) free.push(this);
  }

  /** A write is over; earlier ones, perhaps to another socket, whose bytes went at once, may be told of after it. */
  readonly #told = (): void => {
    this.#untold -= 1;
    if (!this.#held || this.#untold > 0) return;
    this.#held = false;
    held -= 1;
    this.drop();
  };
}
