import type { AppendPiece } from '../model/arguments.ts';
import { assert } from '../base/assert.ts';
import type { QuotaUsage } from '../model/quota.ts';
import { bad } from '../model/refusal.ts';
import type { StagedMessage } from '../store/store.ts';
import { AppendBudget, AppendPieces, type AppendContext, type Appending } from './append-pieces.ts';
import { receiveCatenated } from './catenation.ts';
import type { Incoming, MessageLiteral } from './client.ts';
import { fetchable } from './fetchable.ts';

/** A message that has come whole; who takes it disposes it. */
export interface Arrived {
  readonly message: StagedMessage;
  /** What its command says of it. */
  readonly facts: Extract<AppendPiece, { kind: 'message' }>;
}

/** The messages of an APPEND, one after the other, each read to its end and staged. `goes`: what they stand for. */
export async function* arrivals(
  context: AppendContext,
  begun: readonly AppendPiece[],
  goes?: Pick<QuotaUsage, 'storage' | 'messages'>,
): AsyncGenerator<Arrived, void, undefined> {
  const pieces = new AppendPieces(context, begun);
  const budget = new AppendBudget(context, goes);
  for (let facts = pieces.next(); facts !== undefined; facts = pieces.next()) {
    assert(facts.kind === 'message', 'what ends a message is followed by one');
    budget.begin();
    const receive = facts.catenated ? receiveCatenated : receiveLiteral;
    yield { message: await receive(context, { pieces, budget }), facts };
  }
}

/** Stages a message that is one literal; without NUL, whatever it came with. */
async function receiveLiteral(
  context: AppendContext,
  { pieces, budget }: Appending,
): Promise<StagedMessage> {
  const { account, signal } = context;
  const piece = pieces.next();
  assert(piece?.kind === 'literal', 'a message is a literal');
  const literal = pieces.literal(piece);
  const full = budget.spend(literal.size);
  if (full !== undefined) await full;
  budget.end();
  const arrival = new Arrival(literal);
  const { staged, rest } = await arrival.complete(
    account.stage(arrival.bytes(), { signal, among: budget.among }),
  );
  // From here on it is the caller's to dispose, also when what follows it is malformed.
  try {
    pieces.resume(piece, rest);
    if (arrival.nul && !literal.binary) throw bad('a message with NUL needs a literal8, ~{size}');
  } catch (error) {
    await staged[Symbol.asyncDispose]();
    throw error;
  }
  return arrival.nul ? await fetchable(staged, context) : staged;
}

/** A message literal on its way in: always read to its end, whatever the store says of it. */
class Arrival {
  readonly #message: MessageLiteral;
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** Whether it holds NUL, as far as it was read. */
  nul = false;
  /** Whether the client went away in the middle of it. */
  #isLost = false;

  constructor(message: MessageLiteral) {
    this.#message = message;
    this.#chunks = message.accept()[Symbol.asyncIterator]();
  }

  /** The bytes for the store; it may stop reading at any time. Once refused, nothing more of them is kept. */
  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const { done, value } = await this.#next();
      if (done === true) return;
      // RFC 9051 section 4.3: only a literal8 may hold NUL.
      if (value.includes(0)) this.nul = true;
      if (!this.nul || this.#message.binary) yield value;
    }
  }

  /** Waits until the message is staged, and what follows it was read. On any failure the stream is in step again, or over. */
  async complete(
    stage: Promise<StagedMessage>,
  ): Promise<{ staged: StagedMessage; rest: Incoming }> {
    let staged: StagedMessage;
    try {
      staged = await stage;
    } catch (error) {
      if (!this.#isLost) await this.#end();
      throw error;
    }
    try {
      return { staged, rest: await this.#end() };
    } catch (error) {
      await staged[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #next(): Promise<IteratorResult<Uint8Array>> {
    try {
      return await this.#chunks.next();
    } catch (error) {
      this.#isLost = true;
      throw error;
    }
  }

  /** Reads what is left of the literal, and what follows it. */
  async #end(): Promise<Incoming> {
    while ((await this.#next()).done !== true);
    const rest = await this.#message.rest();
    if (rest.refusal !== undefined) throw rest.refusal;
    return rest;
  }
}
