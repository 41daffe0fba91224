import type { AppendPiece } from '../model/arguments.ts';
import type { QuotaUsage } from '../model/quota.ts';
import { bad, no } from '../model/refusal.ts';
import { demandRoom } from '../store/room.ts';
import { Cursor } from '../wire/cursor.ts';
import { parseAppendRest, type AppendLiteral } from '../wire/parse/append.ts';
import type { MessageLiteral } from './client.ts';
import type { CommandContext } from './command.ts';

export type AppendContext = Pick<
  CommandContext<'authenticated' | 'selected'>,
  'account' | 'enabled' | 'limits' | 'message' | 'realms' | 'session' | 'signal'
>;

/** What an APPEND says, piece by piece, read on behind every literal. */
export class AppendPieces {
  readonly #context: AppendContext;
  #pieces: readonly AppendPiece[];
  #at = 0;
  #literal: MessageLiteral | undefined;

  constructor(context: AppendContext, pieces: readonly AppendPiece[]) {
    this.#context = context;
    this.#pieces = pieces;
    this.#literal = context.message;
  }

  /** The next piece; undefined at the end of the command. Behind a literal `resume` comes first. */
  next(): AppendPiece | undefined {
    return this.#pieces[this.#at++];
  }

  /** The literal that a piece announced. Throws what can be refused before a byte of it is sent. */
  literal({ utf8 }: AppendLiteral): MessageLiteral {
    const literal = this.#literal;
    if (literal === undefined) throw bad('APPEND needs the message as a literal');
    if (utf8 && !this.#context.enabled.has('UTF8=ACCEPT'))
      throw bad('ENABLE UTF8=ACCEPT before APPEND UTF8');
    return literal;
  }

  /** Reads on behind a literal that was read to its end. Throws Refusal for what is malformed. */
  resume(piece: AppendLiteral, rest: Awaited<ReturnType<MessageLiteral['rest']>>): void {
    if (rest.refusal !== undefined) throw rest.refusal;
    const { limits, session } = this.#context;
    const { unknown } = session.offer;
    this.#literal = rest.message;
    this.#pieces = parseAppendRest(
      new Cursor(rest.bytes, { utf8: piece.utf8, limits, unknown }),
      piece,
    );
    this.#at = 0;
  }
}

/** How much one APPEND brings; each method throws when it is too much. */
export class AppendBudget {
  readonly #context: Pick<AppendContext, 'account' | 'limits'>;
  readonly #goes: Pick<QuotaUsage, 'storage' | 'messages'>;
  #messages = 0;
  #bytes = 0;
  #ofMessage = 0;

  /** `goes`: what the messages stand for, which gives its room back. */
  constructor(
    context: Pick<AppendContext, 'account' | 'limits'>,
    goes: Pick<QuotaUsage, 'storage' | 'messages'> = { storage: 0, messages: 0 },
  ) {
    this.#context = context;
    this.#goes = goes;
  }

  /** Whether these messages are better not kept in memory while they wait for each other. */
  get among(): boolean {
    return this.#bytes > this.#context.limits.appendMemoryMax;
  }

  /** Another message begins. */
  begin(): void {
    this.#messages++;
    this.#ofMessage = 0;
    if (this.#messages > this.#context.limits.appendMessagesMax) this.#refuse();
  }

  /** So many bytes more of it will be read; where a promise comes back, it is to be asked once more whether there is room. */
  spend(bytes: number): Promise<void> | undefined {
    const { account, limits } = this.#context;
    const { messageBytesMax, appendBytesMax } = limits;
    this.#ofMessage += bytes;
    this.#bytes += bytes;
    if (this.#ofMessage > messageBytesMax)
      throw no(`a message may have ${messageBytesMax} octets`, { kind: 'TOOBIG' });
    if (this.#messages > 1 && this.#bytes > appendBytesMax) this.#refuse();
    const { storage, messages } = this.#goes;
    return demandRoom(account, {
      storage: this.#bytes - storage,
      messages: this.#messages - messages,
    });
  }

  /** The message is whole. RFC 3502 section 6.3.11: an empty one is an error and cancels. */
  end(): void {
    if (this.#ofMessage === 0) throw no('an empty message is not appended');
  }

  #refuse(): never {
    throw no('this is too much for one APPEND: send fewer messages at a time', { kind: 'LIMIT' });
  }
}

/** A command's pieces, and what may still come of it. */
export interface Appending {
  readonly pieces: AppendPieces;
  readonly budget: AppendBudget;
}
