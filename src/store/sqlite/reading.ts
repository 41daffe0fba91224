import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Envelope } from '../../model/envelope.ts';
import { asThreadId, type EmailId, type MessageRef, type ThreadId } from '../../model/ids.ts';
import type { Part } from '../../model/part.ts';
import type { Abortable, MessageContent, MessageFacts, ReadOptions } from '../store.ts';
import { StoreError } from '../store-error.ts';
import { type Chunk, chunkBytes, chunksMax, release, unpack } from './chunks.ts';
import { readEnvelopeText, readStructureText } from './facts-text.ts';
import { type Connection, type Statement, storeError } from './database.ts';

type FactsRow = readonly [
  id: number,
  emailId: EmailId,
  thread: number,
  size: number,
  preview: string,
  envelope: string,
  structure: string,
  headers: Uint8Array,
];

/** Messages read in one step. */
const factsPage = 200;
/** Numbers this close are read as one range, the strangers between them thrown away. */
const gapMax = 3;
/** Synchronous work before others have a turn, milliseconds. */
const turnMs = 3;

/** Facts as they stand in the database: envelope and structure are decoded when somebody asks. */
class StoredFacts implements MessageFacts {
  readonly #row: FactsRow;
  #envelope: Envelope | undefined;
  #structure: Part | undefined;

  constructor(row: FactsRow) {
    this.#row = row;
  }

  get emailId(): EmailId {
    return this.#row[1];
  }

  get threadId(): ThreadId {
    return asThreadId(`T${this.#row[2]}`);
  }

  get size(): number {
    return this.#row[3];
  }

  get preview(): string {
    return this.#row[4];
  }

  get envelope(): Envelope {
    return (this.#envelope ??= readEnvelopeText(this.#row[5]));
  }

  get structure(): Part {
    return (this.#structure ??= readStructureText(this.#row[6]));
  }

  get headers(): Uint8Array {
    return this.#row[7];
  }
}

/** Reads messages through the account's reading connection. */
export class MessageReader {
  readonly #facts: Statement;
  readonly #size: Statement;
  readonly #chunk: Statement;

  constructor(reader: Connection) {
    this.#facts = reader
      .prepare(
        'SELECT id, email_id, thread, size, preview, envelope, structure, headers FROM message WHERE id BETWEEN ? AND ? ORDER BY id',
      )
      .raw();
    this.#size = reader.prepare('SELECT size FROM message WHERE id = ?').pluck();
    this.#chunk = reader.prepare('SELECT codec, data FROM body WHERE id = ?').raw();
  }

  /** Facts in the order asked; see `Account.facts`. */
  async facts(
    messages: readonly MessageRef[],
    options: Abortable = {},
  ): Promise<(MessageFacts | undefined)[]> {
    const found = new Map<number, MessageFacts>();
    let turn = performance.now() + turnMs;
    for (const { first, last, wanted } of ranges(messages)) {
      options.signal?.throwIfAborted();
      try {
        for (const row of this.#facts.all(first, last) as FactsRow[]) {
          if (wanted.has(row[0])) found.set(row[0], new StoredFacts(row));
        }
      } catch (error) {
        throw storeError(error);
      }
      if (performance.now() < turn) continue;
      await nextTurn();
      turn = performance.now() + turnMs;
    }
    return messages.map((message) => found.get(message));
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

  /** The bytes of a message that is staged in rows, or whose only chunk is at hand. */
  staged(
    size: number,
    body: { readonly message: number } | { readonly chunk: Chunk },
  ): MessageContent {
    if ('message' in body) return new StoredContent(body.message, size, (id) => this.#read(id));
    // Unpacking takes a chunk's memory, and this one is still to be written.
    const { codec, data } = body.chunk;
    return new StoredContent(0, size, () => ({ codec, data: Uint8Array.from(data) }));
  }

  #read(id: number): Chunk {
    let row: readonly [number, Uint8Array] | undefined;
    try {
      row = this.#chunk.get(id) as readonly [number, Uint8Array] | undefined;
    } catch (error) {
      throw storeError(error);
    }
    if (row === undefined) throw new StoreError('corrupt', 'a part of a message is missing');
    return { codec: row[0], data: row[1] };
  }
}

/** Message numbers as ranges worth reading at once, ascending. */
function* ranges(
  messages: readonly number[],
): Generator<{ first: number; last: number; wanted: Set<number> }> {
  const sorted = [...new Set(messages)].sort((a, b) => a - b);
  let first = 0;
  for (let index = 1; index <= sorted.length; index++) {
    const next = sorted[index];
    const last = sorted[index - 1]!;
    if (next !== undefined && next - last <= gapMax && index - first < factsPage) continue;
    yield { first: sorted[first]!, last, wanted: new Set(sorted.slice(first, index)) };
    first = index;
  }
}

/** A stored message's bytes; keeps the chunk it read last, since clients read slice after slice. */
class StoredContent implements MessageContent {
  readonly size: number;
  readonly #message: number;
  readonly #read: (id: number) => Chunk;
  #last: { readonly chunk: number; readonly bytes: Uint8Array } | undefined;
  /** Where chunks are put for readers that let their memory be used again. */
  #scratch: Uint8Array | undefined;

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
    const bytes = unpack(this.#read(this.#message * chunksMax + chunk), size);
    if (!reuse || size < chunkBytes) {
      this.#last = { chunk, bytes };
      return bytes;
    }
    this.#last = undefined;
    this.#scratch ??= new Uint8Array(chunkBytes);
    this.#scratch.set(bytes);
    release(bytes);
    return this.#scratch;
  }
}
