import { lower } from '../base/ascii.ts';
import { asBuffer } from './header.ts';

/** Undoes a Content-Transfer-Encoding piece by piece (RFC 2045 section 6). Never throws. */
export interface TransferDecoder {
  write(chunk: Uint8Array): Uint8Array;
  /** What the last bytes still give. */
  end(): Uint8Array;
}

const nothing = Buffer.alloc(0);

/** The decoder of an encoding, or undefined for an unknown one: `[UNKNOWN-CTE]` (RFC 3516 section 4.3). */
export function transferDecoder(encoding: string): TransferDecoder | undefined {
  switch (lower(encoding)) {
    case 'base64':
      return new Base64Decoder();
    case 'quoted-printable':
      return new QuotedPrintableDecoder();
    case '7bit':
    case '8bit':
    case 'binary':
      return { write: (chunk) => chunk, end: () => nothing };
    default:
      return undefined;
  }
}

/** The decoded bytes of a stream, or undefined for an unknown encoding. */
export function decodeTransfer(
  encoding: string,
  chunks: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> | undefined {
  const decoder = transferDecoder(encoding);
  return decoder === undefined ? undefined : decodeWith(decoder, chunks);
}

/** How many bytes a stream decodes to (BINARY.SIZE, RFC 9051 section 6.4.5), or undefined for an unknown encoding. */
export async function decodedSize(
  encoding: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<number | undefined> {
  const decoded = decodeTransfer(encoding, chunks);
  if (decoded === undefined) return undefined;
  let size = 0;
  for await (const chunk of decoded) size += chunk.length;
  return size;
}

async function* decodeWith(
  decoder: TransferDecoder,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    const decoded = decoder.write(chunk);
    if (decoded.length > 0) yield decoded;
  }
  const rest = decoder.end();
  if (rest.length > 0) yield rest;
}

const PADDING = 64;
const IGNORED = 65;

/** The value of each base64 character; everything else but `=` is passed over (RFC 2045 section 6.8). */
const base64Values = new Uint8Array(256).fill(IGNORED);
const base64Alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
for (let value = 0; value < base64Alphabet.length; value++) {
  base64Values[base64Alphabet.charCodeAt(value)] = value;
}
base64Values['='.charCodeAt(0)] = PADDING;

/** Goes on after padding in the middle: such bodies are several encoded texts, one after the other. */
class Base64Decoder implements TransferDecoder {
  /** Bits of an unfinished group and how many characters they are. */
  #bits = 0;
  #count = 0;

  write(chunk: Uint8Array): Uint8Array {
    // One type of array for the loop, whatever came: V8's code for two is a fifth slower.
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    const out = Buffer.allocUnsafe(Math.ceil((bytes.length * 3) / 4) + 3);
    let length = 0;
    let bits = this.#bits;
    let count = this.#count;
    for (let i = 0; i < bytes.length; i++) {
      // Whole groups, as almost all are, in one step.
      while (count === 0 && i + 3 < bytes.length) {
        const a = base64Values[bytes[i]!]!;
        const b = base64Values[bytes[i + 1]!]!;
        const c = base64Values[bytes[i + 2]!]!;
        const d = base64Values[bytes[i + 3]!]!;
        if ((a | b | c | d) >= PADDING) break;
        out[length++] = (a << 2) | (b >> 4);
        out[length++] = (b << 4) | (c >> 2);
        out[length++] = (c << 6) | d;
        i += 4;
      }
      if (i === bytes.length) break;
      const value = base64Values[bytes[i]!]!;
      if (value < PADDING) {
        bits = (bits << 6) | value;
        if (++count < 4) continue;
        out[length++] = bits >> 16;
        out[length++] = bits >> 8;
        out[length++] = bits;
      } else if (value === PADDING) length = flush(out, length, { bits, count });
      else continue;
      bits = 0;
      count = 0;
    }
    this.#bits = bits;
    this.#count = count;
    return out.subarray(0, length);
  }

  end(): Uint8Array {
    const out = Buffer.alloc(2);
    return out.subarray(0, flush(out, 0, { bits: this.#bits, count: this.#count }));
  }
}

/** Writes the bytes of an unfinished group. */
function flush(out: Buffer, length: number, group: { bits: number; count: number }): number {
  if (group.count === 2) out[length++] = group.bits >> 4;
  if (group.count === 3) {
    out[length++] = group.bits >> 10;
    out[length++] = group.bits >> 2;
  }
  return length;
}

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const EQUALS = 61;

/** White space at a line's end that is held back to be dropped; more of it is taken as it is. */
const heldMax = 1024;

/** Tolerant as RFC 2045 section 6.7 advises: what is no encoding stands for itself. */
class QuotedPrintableDecoder implements TransferDecoder {
  #held: Buffer = nothing;

  write(chunk: Uint8Array): Uint8Array {
    const bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : asBuffer(chunk);
    return this.#decode(bytes, false);
  }

  end(): Uint8Array {
    return this.#decode(this.#held, true);
  }

  #decode(bytes: Buffer, final: boolean): Uint8Array {
    const out = Buffer.allocUnsafe(bytes.length);
    let length = 0;
    let at = 0;
    this.#held = nothing;
    while (at < bytes.length) {
      const byte = bytes[at]!;
      if (byte !== EQUALS && byte !== SPACE && byte !== TAB) {
        out[length++] = byte;
        at++;
        continue;
      }
      const step = byte === EQUALS ? equals(bytes, at, final) : blanks(bytes, at, final);
      if (step === undefined) {
        this.#held = Buffer.from(bytes.subarray(at));
        break;
      }
      if (step.value !== undefined) out[length++] = step.value;
      else if (step.copy) length += bytes.copy(out, length, at, step.next);
      at = step.next;
    }
    return out.subarray(0, length);
  }
}

/** What to do at an equals sign or white space: a decoded byte, a copy up to `next`, or nothing (dropped). */
interface Step {
  readonly next: number;
  readonly value?: number;
  readonly copy?: boolean;
}

/** `=XX` or a soft line break; undefined when more bytes must decide. */
function equals(bytes: Buffer, at: number, final: boolean): Step | undefined {
  const high = hexDigit(bytes[at + 1]);
  const low = hexDigit(bytes[at + 2]);
  if (high >= 0 && low >= 0) return { next: at + 3, value: high * 16 + low };
  const end = blanksEnd(bytes, at + 1);
  if (bytes[end] === LF) return { next: end + 1 };
  if (bytes[end] === CR && bytes[end + 1] === LF) return { next: end + 2 };
  const undecided = end - at <= heldMax && atEnd(bytes, end);
  if (undecided || (high >= 0 && at + 2 >= bytes.length)) {
    if (!final) return undefined;
    // An equals sign at the very end is a soft break whose line end belongs to the boundary.
    if (undecided) return { next: bytes.length };
  }
  return { next: at + 1, copy: true };
}

/** White space, dropped before a line end; undefined when more bytes must decide. */
function blanks(bytes: Buffer, at: number, final: boolean): Step | undefined {
  const end = blanksEnd(bytes, at);
  if (end - at >= heldMax) return { next: end, copy: true };
  if (atEnd(bytes, end))
    return final ? { next: bytes.length, copy: end < bytes.length } : undefined;
  return { next: end, copy: bytes[end] !== LF && !(bytes[end] === CR && bytes[end + 1] === LF) };
}

/** Behind the white space from `at` on, but no more than `heldMax` of it. */
function blanksEnd(bytes: Buffer, at: number): number {
  let end = at;
  while (end - at < heldMax && (bytes[end] === SPACE || bytes[end] === TAB)) end++;
  return end;
}

/** Whether what follows, perhaps a line end, has not come yet. */
function atEnd(bytes: Buffer, at: number): boolean {
  return at >= bytes.length || (bytes[at] === CR && at + 1 >= bytes.length);
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
