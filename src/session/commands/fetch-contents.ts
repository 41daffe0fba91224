import { sameText } from '../../base/ascii.ts';
import { assert } from '../../base/assert.ts';
import type { Content } from '../../model/fetch-item.ts';
import type { MessageRef } from '../../model/ids.ts';
import type { Part } from '../../model/part.ts';
import type { Partial, Section } from '../../model/section.ts';
import { cachedHeaderNames } from '../../mime/cached-headers.ts';
import { asBuffer } from '../../mime/header.ts';
import { filterHeader, findPart, findSection, namesWithin } from '../../mime/section.ts';
import { decodedSize, decodeTransfer, transferDecoder } from '../../mime/transfer.ts';
import type { Account, MessageContent, MessageFacts } from '../../store/store.ts';

/** Contents up to this many bytes are read into memory where they cannot be lent; larger ones are streamed. */
const inMemoryBytesMax = 64 * 1024;

/** Bytes from `start` to `end`, exclusive. */
interface Span {
  readonly start: number;
  readonly end: number;
}

const nothing = Buffer.alloc(0);

/** What is there at once for most messages, and has to be awaited for others. */
export type Later<Value> = Value | Promise<Value>;

interface StoredMessageOptions {
  readonly ref: MessageRef;
  /** Bytes. */
  readonly size: number;
  readonly facts: MessageFacts | undefined;
  /** Bytes of a header that fields are chosen from; a longer header is cut, since it is held in memory. */
  readonly headerBytesMax: number;
  /** See `Slice.through`: where all of this message and of those behind it is asked for. */
  readonly through: MessageRef | undefined;
  /**
   * Whether content is sent before anything else of a message is asked for, so that it can be what the store lends
   * for a moment.
   */
  readonly sentAtOnce: boolean;
  /** Whether BINARY is for parts without parts only: so says RFC 9051 section 6.4.5, but not RFC 3516. */
  readonly binaryOfLeaves: boolean;
  readonly signal: AbortSignal;
}

/** A message on its way to a client: opened when its bytes are first needed. */
export class StoredMessage {
  readonly size: number;
  readonly binaryOfLeaves: boolean;
  readonly #account: Account;
  readonly #options: StoredMessageOptions;
  #content: Promise<MessageContent> | undefined;

  constructor(account: Account, options: StoredMessageOptions) {
    this.#account = account;
    this.#options = options;
    this.size = options.size;
    this.binaryOfLeaves = options.binaryOfLeaves;
  }

  /** For items that need facts, which the caller has read then. */
  get knownFacts(): MessageFacts {
    const { facts } = this.#options;
    assert(facts !== undefined, 'facts were read for this item');
    return facts;
  }

  /** A header in memory. */
  header({ start, end }: Span): Later<Buffer> {
    const span = { start, end: Math.min(end, start + this.#options.headerBytesMax) };
    const lent = this.#lent(span);
    return lent === undefined ? this.#gathered(span) : asBuffer(lent);
  }

  /** A span of bytes: in memory when small, otherwise as a stream. Throws or rejects with `corrupt`. */
  content({ start, end }: Span): Later<Content> {
    if (start >= end) return nothing;
    const small = end - start <= inMemoryBytesMax;
    const { sentAtOnce } = this.#options;
    const lent = small || sentAtOnce ? this.#lent({ start, end }) : undefined;
    if (lent !== undefined) return sentAtOnce ? lent : Buffer.from(lent);
    return small ? this.#gathered({ start, end }) : this.#streamed({ start, end });
  }

  /** A span that is small and at hand, for a look: it is gone with the next `await`. */
  glimpse({ start, end }: Span): Uint8Array | undefined {
    if (start >= end) return nothing;
    return end - start <= inMemoryBytesMax ? this.#lent({ start, end }) : undefined;
  }

  /** Chunks to be kept. */
  read(span: Span): Promise<AsyncIterable<Uint8Array>> {
    return this.#read(span, false);
  }

  /** Chunks that are good until the next one is asked for. */
  stream(span: Span): Promise<AsyncIterable<Uint8Array>> {
    return this.#read(span, true);
  }

  #lent({ start, end }: Span): Uint8Array | undefined {
    const { ref, size, through } = this.#options;
    return this.#account.lend?.(ref, { size, from: start, to: end, through });
  }

  async #gathered(span: Span): Promise<Buffer> {
    return gathered(await this.read(span));
  }

  async #streamed({ start, end }: Span): Promise<Content> {
    return { size: end - start, chunks: await this.stream({ start, end }) };
  }

  async #read({ start, end }: Span, reuse: boolean): Promise<AsyncIterable<Uint8Array>> {
    const { ref, signal } = this.#options;
    this.#content ??= this.#account.content(ref, { signal });
    return (await this.#content).read(start, end, { signal, reuse });
  }
}

/**
 * What `BODY[section]<partial>` is, or null where there is no such section (RFC 9051 section 6.4.5.1). Throws or
 * rejects with `corrupt`.
 */
export function bodyContent(
  message: StoredMessage,
  section: Section,
  partial: Partial | undefined,
): Later<Content | null> {
  const { part, text } = section;
  if (part.length === 0 && text.kind === 'ALL') {
    return message.content(cut({ start: 0, end: message.size }, partial));
  }
  if (text.kind === 'HEADER.FIELDS' && part.length === 0) {
    const known = cachedFields(message.knownFacts, text.names);
    if (known !== undefined) return slice(known, partial);
  }
  const place = findSection(message.knownFacts.structure, section);
  if (place === undefined) return null;
  const span = { start: place.from, end: place.to };
  if (place.kind === 'bytes') return message.content(cut(span, partial));
  const chosen = (header: Buffer): Uint8Array => {
    const fields = filterHeader(header, place.names, place.not);
    // RFC 9051 section 6.4.5.1: the empty line is there but for a message with neither body nor empty line.
    const body = findSection(message.knownFacts.structure, { part, text: { kind: 'TEXT' } });
    const bare = body !== undefined && body.from >= body.to && !endsWithEmptyLine(header);
    // RFC 9051 section 6.4.5: the partial range counts after the fields were chosen.
    return slice(bare ? fields.subarray(0, -2) : fields, partial);
  };
  const header = message.header(span);
  return header instanceof Promise ? header.then(chosen) : chosen(header);
}

/**
 * What `BINARY[part]<partial>` is: the part without its transfer encoding (RFC 3516 section 4.2). Null where there
 * is no such part. The whole message has no encoding of its own. Throws or rejects with `corrupt`.
 */
export function binaryContent(
  message: StoredMessage,
  numbers: readonly number[],
  partial: Partial | undefined,
): Later<Content | null | 'unknown-cte' | 'not-leaf'> {
  const encoded = encodedPart(message, numbers);
  if (encoded === null || typeof encoded === 'string') return encoded;
  const { span, encoding } = encoded;
  if (isIdentity(encoding)) return message.content(cut(span, partial));
  const decoder = transferDecoder(encoding);
  if (decoder === undefined) return 'unknown-cte';
  const bytes = message.glimpse(span);
  if (bytes === undefined) return decodedContent(message, encoded, partial);
  const most = decoder.write(bytes);
  const rest = decoder.end();
  return slice(rest.length === 0 ? most : Buffer.concat([most, rest]), partial);
}

async function decodedContent(
  message: StoredMessage,
  { span, encoding }: Encoded,
  partial: Partial | undefined,
): Promise<Content | 'unknown-cte'> {
  const decoded = async (): Promise<AsyncIterable<Uint8Array> | undefined> =>
    decodeTransfer(encoding, await message.stream(span));
  const whole = await decoded();
  if (whole === undefined) return 'unknown-cte';
  if (span.end - span.start <= inMemoryBytesMax) return slice(await gathered(whole), partial);
  // The size must be known before the first byte goes out, so a large part is decoded twice.
  const wanted = cut({ start: 0, end: await counted(whole) }, partial);
  const chunks = within((await decoded()) ?? whole, wanted);
  const size = wanted.end - wanted.start;
  return size <= inMemoryBytesMax ? gathered(chunks) : { size, chunks };
}

/** How many bytes `BINARY[part]` has; 0 where there is no such part, as NIL cannot be said. */
export async function binarySize(
  message: StoredMessage,
  numbers: readonly number[],
): Promise<number | 'unknown-cte' | 'not-leaf'> {
  const encoded = encodedPart(message, numbers);
  if (encoded === null) return 0;
  if (typeof encoded === 'string') return encoded;
  const { span, encoding } = encoded;
  if (isIdentity(encoding)) return span.end - span.start;
  return (await decodedSize(encoding, await message.stream(span))) ?? 'unknown-cte';
}

interface Encoded {
  readonly span: Span;
  readonly encoding: string;
}

function encodedPart(
  message: StoredMessage,
  numbers: readonly number[],
): Encoded | null | 'not-leaf' {
  if (numbers.length === 0) return { span: { start: 0, end: message.size }, encoding: '8BIT' };
  const part: Part | undefined = findPart(message.knownFacts.structure, numbers);
  if (part === undefined) return null;
  if (part.kind !== 'single' && message.binaryOfLeaves) return 'not-leaf';
  return { span: { start: part.bodyStart, end: part.bodyEnd }, encoding: part.encoding };
}

function isIdentity(encoding: string): boolean {
  return ['7BIT', '8BIT', 'BINARY'].some((name) => sameText(name, encoding));
}

/**
 * Fields from those that the store keeps beside the message, or undefined when one of the names is not
 * among them, or it cannot be told whether the header ends with an empty line.
 */
function cachedFields(facts: MessageFacts, names: readonly string[]): Uint8Array | undefined {
  const { structure, headers } = facts;
  if (structure.bodyStart >= structure.bodyEnd) return undefined;
  if (!namesWithin(names, cachedHeaderNames)) return undefined;
  return filterHeader(headers, names, false);
}

function endsWithEmptyLine(header: Buffer): boolean {
  const end = header.subarray(-4).toString('latin1');
  return /(?:^|\n)\r?\n$/.test(header.length <= 2 ? `\n${end}` : end);
}

/** A span's part that a partial range names; empty when it begins beyond the end. */
function cut({ start, end }: Span, partial: Partial | undefined): Span {
  if (partial === undefined) return { start, end };
  const from = Math.min(end, start + partial.origin);
  return { start: from, end: Math.min(end, from + partial.length) };
}

function slice(bytes: Uint8Array, partial: Partial | undefined): Uint8Array {
  const { start, end } = cut({ start: 0, end: bytes.length }, partial);
  return bytes.subarray(start, end);
}

async function gathered(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

async function counted(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of chunks) size += chunk.length;
  return size;
}

/** The bytes of a stream that lie within a span. */
async function* within(
  chunks: AsyncIterable<Uint8Array>,
  { start, end }: Span,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (start >= end) return;
  let at = 0;
  for await (const chunk of chunks) {
    const from = Math.max(0, start - at);
    const to = Math.min(chunk.length, end - at);
    if (from < to) yield chunk.subarray(from, to);
    at += chunk.length;
    if (at >= end) return;
  }
}
