import { type FileHandle, open } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { Columns } from './columns.ts';

/** What a file of columns says of itself. */
export interface ColumnFile {
  /** The mailbox's number and UIDVALIDITY. */
  readonly key: number;
  readonly uidValidity: number;
  /** All of the account's history up to this mod-sequence is in it; of what came after, anything may be. */
  readonly modSeq: number;
  /** Drawn for this file alone. */
  readonly token: number;
}

/** `Restante` in the first seven bits of each letter, then the version; in another byte order it is another number. */
const magic = 0x1_4a_72_63_6f_01;
/** A header is 16 numbers: magic, key, UIDVALIDITY, mod-sequence, token, rows, eight checksums, one spare, its own checksum. */
const headerNumbers = 16;
const headerBytes = headerNumbers * 8;
const sumsAt = 6;
const headerSumAt = headerNumbers - 1;
/** Copied, summed and written in one turn of the loop: about a tenth of a millisecond. */
const pieceBytes = 256 * 1024;

/**
 * Writes columns to a new file, piece by piece while they change: a flag that changes meanwhile is there old or new,
 * rows that come are left out. False, and the file is worth nothing, when rows went: then columns shift.
 */
export async function writeColumns(
  path: string,
  columns: Columns,
  file: ColumnFile,
): Promise<boolean> {
  const { count, removals, arrays } = columns;
  const header = new Float64Array(headerNumbers);
  header.set([magic, file.key, file.uidValidity, file.modSeq, file.token, count]);
  const piece = new Uint8Array(pieceBytes);
  let position = headerBytes;
  await using handle = await open(path, 'wx', 0o600);
  for (const [index, array] of arrays.entries()) {
    const bytes = bytesOf(array, count);
    let sum = 0;
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      if (columns.removals !== removals) return false;
      // A copy: what is summed must be what is written.
      const length = Math.min(pieceBytes, bytes.length - at);
      piece.set(bytes.subarray(at, at + length));
      sum = crc32(piece.subarray(0, length), sum);
      await writeAll(handle, piece.subarray(0, length), position);
      position += length;
    }
    header[sumsAt + index] = sum;
  }
  header[headerSumAt] = crc32(bytesOf(header, headerSumAt));
  await writeAll(handle, bytesOf(header, headerNumbers), 0);
  return columns.removals === removals;
}

/**
 * Reads a file of columns; undefined when it is not one, not whole, or `accept` refuses what it says of
 * itself. Rejects as the file system does.
 */
export async function readColumns(
  path: string,
  accept: (file: ColumnFile) => boolean,
): Promise<{ file: ColumnFile; columns: Columns } | undefined> {
  await using handle = await open(path, 'r');
  const header = new Float64Array(headerNumbers);
  if (!(await readAll(handle, bytesOf(header, headerNumbers), 0))) return undefined;
  const [found, key = 0, uidValidity = 0, modSeq = 0, token = 0, count = 0] = header;
  if (found !== magic || header[headerSumAt] !== crc32(bytesOf(header, headerSumAt)))
    return undefined;
  const file = { key, uidValidity, modSeq, token };
  if (!accept(file)) return undefined;
  const columns = new Columns(count + (count >>> 4));
  let position = headerBytes;
  let turn = Promise.resolve();
  // The pool reads them side by side; they are summed one in a turn.
  const reads = columns.arrays.map(async (array, index) => {
    const bytes = bytesOf(array, count);
    const from = position;
    position += bytes.length;
    if (!(await readAll(handle, bytes, from))) return false;
    await (turn = turn.then(() => nextTurn()));
    return crc32(bytes) === header[sumsAt + index];
  });
  if ((await Promise.all(reads)).includes(false)) return undefined;
  columns.count = count;
  return { file, columns };
}

function bytesOf(array: Columns['arrays'][number], count: number): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, count * array.BYTES_PER_ELEMENT);
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  const { bytesWritten } = await handle.write(bytes, 0, bytes.length, position);
  if (bytesWritten < bytes.length)
    await writeAll(handle, bytes.subarray(bytesWritten), position + bytesWritten);
}

/** Whether the file had so many bytes. */
async function readAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<boolean> {
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, at, bytes.length - at, position + at);
    if (bytesRead === 0) return false;
    at += bytesRead;
  }
  return true;
}
