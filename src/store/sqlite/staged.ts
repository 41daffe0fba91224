import type { KeyObject } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Limits } from '../../base/limits.ts';
import { asEmailId } from '../../model/ids.ts';
import { type IndexedMessage, MessageIndexer } from '../../mime/indexer.ts';
import { readyStructure } from '../../wire/write/ready.ts';
import type { MessageContent, MessageFacts, StagedMessage, StageOptions } from '../store.ts';
import { StoreError } from '../store-error.ts';
import type { BodyFile, BodyFiles } from './body-file.ts';
import {
  type Chunk,
  chunkBytes,
  chunksMax,
  giveBack,
  giveBuffer,
  pack,
  plain,
  release as releasePacked,
  takeBuffer,
} from './chunks.ts';
import type { MessageReader } from './reading.ts';
import { ChunkDigest, digestOf } from './digest.ts';
import { envelopeText, structureText } from './facts-text.ts';
import { threadKeys } from './threads.ts';
import type { MailTransaction } from './transaction.ts';
import type { WriteQueue } from './write-queue.ts';

/**
 * Where a staged message's bytes are: all of them in a file that no row names yet, or the last chunk in memory and
 * those before it in rows that nobody sees yet.
 */
export interface StagedBody {
  /** The name of its file (`body-file.ts`). */
  readonly file: string | undefined;
  /** Its number, when it has rows. */
  readonly message: number | undefined;
  /** How many rows it has, and so the number of the last chunk. */
  readonly rows: number;
  readonly last: Chunk | undefined;
}

/** What staging needs of its account. */
export interface StagingHost {
  readonly queue: WriteQueue<MailTransaction>;
  readonly limits: Limits;
  /** See `ChunkDigest`. */
  readonly digestKey: KeyObject;
  readonly messages: MessageReader;
  readonly bodies: BodyFiles;
}

/** A message that was read to its end and waits for `append`. */
export class Staged implements StagedMessage {
  readonly facts: MessageFacts;
  readonly body: StagedBody;
  readonly digest: Uint8Array;
  readonly envelope: string;
  /** What clients are told of the structure, if all are told alike. */
  readonly bodyStructure: string | null;
  readonly structure: string;
  readonly threadKeys: readonly number[];
  /** Its number once it is stored. */
  message: number | undefined;
  readonly #host: StagingHost;
  #disposed = false;

  constructor(
    host: StagingHost,
    body: StagedBody,
    read: { readonly index: IndexedMessage; readonly digest: Uint8Array },
  ) {
    const { size, envelope, structure, headers, preview } = read.index;
    this.#host = host;
    this.body = body;
    this.digest = read.digest;
    // Equal bytes, equal id: it survives copies and moves (RFC 8474 section 5.1) and a second import.
    const emailId = asEmailId(`M${Buffer.from(read.digest).toString('base64url', 0, 24)}`);
    this.facts = { emailId, threadId: null, size, envelope, structure, headers, preview };
    this.envelope = envelopeText(envelope);
    this.bodyStructure = readyStructure(structure) ?? null;
    this.structure = structureText(structure);
    this.threadKeys = threadKeys(read.index, read.digest);
  }

  get size(): number {
    return this.facts.size;
  }

  content(): MessageContent {
    return this.#host.messages.staged(this.size, this.body);
  }

  /** The file whose name goes with the message, if it has one; it must be there when a transaction names it. */
  takeFile(): string | undefined {
    const { file } = this.body;
    if (file !== undefined && !this.#host.bodies.has(file))
      throw new StoreError('unavailable', 'the message waited so long that it was swept away');
    return file;
  }

  /** Discards what was not appended. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    const { message, last, file } = this.body;
    if (last !== undefined) giveBack(last);
    if (file !== undefined) this.#host.bodies.forget(file);
    if (this.message !== undefined) return;
    if (message !== undefined) await discard(this.#host, message).catch(() => undefined);
    if (file !== undefined) await discardFile(this.#host, file).catch(() => undefined);
  }
}

/**
 * Removes a file, unless a row names it or a write of this process may. Under the write lock, so that no other process
 * names it meanwhile. What fails is swept later.
 */
export async function discardFile(
  { queue, bodies }: Pick<StagingHost, 'queue' | 'bodies'>,
  file: string,
): Promise<void> {
  const gone = await queue.submit(({ statements }) => {
    if (bodies.isComing(file) || statements.fileIsNamed.get(file) !== undefined) return undefined;
    return bodies.retire(file);
  });
  if (gone !== undefined) await bodies.remove(gone);
}

/** Removes the rows of a staged message, unless it was stored meanwhile. What fails is swept later. */
export async function discard(host: Pick<StagingHost, 'queue'>, message: number): Promise<void> {
  const batch = 8;
  for (let more = true; more;) {
    more = await host.queue.submit(({ statements }) => {
      if (statements.hasMessage.get(message) !== undefined) return false;
      const first = message * chunksMax;
      if (statements.removeBodies.run(first, first + chunksMax, batch).changes === batch)
        return true;
      statements.removeStaging.run(message);
      return false;
    });
  }
}

/** Bytes read at a time: what digest and index take stays under a millisecond. */
const pieceBytes = 64 * 1024;
/** Synchronous work before others have a turn, milliseconds. */
const turnMs = 3;

/** Reads a message to its end; see `Account.stage`. */
export async function stage(
  host: StagingHost,
  content: AsyncIterable<Uint8Array>,
  options: StageOptions = {},
): Promise<Staged> {
  const { signal } = options;
  const reading = new Reading(host, options);
  try {
    let turn = performance.now() + turnMs;
    for await (const chunk of content) {
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        signal?.throwIfAborted();
        const full = reading.write(chunk.subarray(at, at + pieceBytes));
        if (full !== undefined) await full;
        if (performance.now() < turn) continue;
        await nextTurn();
        turn = performance.now() + turnMs;
      }
    }
    signal?.throwIfAborted();
    return await reading.end();
  } catch (error) {
    await reading.abandon();
    throw error;
  }
}

/** What a message's first buffer holds; one that has more gets a whole chunk's. */
const firstBytes = 8 * 1024;
const nothing = Buffer.alloc(0);

/**
 * A message on its way in. Two buffers of a chunk take turns, one filling while the other is written. Bytes are
 * stored as they come and packed when they are old (`packing.ts`), unless they are old already. Of those that come
 * fresh, what fills a chunk or more has a file of its own.
 */
class Reading {
  readonly #host: StagingHost;
  readonly #indexer: MessageIndexer;
  readonly #encode: (bytes: Buffer) => Chunk;
  /** Whether its bytes wait to be packed. */
  readonly #isFresh: boolean;
  /** Whether a message of less than a chunk goes into rows too. */
  readonly #inRows: boolean;
  /** Of the chunks stored so far; a message that has none is digested at once. */
  #digest: ChunkDigest | undefined;
  #size = 0;
  #filling: Buffer = nothing;
  #filled = 0;
  /** The buffer whose chunk was written before. */
  #spare: Buffer | undefined;
  /** Where its chunks go, if it has any: a file, or rows. */
  #file: BodyFile | undefined;
  #message: number | undefined;
  #chunks = 0;
  #writing: Promise<void> | undefined;

  constructor(host: StagingHost, { cold = false, among = false }: StageOptions) {
    this.#inRows = among;
    this.#host = host;
    this.#indexer = new MessageIndexer(host.limits);
    this.#isFresh = !cold && host.limits.packAfterMs > 0;
    this.#encode = this.#isFresh ? plain : pack;
  }

  /** Takes bytes, less than a chunk; a promise to await before more when a chunk became full. */
  write(piece: Uint8Array): Promise<void> | undefined {
    this.#size += piece.length;
    const limit = Math.min(this.#host.limits.messageBytesMax, chunkBytes * chunksMax);
    if (this.#size > limit)
      throw new StoreError('message-too-large', `a message may have ${limit} bytes`);
    this.#indexer.write(piece);
    const taken = this.#fill(piece);
    if (this.#filled < chunkBytes) return undefined;
    return this.#store().then(() => void this.#fill(piece.subarray(taken)));
  }

  /** Copies what fits: the piece may be a view of memory that its owner uses again. */
  #fill(piece: Uint8Array): number {
    const needed = this.#filled + piece.length;
    if (needed > this.#filling.length && this.#filling.length < chunkBytes) {
      const larger = needed > firstBytes ? takeBuffer() : Buffer.allocUnsafe(firstBytes);
      this.#filling.copy(larger, 0, 0, this.#filled);
      this.#filling = larger;
    }
    const taken = Math.min(piece.length, this.#filling.length - this.#filled);
    this.#filling.set(taken === piece.length ? piece : piece.subarray(0, taken), this.#filled);
    this.#filled += taken;
    return taken;
  }

  /** Writes the full buffer while the next one fills; waits for the one before. */
  async #store(): Promise<void> {
    await this.#writing;
    const bytes = this.#filling.subarray(0, this.#filled);
    this.#digest ??= new ChunkDigest(this.#host.digestKey);
    this.#digest.update(bytes);
    if (this.#chunks === 0 && this.#isFresh && this.#filled === chunkBytes)
      this.#file = this.#host.bodies.create();
    const chunk = this.#chunks++;
    const writing = this.#file?.write(bytes) ?? this.#writeRow(bytes, chunk);
    // Its failure is met at the next wait.
    writing.catch(() => undefined);
    const full = this.#filling;
    this.#filling = this.#spare ?? takeBuffer();
    this.#spare = full;
    this.#filled = 0;
    this.#writing = writing;
  }

  async #writeRow(bytes: Buffer, chunk: number): Promise<void> {
    const { codec, data } = this.#encode(bytes);
    this.#message = await this.#host.queue.submit((tx) => {
      const message = this.#message ?? tx.takeMessage();
      if (this.#message === undefined) tx.statements.addStaging.run(message, tx.host.now());
      else tx.statements.touchStaging.run(tx.host.now(), message);
      tx.statements.addBody.run(message * chunksMax + chunk, codec, data);
      return message;
    });
    if (data !== bytes) releasePacked(data);
  }

  async end(): Promise<Staged> {
    const index = this.#indexer.end();
    if (this.#filled > 0 && (this.#inRows || this.#file !== undefined)) await this.#store();
    const bytes = this.#filling.subarray(0, this.#filled);
    const isOnly = this.#chunks === 0;
    if (!isOnly && this.#filled > 0) this.#digest?.update(bytes);
    const last = isOnly || this.#filled > 0 ? this.#kept(bytes) : undefined;
    await this.#writing;
    await this.#file?.finish();
    const digest = this.#digest?.end() ?? digestOf(bytes);
    this.#free();
    const body = { file: this.#file?.name, message: this.#message, rows: this.#chunks, last };
    return new Staged(this.#host, body, { index, digest });
  }

  /** The last chunk, in memory that is its own: a whole buffer goes with it if it fills more than half of that. */
  #kept(bytes: Buffer): Chunk {
    const { codec, data } = this.#encode(bytes);
    if (data !== bytes || this.#filling.length < chunkBytes) return { codec, data };
    if (bytes.length > chunkBytes / 2) {
      this.#filling = nothing;
      return { codec, data };
    }
    const own = Buffer.allocUnsafeSlow(bytes.length);
    own.set(bytes);
    return { codec, data: own };
  }

  /** Lets others have the buffers. */
  #free(): void {
    for (const buffer of [this.#filling, this.#spare])
      if (buffer?.length === chunkBytes) giveBuffer(buffer);
    this.#filling = nothing;
    this.#spare = undefined;
  }

  /** Forgets what was read so far. */
  async abandon(): Promise<void> {
    await this.#writing?.catch(() => undefined);
    this.#free();
    await this.#file?.discard().catch(() => undefined);
    if (this.#message !== undefined)
      await discard(this.#host, this.#message).catch(() => undefined);
  }
}
