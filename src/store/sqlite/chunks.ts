import { constants, zstdCompressSync } from 'node:zlib';
import { release as releaseWhole } from '../../base/release.ts';
import { StoreError } from '../store-error.ts';
import { spareBytes, unpackFrame } from './zstd-decoder.ts';

/** Bytes of a message in one row of `body`, before compression; the last one may have fewer. */
export const chunkBytes = 256 * 1024;

/** Chunks of one message: its number is the upper part of the row id, the chunk's the lower. */
export const chunksMax = 65_536;

/** A chunk as stored. Codec 0: the bytes themselves; 1: zstd. */
export interface Chunk {
  readonly codec: number;
  readonly data: Uint8Array;
}

/**
 * Buffers that are kept for the next message, two for each of some thirty that come at a time. Made anew and given back
 * for each they would cost V8 a collection of everything, again and again: memory outside its heap that comes and goes
 * counts like objects that do.
 */
const sparesMax = 64;
const spares: Buffer[] = [];
/** Those that were not needed for so long are given back, milliseconds. */
const spareMs = 10_000;
/** How few there were at once since the last look. */
let fewest = 0;
let looks: NodeJS.Timeout | undefined;

/** Memory for a chunk; what is in it is of earlier ones. */
export function takeBuffer(): Buffer {
  const buffer = spares.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
  fewest = Math.min(fewest, spares.length);
  return buffer;
}

/** Takes back a buffer that nobody will look at again. */
export function giveBuffer(buffer: Buffer): void {
  if (spares.length >= sparesMax) return release(buffer);
  spares.push(buffer);
  looks ??= setInterval(releaseUnneeded, spareMs).unref();
}

function releaseUnneeded(): void {
  for (const buffer of spares.splice(0, fewest)) release(buffer);
  fewest = spares.length;
  if (fewest > 0) return;
  clearInterval(looks);
  looks = undefined;
}

/** Takes back a chunk's memory, of whatever kind it is: nobody will look at it again. */
export function giveBack({ data }: Chunk): void {
  const { buffer } = data;
  if (buffer.byteLength === chunkBytes && buffer instanceof ArrayBuffer)
    giveBuffer(Buffer.from(buffer));
  else if (data.byteLength === buffer.byteLength) releaseWhole(data);
  else release(data);
}

/** Less is not worth it: a frame costs 30 microseconds before its first byte, and a page takes the same. */
const compressFrom = 2048;
/** Up to here the quick level gains as much, and what the coder sets up is made to the size. */
const quickBytesMax = 16 * 1024;
const quick = { [constants.ZSTD_c_compressionLevel]: 1 };

/** Whether `pack` may gain anything with so many bytes. */
export function isWorthPacking(length: number): boolean {
  return length >= compressFrom;
}

/** A chunk of bytes as they are. */
export function plain(bytes: Uint8Array): Chunk {
  return { codec: 0, data: bytes };
}

/**
 * Packs at most a chunk of bytes, which the result may share. On the spot: a whole chunk takes 0.2 to 0.6 ms
 * here against as much and a copy in the pool, whose threads' contexts also cost 40 MiB where this costs 6.
 */
export function pack(bytes: Uint8Array): Chunk {
  if (!isWorthPacking(bytes.length)) return plain(bytes);
  const { length } = bytes;
  const small = length <= quickBytesMax && { pledgedSrcSize: length, params: quick };
  const data = zstdCompressSync(bytes, { chunkSize: length + 1024, ...small });
  // What compresses to almost its own size, like encrypted mail, stays as it is: reading is then free.
  if (data.length < length * 0.95) return { codec: 1, data };
  release(data);
  return plain(bytes);
}

/** Memory in which any chunk can be unpacked. */
export function unpackingRoom(size: number): Buffer {
  return Buffer.allocUnsafeSlow(size + spareBytes);
}

/**
 * The bytes of a chunk that must hold `size` of them; `corrupt` when it does not. Where they were packed they are put
 * into `room` (see `unpackingRoom`), and the chunk's memory is taken; otherwise they are the chunk's own.
 */
export function unpack(chunk: Chunk, size: number, room?: Buffer): Uint8Array {
  const { codec, data } = chunk;
  let bytes = data;
  if (codec !== 0) {
    try {
      const target = room?.subarray(0, size + spareBytes) ?? unpackingRoom(size);
      bytes = target.subarray(0, unpackFrame(data, target));
    } catch (error) {
      throw new StoreError('corrupt', 'a part of a message cannot be unpacked', { cause: error });
    } finally {
      release(data);
    }
  }
  if (bytes.length !== size)
    throw new StoreError('corrupt', `a part of a message has ${bytes.length} bytes for ${size}`);
  return bytes;
}

/**
 * Gives the memory of a buffer that nobody else has seen back at once. V8 lets some 60 MB of such buffers
 * wait for a collection: a message of any size would cost that much on its way through. Small buffers are
 * pieces of Node's shared pool, which is never given away, and are left to the collector.
 */
export function release({ buffer }: Uint8Array): void {
  if (buffer.byteLength > Buffer.poolSize && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
