import { setImmediate as nextTurn } from 'node:timers/promises';
import { assert } from '../../base/assert.ts';
import type { Envelope } from '../../model/envelope.ts';
import { asThreadId, type EmailId, type MessageRef, type ThreadId } from '../../model/ids.ts';
import type { Part } from '../../model/part.ts';
import type { ReadyText } from '../../model/ready-text.ts';
import type { FactsOptions, MessageFacts } from '../store.ts';
import { storeError } from './database.ts';
import type { Reader } from './reader.ts';
import { prepare, type Statement } from './statement.ts';
import { readEnvelopeText, readStructureText, storedBody, toldEnvelope } from './facts-text.ts';

type FactsRow = readonly [
  id: number,
  emailId: EmailId,
  thread: number,
  size: number,
  envelope: string,
  bodyStructure: ReadyText | null,
  /** Null where only what is told was asked for, and `bodyStructure` tells it. */
  structure: string | null,
  headers?: Uint8Array,
  preview?: string,
];

/** Messages read in one step. */
const pageMessages = 200;
/** Numbers this close are read as one range, the strangers between them thrown away. */
const gapMax = 3;
/** Synchronous work before others have a turn, milliseconds. */
const turnMs = 3;

const unread = 'these facts were read for what is told only';

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

  get envelopeText(): ReadyText | undefined {
    return toldEnvelope(this.#row[4]);
  }

  get envelope(): Envelope {
    return (this.#envelope ??= readEnvelopeText(this.#row[4]));
  }

  get structureText(): ReadyText | undefined {
    return this.#row[5] ?? undefined;
  }

  get structure(): Part {
    const text = this.#row[6];
    assert(text !== null, unread);
    return (this.#structure ??= readStructureText(text));
  }

  get hasBody(): boolean | undefined {
    const text = this.#row[6];
    return text === null ? undefined : storedBody(text);
  }

  get headers(): Uint8Array {
    const bytes = this.#row[7];
    assert(bytes !== undefined, unread);
    return bytes;
  }

  get preview(): string {
    const text = this.#row[8];
    assert(text !== undefined, unread);
    return text;
  }
}

/** Reads facts through the account's reading connection. */
export class FactsReader {
  readonly #all: Statement;
  readonly #told: Statement;

  constructor(reader: Reader) {
    const select = (columns: string): Statement =>
      prepare(
        reader,
        `SELECT id, email_id, thread, size, envelope, body_structure, ${columns} FROM message WHERE id BETWEEN ? AND ? ORDER BY id`,
      ).raw();
    this.#all = select('structure, headers, preview');
    this.#told = select('iif(body_structure IS NULL, structure, NULL)');
  }

  /** Facts in the order asked; see `Account.facts`. */
  async read(
    messages: readonly MessageRef[],
    { signal, only }: FactsOptions = {},
  ): Promise<(MessageFacts | undefined)[]> {
    const statement = only === 'told' ? this.#told : this.#all;
    const found: (MessageFacts | undefined)[] = messages.map(() => undefined);
    const order = ascending(messages);
    let turn = performance.now() + turnMs;
    for (let from = 0; from < order.length;) {
      signal?.throwIfAborted();
      const to = rangeEnd(messages, order, from);
      try {
        const rows = statement.all(messages[order[from]!], messages[order[to - 1]!]) as FactsRow[];
        let row = 0;
        for (; from < to; from++) {
          const place = order[from]!;
          while (row < rows.length && rows[row]![0] < messages[place]!) row++;
          if (rows[row]?.[0] === messages[place]) found[place] = new StoredFacts(rows[row]!);
        }
      } catch (error) {
        throw storeError(error);
      }
      if (performance.now() < turn) continue;
      await nextTurn();
      turn = performance.now() + turnMs;
    }
    return found;
  }
}

/** The places of these numbers in ascending order of the numbers; mostly they stand so. */
function ascending(messages: readonly number[]): number[] {
  const order = messages.map((_, place) => place);
  const sorted = messages.every((message, place) => place === 0 || messages[place - 1]! <= message);
  return sorted ? order : order.sort((a, b) => messages[a]! - messages[b]!);
}

/** How many of the ordered places, from one on, are worth reading as one range. */
function rangeEnd(messages: readonly number[], order: readonly number[], from: number): number {
  let to = from + 1;
  while (
    to < order.length &&
    to - from < pageMessages &&
    messages[order[to]!]! - messages[order[to - 1]!]! <= gapMax
  )
    to++;
  return to;
}
