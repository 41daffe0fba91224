import { isUtf8 } from 'node:buffer';
import { assert } from '../base/assert.ts';
import type { Content } from '../model/fetch-item.ts';
import type { MailboxName } from '../model/mailbox-name.ts';
import type { MessageUrl } from '../model/message-url.ts';
import { bad, no, Refusal } from '../model/refusal.ts';
import type { StagedMessage } from '../store/store.ts';
import type { AppendLiteral } from '../wire/parse/append.ts';
import { parseMessageUrl } from '../wire/parse/message-url.ts';
import type { AppendContext, Appending } from './append-pieces.ts';
import { bodyContent, StoredMessage } from './commands/fetch-contents.ts';
import { fetchable } from './fetchable.ts';
import type { Place } from './place.ts';

/** Stages a message made of literals and of what URLs name (RFC 4469 section 3), part by part as they come. */
export async function receiveCatenated(
  context: AppendContext,
  appending: Appending,
): Promise<StagedMessage> {
  const { account, signal } = context;
  const parts = new Parts(context, appending);
  const staged = await account.stage(parts.bytes(), { signal, among: appending.budget.among });
  return parts.nul ? await fetchable(staged, context) : staged;
}

/** The parts of one message. What is refused in the middle of a literal is read to its end by whoever owns the input. */
class Parts {
  readonly #context: AppendContext;
  readonly #appending: Appending;
  /** Whether a literal8 held NUL. */
  nul = false;

  constructor(context: AppendContext, appending: Appending) {
    this.#context = context;
    this.#appending = appending;
  }

  async *bytes(): AsyncGenerator<Uint8Array, void, undefined> {
    const { pieces, budget } = this.#appending;
    const { catenatePartsMax } = this.#context.limits;
    for (let count = 1; ; count++) {
      const piece = pieces.next();
      assert(piece !== undefined && piece.kind !== 'message', 'a catenation has an end');
      if (piece.kind === 'end') break;
      if (count > catenatePartsMax)
        throw no(`a message is made of at most ${catenatePartsMax} parts`, { kind: 'LIMIT' });
      if (piece.kind === 'url') yield* this.#named(piece.url);
      else if (piece.holds === 'url') yield* this.#named(await this.#url(piece));
      else yield* this.#literal(piece);
    }
    budget.end();
  }

  async *#literal(piece: AppendLiteral): AsyncGenerator<Uint8Array, void, undefined> {
    const { pieces, budget } = this.#appending;
    const literal = pieces.literal(piece);
    const full = budget.spend(literal.size);
    if (full !== undefined) await full;
    for await (const chunk of literal.accept()) {
      if (chunk.includes(0)) {
        // RFC 9051 section 4.3: only a literal8 may hold it.
        if (!literal.binary) throw bad('a message with NUL needs a literal8, ~{size}');
        this.nul = true;
      }
      yield chunk;
    }
    pieces.resume(piece, await literal.rest());
  }

  /** A URL that was written as a literal. */
  async #url(piece: AppendLiteral): Promise<string> {
    const { pieces } = this.#appending;
    const literal = pieces.literal(piece);
    demandShort(literal.size, this.#context);
    const chunks: Buffer[] = [];
    for await (const chunk of literal.accept()) chunks.push(Buffer.from(chunk));
    pieces.resume(piece, await literal.rest());
    const bytes = Buffer.concat(chunks);
    if (isUtf8(bytes)) return bytes.toString('utf8');
    // No URL either way; so it can be told which it was.
    return bytes
      .toString('latin1')
      .replaceAll(/[\u0080-\u00ff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
  }

  async *#named(url: string): AsyncGenerator<Uint8Array, void, undefined> {
    demandShort(url.length, this.#context);
    const content = await contentOf(url, this.#context);
    const isWhole = content instanceof Uint8Array;
    const full = this.#appending.budget.spend(isWhole ? content.length : content.size);
    if (full !== undefined) await full;
    if (isWhole) yield content;
    else yield* content.chunks;
  }
}

function demandShort(size: number, { limits: { urlBytesMax } }: AppendContext): void {
  if (size > urlBytesMax) throw no(`a URL has at most ${urlBytesMax} bytes`, { kind: 'LIMIT' });
}

/**
 * The octets that a URL names, as BODY.PEEK of FETCH has them. NO [BADURL] when it is not one of a message, or of a part
 * of one, that is there.
 */
async function contentOf(url: string, context: AppendContext): Promise<Content> {
  const wanted = parseMessageUrl(url, context.limits);
  if (wanted === undefined) throw badUrl(url, 'this is no URL of a message in this account');
  const message = await messageOf(wanted, context);
  if (message === undefined) throw badUrl(url, 'the URL names a message that is not there');
  const content = await bodyContent(message, wanted.section, wanted.partial);
  if (content === null) throw badUrl(url, 'the URL names a part that the message does not have');
  return content;
}

function badUrl(url: string, text: string): Refusal {
  // The code cannot hold an empty one.
  return no(text, url === '' ? undefined : { kind: 'BADURL', url });
}

async function messageOf(
  { mailbox: name, uidValidity, uid }: MessageUrl,
  { realms, limits, signal }: AppendContext,
): Promise<StoredMessage | undefined> {
  // APPEND by itself need only know the names of mailboxes.
  await realms.own.account.refresh?.('all');
  const { account, mailbox } = await readablePlace(name, realms);
  if (mailbox?.selectable !== true) return undefined;
  if (uidValidity !== undefined && uidValidity !== mailbox.uidValidity) return undefined;
  await using view = await account.view(mailbox.id, { signal });
  const row = view.row(uid);
  if (row < 0) return undefined;
  const ref = view.message(row);
  const size = view.size(row);
  const [facts] = await account.facts([ref], { signal });
  if (facts === undefined) return undefined;
  return new StoredMessage(account, {
    ref,
    size,
    facts,
    headerBytesMax: limits.mimeHeaderBytesMax,
    through: undefined,
    sentAtOnce: false,
    binaryOfLeaves: true,
    signal,
  });
}

/** Where messages are read; one that the user may not read is none. */
async function readablePlace(
  name: MailboxName,
  realms: AppendContext['realms'],
): Promise<Pick<Place, 'account' | 'mailbox'>> {
  try {
    return await realms.place(name, 'r');
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { account: realms.own.account, mailbox: undefined };
  }
}
