import { utc } from '../../model/date-time.ts';
import { NumberSet } from '../../model/number-set.ts';
import { bad, no } from '../../model/refusal.ts';
import { encodeBinary, type EncodeOptions } from '../../mime/encode-binary.ts';
import type { Abortable, Account, StagedMessage } from '../../store/store.ts';
import { Cursor } from '../../wire/cursor.ts';
import { parseAppend, parseAppendEnd } from '../../wire/parse/append.ts';
import type { MessageLiteral } from '../client.ts';
import { defineCommand, ok } from '../command.ts';
import { destinationMailbox } from '../mailboxes.ts';
import { intoDestination } from './destination.ts';

/**
 * APPEND: a message from the client into a mailbox, streamed to the store as it comes.
 *
 *   append       = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP append-data
 *   append-data  = literal / literal8 / append-data-ext          RFC 9051 section 6.3.12, section 9
 *   append-data-ext =/ "UTF8" SP "(" literal8 ")"                RFC 6855 section 4
 *
 * What can be refused is refused before the continuation, so that a message is not sent in vain. 8-bit header
 * fields are taken from every client: RFC 9051 section 6.3.12 permits them, and a mailbox that moves between
 * servers must arrive as it was. Only NUL, which BODY[] cannot carry, is changed: RFC 3516 section 4.4 allows
 * another transfer encoding for the parts that hold it, and section 6 demands it.
 */
export const append = defineCommand({
  name: 'APPEND',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  tellsOldName: true,
  knows: 'names',
  parse: parseAppend,

  async run({ account, session, message, limits, enabled, signal }, args) {
    const { flags, date, utf8 } = args.message;
    if (message === undefined) throw bad('APPEND needs the message as a literal');
    if (utf8 && !enabled.has('UTF8=ACCEPT')) throw bad('ENABLE UTF8=ACCEPT before APPEND UTF8');
    const { id } = await destinationMailbox(account, args.mailbox, { signal });
    if (message.size > limits.messageBytesMax) {
      throw no(`a message may have ${limits.messageBytesMax} octets`, { kind: 'TOOBIG' });
    }
    // RFC 3502 section 6.3.11: an empty literal is an error and cancels.
    if (message.size === 0) throw no('an empty message is not appended');

    const arrival = new Arrival(message);
    const stage = account.stage(arrival.bytes(), { signal });
    await using staged = await arrival.complete(stage, (rest) =>
      parseAppendEnd(new Cursor(rest, { utf8, limits }), utf8),
    );
    await using encoded = arrival.nul
      ? await stageEncoded(account, staged, { headerBytesMax: limits.mimeHeaderBytesMax, signal })
      : undefined;
    const internalDate = date ?? utc(Date.now());
    const appended = await intoDestination(
      account.append(id, [{ staged: encoded ?? staged, flags, internalDate }], {
        signal,
        origin: session.origin,
      }),
    );
    return ok('APPEND completed', {
      kind: 'APPENDUID',
      uidValidity: appended.uidValidity,
      uids: NumberSet.of(appended.uids),
    });
  },
});

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

  /**
   * Waits until the message is staged and the command has ended as it must. On any failure the stream is in
   * step again and nothing stays staged.
   */
  async complete(
    stage: Promise<StagedMessage>,
    parseEnd: (rest: Uint8Array) => void,
  ): Promise<StagedMessage> {
    let staged: StagedMessage;
    try {
      staged = await stage;
    } catch (error) {
      await this.#end();
      throw error;
    }
    try {
      parseEnd(await this.#end());
      if (this.nul && !this.#message.binary)
        throw bad('a message with NUL needs a literal8, ~{size}');
      return staged;
    } catch (error) {
      await staged[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Reads what is left of the literal, and what follows it. */
  async #end(): Promise<Uint8Array> {
    while ((await this.#chunks.next()).done !== true);
    const { bytes, refusal } = await this.#message.rest();
    if (refusal !== undefined) throw refusal;
    return bytes;
  }
}
