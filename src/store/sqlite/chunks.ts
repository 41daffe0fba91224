import { promisify } from 'node:util';
import { zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { StoreError } from '../store-error.ts';

/** Bytes of a message in one row of `body`, before compression; the last one may have fewer. */
export const chunkBytes = 256 * 1024;

/** Chunks of one message: its number is the upper part of the row id, the chunk's the lower. */
export const chunksMax = 65_536;

/** A chunk as stored. Codec 0: the bytes themselves; 1: zstd. */
export interface Chunk {
  readonly codec: number;
  readonly data: Uint8Array;
}

/** Up to here compressing on the spot (0.1 ms) costs the main thread less than handing it to the pool. */
const syncBytes = 64 * 1024;
/** Less is not worth a frame. */
const compressFrom = 256;

const compressAsync = promisify(zstdCompress);
const decompressAsync = promisify(zstdDecompress);

/** Packs bytes, which the result may share. */
export function pack(bytes: Uint8Array): Chunk | Promise<Chunk> {
  if (bytes.length < compressFrom) return { codec: 0, data: bytes };
  if (bytes.length <= syncBytes) return smaller(bytes, zstdCompressSync(bytes));
  return compressAsync(bytes).then((data) => smaller(bytes, data));
}

/** Keeps what compresses to almost its own size, like encrypted mail, as it is: reading is then free. */
function smaller(bytes: Uint8Array, data: Uint8Array): Chunk {
  return data.length < bytes.length * 0.95 ? { codec: 1, data } : { codec: 0, data: bytes };
}

/** Unpacks a chunk that must hold `size` bytes; `corrupt` when it does not. */
export async function unpack(chunk: Chunk, size: number): Promise<Uint8Array> {
  let bytes = chunk.data;
  if (chunk.codec !== 0) {
    // One byte more than there should be tells a wrong chunk without room for a bomb.
    const options = { chunkSize: Math.max(64, size), maxOutputLength: size + 1 };
    try {
      bytes =
        size <= syncBytes
          ? zstdDecompressSync(chunk.data, options)
          : await decompressAsync(chunk.data, options);
    } catch (error) {
      throw new StoreError('corrupt', 'a part of a message cannot be unpacked', { cause: error });
    }
  }
  if (bytes.length !== size)
    throw new StoreError('corrupt', `a part of a message has ${bytes.length} bytes for ${size}`);
  return bytes;
}
