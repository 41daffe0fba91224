import type { AppendMessageArguments } from '../model/arguments.ts';
import { bad, no } from '../model/refusal.ts';
import { encodeBinary, type EncodeOptions } from '../mime/encode-binary.ts';
import type { Abortable, Account, StagedMessage } from '../store/store.ts';
import { Cursor } from '../wire/cursor.ts';
import { parseAppendEnd } from '../wire/parse/append.ts';
import type { Incoming, MessageLiteral } from './client.ts';
import type { CommandContext } from './command.ts';

export type ArrivalContext = Pick<
  CommandContext<'authenticated' | 'selected'>,
  'account' | 'enabled' | 'limits' | 'message' | 'session' | 'signal'
>;

/** A message that has come whole; who takes it disposes it. */
export interface Arrived {
  readonly message: StagedMessage;
  /** What its command says of it. */
  readonly facts: AppendMessageArguments;
}

/** The messages of an APPEND, one after the other, each read to its end and staged. */
export async function* arrivals(
  context: ArrivalContext,
  first: AppendMessageArguments,
): AsyncGenerator<Arrived, void, undefined> {
  const { limits, session } = context;
  const { unknown } = session.offer;
  let next: { literal: MessageLiteral | undefined; facts: AppendMessageArguments } | undefined = {
    literal: context.message,
    facts: first,
  };
  let bytes = 0;
  for (let count = 1; next !== undefined; count++) {
    const { literal, facts } = next;
    const checked = check(context, literal, facts.utf8);
    bytes += checked.size;
    if (count > 1 && (count > limits.appendMessagesMax || bytes > limits.appendBytesMax))
      throw no('this is too much for one APPEND: send fewer messages at a time', { kind: 'LIMIT' });
    const among = bytes > limits.appendMemoryMax;
    const { message, rest } = await receive(context, { literal: checked, among });
    // From here on it is the caller's to dispose, also when what follows it is malformed.
    let parsed: AppendMessageArguments | undefined;
    try {
      parsed = parseAppendEnd(new Cursor(rest.bytes, { utf8: facts.utf8, limits, unknown }), {
        utf8: facts.utf8,
        more: rest.message !== undefined,
      });
    } catch (error) {
      await message[Symbol.asyncDispose]();
      throw error;
    }
    next = parsed && { literal: rest.message, facts: parsed };
    yield { message, facts };
  }
}

/** Refuses what can be refused before a byte of the message is sent. */
function check(
  { limits, enabled }: ArrivalContext,
  message: MessageLiteral | undefined,
  utf8: boolean,
): MessageLiteral {
  if (message === undefined) throw bad('APPEND needs the message as a literal');
  if (utf8 && !enabled.has('UTF8=ACCEPT')) throw bad('ENABLE UTF8=ACCEPT before APPEND UTF8');
  if (message.size > limits.messageBytesMax) {
    throw no(`a message may have ${limits.messageBytesMax} octets`, { kind: 'TOOBIG' });
  }
  // RFC 3502 section 6.3.11: an empty literal is an error and cancels.
  if (message.size === 0) throw no('an empty message is not appended');
  return message;
}

/** Stages a message; without NUL, whatever it came with. */
async function receive(
  { account, limits, signal }: ArrivalContext,
  { literal, among }: { readonly literal: MessageLiteral; readonly among: boolean },
): Promise<{ message: StagedMessage; rest: Incoming }> {
  const arrival = new Arrival(literal);
  const { staged, rest } = await arrival.complete(
    account.stage(arrival.bytes(), { signal, among }),
  );
  if (!arrival.nul) return { message: staged, rest };
  const options = { headerBytesMax: limits.mimeHeaderBytesMax, signal };
  let encoded: StagedMessage | undefined;
  try {
    if (!literal.binary) throw bad('a message with NUL needs a literal8, ~{size}');
    encoded = await stageEncoded(account, staged, options);
  } catch (error) {
    await staged[Symbol.asyncDispose]();
    throw error;
  }
  if (encoded === undefined) return { message: staged, rest };
  await staged[Symbol.asyncDispose]();
  return { message: encoded, rest };
}

/** The message as every client can fetch it, if binary content has to be encoded for that; staged anew. */
async function stageEncoded(
  account: Account,
  staged: StagedMessage,
  { headerBytesMax, signal }: EncodeOptions & Required<Abortable>,
): Promise<StagedMessage | undefined> {
  const content = staged.content();
  const reader = { read: (from: number, to: number) => content.read(from, to, { signal }) };
  const encoded = await encodeBinary(staged.facts.structure, reader, { headerBytesMax });
  return encoded && (await account.stage(encoded, { signal }));
}

/** A message literal on its way in: always read to its end, whatever the store says of it. */
class Arrival {
  readonly #message: MessageLiteral;
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** Whether it holds NUL, as far as it was read. */
  nul = false;

  constructor(message: MessageLiteral) {
    this.#message = message;
    this.#chunks = message.accept()[Symbol.asyncIterator]();
  }

  /** The bytes for the store; it may stop reading at any time. Once refused, nothing more of them is kept. */
  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return;
      // RFC 9051 section 4.3: only a literal8 may hold NUL.
      if (value.includes(0)) this.nul = true;
      if (!this.nul || this.#message.binary) yield value;
    }
  }

  /** Waits until the message is staged, and what follows it was read. On any failure the stream is in step again. */
  async complete(
    stage: Promise<StagedMessage>,
  ): Promise<{ staged: StagedMessage; rest: Incoming }> {
    let staged: StagedMessage;
    try {
      staged = await stage;
    } catch (error) {
      await this.#end();
      throw error;
    }
    try {
      return { staged, rest: await this.#end() };
    } catch (error) {
      await staged[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Reads what is left of the literal, and what follows it. */
  async #end(): Promise<Incoming> {
    while ((await this.#chunks.next()).done !== true);
    const rest = await this.#message.rest();
    if (rest.refusal !== undefined) throw rest.refusal;
    return rest;
  }
}
