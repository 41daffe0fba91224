import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { Readable, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { unquoteFrom } from './from-quoting.ts';
import { LineEnds } from './line-ends.ts';
import type { SourceMessage } from './source.ts';

/** What a message is, once its bytes were read and made what is stored. */
export interface ReadMessage {
  /** SHA-256 of the bytes, raw in a string of 32 code units. */
  readonly digest: string;
  readonly size: number;
  /** The beginning, for its header. */
  readonly head: Buffer;
  /** All of it when it is small; otherwise it is read again. */
  readonly held: readonly Buffer[] | undefined;
  readonly lineEnds: LineEnds;
  /** The file's time. */
  readonly fileTime: Date;
}

/** Messages up to this size are held between digest and storing. */
const heldBytesMax = 1024 * 1024;
const headBytesMax = 64 * 1024;
const chunkBytes = 128 * 1024;

/** Reads a message once. Rejects when its file cannot be read. */
export async function readMessage(message: SourceMessage): Promise<ReadMessage> {
  const hash = createHash('sha256');
  const lineEnds = new LineEnds();
  let chunks: Buffer[] = [];
  let head: Buffer | undefined;
  let size = 0;
  await using handle = await open(message.file, 'r');
  for await (const chunk of storedBytes(handle, message, lineEnds)) {
    hash.update(chunk);
    size += chunk.length;
    if (head !== undefined) continue;
    chunks.push(chunk);
    if (size <= heldBytesMax) continue;
    head = Buffer.from(Buffer.concat(chunks).subarray(0, headBytesMax));
    chunks = [];
  }
  return {
    digest: hash.digest().toString('latin1'),
    size,
    head: head ?? Buffer.concat(chunks).subarray(0, headBytesMax),
    held: head === undefined ? chunks : undefined,
    lineEnds,
    fileTime: (await handle.stat()).mtime,
  };
}

/** The bytes to store: what was held, or the file's once more. */
export async function* contentOf(
  message: SourceMessage,
  { held }: ReadMessage,
): AsyncGenerator<Buffer, void, void> {
  if (held !== undefined) {
    yield* held;
    return;
  }
  await using handle = await open(message.file, 'r');
  yield* storedBytes(handle, message, new LineEnds());
}

async function* storedBytes(
  handle: FileHandle,
  message: SourceMessage,
  lineEnds: LineEnds,
): AsyncGenerator<Buffer, void, void> {
  const raw = range(handle, message);
  const plain = message.maybeCompressed ? await decompressed(raw) : raw;
  for await (const chunk of unquoteFrom(plain, message.quoting)) {
    if (chunk.length > 0) yield lineEnds.convert(chunk);
  }
}

async function* range(
  handle: FileHandle,
  { start, end }: SourceMessage,
): AsyncGenerator<Buffer, void, void> {
  const stop = end ?? (await handle.stat()).size;
  for (let at = start; at < stop;) {
    const length = Math.min(chunkBytes, stop - at);
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Maildirs of Dovecot may hold gzip and zstd files; no message begins with their magic numbers. */
async function decompressed(
  source: AsyncGenerator<Buffer, void, void>,
): Promise<AsyncIterable<Buffer>> {
  const first = await source.next();
  const head = first.done === true ? Buffer.alloc(0) : first.value;
  const whole = resume(head, source);
  const magic = head.length < 4 ? 0 : head.readUInt32BE(0);
  if (magic >>> 16 === 0x1f8b) return compose(Readable.from(whole), createGunzip());
  if (magic === 0x28b52ffd) return compose(Readable.from(whole), createZstdDecompress());
  return whole;
}

/** `pipe` alone would lose an error of the source. */
function compose(source: Readable, transform: Transform): AsyncIterable<Buffer> {
  return source.compose(transform) as AsyncIterable<Buffer>;
}

async function* resume(
  head: Buffer,
  rest: AsyncGenerator<Buffer, void, void>,
): AsyncGenerator<Buffer, void, void> {
  yield head;
  yield* rest;
}
