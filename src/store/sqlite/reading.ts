import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MessageRef } from '../../model/ids.ts';
import type { FactsOptions, MessageContent, MessageFacts, ReadOptions, Slice } from '../store.ts';
import { StoreError } from '../store-error.ts';
import type { BodyFiles } from './body-file.ts';
import {
  type Chunk,
  chunkBytes,
  chunksMax,
  plain,
  release,
  unpack,
  unpackingRoom,
} from './chunks.ts';
import { storeError } from './database.ts';
import type { Reader } from './reader.ts';
import { prepare, type Statement } from './statement.ts';
import type { StagedBody } from './staged.ts';
import { FactsReader } from './facts-reader.ts';

/** Synchronous work before others have a turn, milliseconds. */
const turnMs = 3;

const nothing = new Uint8Array(0);

/**
 * The chunk that was lent last, by whichever account's reader: clients ask for slice after slice, or for several
 * sections of one message. A chunk never changes, and its number is never given to another one.
 */
let lent: { readonly of: symbol; readonly id: number; readonly bytes: Uint8Array } | undefined;
/** Where lent chunks are unpacked, one for the process: it is in the processor's cache, and nothing is made anew. */
let room: Buffer | undefined;
/** Chunks that were read together with one that was lent, the next one last. */
let ahead: { readonly of: symbol; readonly rows: ChunkRow[] } | undefined;

type ChunkRow = readonly [codec: number, data: Uint8Array, id: number];

/** Reads messages through the account's reading connection. */
export class MessageReader {
  readonly #facts: FactsReader;
  readonly #size: Statement;
  readonly #chunk: Statement;
  readonly #chunks: Statement;
  readonly #file: Statement;
  readonly #bodies: BodyFiles;
  /** This reader, for what outlives it. */
  readonly #self = Symbol('reader');

  constructor(reader: Reader, bodies: BodyFiles) {
    this.#bodies = bodies;
    this.#facts = new FactsReader(reader);
    this.#size = prepare(reader, 'SELECT size FROM message WHERE id = ?').pluck();
    this.#chunk = prepare(reader, 'SELECT codec, data FROM body WHERE id = ?').raw();
    this.#chunks = prepare(
      reader,
      'SELECT codec, data, id FROM body WHERE id BETWEEN ? AND ? ORDER BY id DESC',
    ).raw();
    this.#file = prepare(reader, 'SELECT name FROM body_file WHERE message = ?').pluck();
  }

  /** Facts in the order asked; see `Account.facts`. */
  facts(
    messages: readonly MessageRef[],
    options?: FactsOptions,
  ): Promise<readonly (MessageFacts | undefined)[]> {
    return this.#facts.read(messages, options);
  }

  /** A message's bytes; see `Account.content`. */
  content(message: MessageRef): MessageContent {
    try {
      const size = this.#size.get(message) as number | undefined;
      if (size === undefined) throw new StoreError('corrupt', `message ${message} is not there`);
      return new StoredContent(message, size, (id) => this.#read(id));
    } catch (error) {
      throw storeError(error);
    }
  }

  /** A slice within one chunk; see `Account.lend`. */
  lend(message: MessageRef, { size, from, to, through }: Slice): Uint8Array | undefined {
    const end = Math.min(to, size);
    if (from >= end) return nothing;
    const chunk = Math.floor(from / chunkBytes);
    const start = chunk * chunkBytes;
    if (end > start + chunkBytes) return undefined;
    const id = message * chunksMax + chunk;
    if (lent === undefined || lent.id !== id || lent.of !== this.#self) {
      if (lent !== undefined && lent.bytes.buffer !== room?.buffer) release(lent.bytes);
      lent = undefined;
      const read = this.#readAhead(id, through) ?? this.#read(id);
      const bytes = unpack(
        read,
        Math.min(chunkBytes, size - start),
        (room ??= unpackingRoom(chunkBytes)),
      );
      lent = { of: this.#self, id, bytes };
    }
    return lent.bytes.subarray(from - start, end - start);
  }

  /** A chunk that was read before, or is now, together with those behind it. */
  #readAhead(id: number, through: MessageRef | undefined): Chunk | undefined {
    if (through === undefined) return undefined;
    let row = ahead?.of === this.#self ? ahead.rows.pop() : undefined;
    if (row?.[2] !== id) {
      for (const [, data] of ahead?.rows ?? []) release(data);
      ahead = undefined;
      try {
        ahead = {
          of: this.#self,
          rows: this.#chunks.all(id, (through + 1) * chunksMax - 1) as ChunkRow[],
        };
      } catch (error) {
        throw storeError(error);
      }
      row = ahead.rows.pop();
    }
    if (ahead?.rows.length === 0) ahead = undefined;
    return row?.[2] === id ? { codec: row[0], data: row[1] } : undefined;
  }

  /** The bytes of a staged message. */
  staged(size: number, { file, message = 0, rows, last }: StagedBody): MessageContent {
    return new StoredContent(message, size, (id) => {
      if (file !== undefined) return present(this.#readFile(file, id));
      if (last === undefined || id !== message * chunksMax + rows) return this.#read(id);
      // Unpacking takes a chunk's memory, and this one is still to be written.
      return { codec: last.codec, data: Uint8Array.from(last.data) };
    });
  }

  #read(id: number): Chunk {
    try {
      // A message may leave its file between two questions: then its rows are there.
      return present(this.#readRow(id) ?? this.#readBodyFile(id) ?? this.#readRow(id));
    } catch (error) {
      throw storeError(error);
    }
  }

  #readRow(id: number): Chunk | undefined {
    const row = this.#chunk.get(id) as readonly [number, Uint8Array] | undefined;
    return row && { codec: row[0], data: row[1] };
  }

  #readBodyFile(id: number): Chunk | undefined {
    const name = this.#file.get(Math.floor(id / chunksMax)) as string | undefined;
    return name === undefined ? undefined : this.#readFile(name, id);
  }

  /** A chunk of a file; that it is as long as it has to be is checked where it is unpacked. */
  #readFile(name: string, id: number): Chunk | undefined {
    const data = this.#bodies.read(name, (id % chunksMax) * chunkBytes, chunkBytes);
    return data && plain(data);
  }
}

function present(chunk: Chunk | undefined): Chunk {
  if (chunk === undefined) throw new StoreError('corrupt', 'a part of a message is missing');
  return chunk;
}

/** A stored message's bytes; keeps the chunk it read last, since clients read slice after slice. */
class StoredContent implements MessageContent {
  readonly size: number;
  readonly #message: number;
  readonly #read: (id: number) => Chunk;
  #last: { readonly chunk: number; readonly bytes: Uint8Array } | undefined;
  /** Where chunks are put for readers that let their memory be used again. */
  #scratch: Buffer | undefined;

  constructor(message: number, size: number, read: (id: number) => Chunk) {
    this.#message = message;
    this.size = size;
    this.#read = read;
  }

  async *read(
    from: number,
    to: number,
    options: ReadOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const end = Math.min(to, this.size);
    let at = Math.max(0, from);
    let turn = performance.now() + turnMs;
    while (at < end) {
      options.signal?.throwIfAborted();
      if (performance.now() > turn) {
        await nextTurn();
        turn = performance.now() + turnMs;
      }
      const chunk = Math.floor(at / chunkBytes);
      const start = chunk * chunkBytes;
      const bytes = this.#chunk(chunk, options.reuse === true);
      const slice = bytes.subarray(at - start, Math.min(end - start, bytes.length));
      at += slice.length;
      yield slice;
    }
  }

  #chunk(chunk: number, reuse: boolean): Uint8Array {
    // What was handed out to be kept may be read again; what lies in the scratch may be overwritten.
    if (this.#last?.chunk === chunk) return this.#last.bytes;
    const size = Math.min(chunkBytes, this.size - chunk * chunkBytes);
    const packed = this.#read(this.#message * chunksMax + chunk);
    if (!reuse || size < chunkBytes) {
      const bytes = unpack(packed, size);
      this.#last = { chunk, bytes };
      return bytes;
    }
    this.#last = undefined;
    this.#scratch ??= unpackingRoom(chunkBytes);
    const bytes = unpack(packed, size, this.#scratch);
    if (bytes.buffer === this.#scratch.buffer) return bytes;
    this.#scratch.set(bytes);
    release(bytes);
    return this.#scratch.subarray(0, size);
  }
}
