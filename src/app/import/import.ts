/**
 * Brings stored mail into an account: read, compare, stage, append, in batches, so that the store can
 * sync many messages at once while the next ones are read. Messages keep the source's order.
 */
import type { Limits } from '../../base/limits.ts';
import type { MailboxName } from '../../model/mailbox-name.ts';
import { StoreError } from '../../store/store-error.ts';
import type { Account, Mailbox, NewMessage } from '../../store/store.ts';
import { headerFacts } from './header-facts.ts';
import { Present } from './present.ts';
import { contentOf, readMessage, type ReadMessage } from './read.ts';
import { Tally, type ImportReport } from './report.ts';
import type { SourceMailbox, SourceMessage } from './source.ts';
import { target, type Target } from './targets.ts';

export interface ImportOptions {
  readonly account: Account;
  readonly limits: Limits;
  readonly sources: readonly SourceMailbox[];
  /** Where everything goes; INBOX and the folders' own names unless told. */
  readonly top?: MailboxName | undefined;
  /** Look at everything, change nothing. */
  readonly dryRun?: boolean;
  /** Where what is odd is gathered; the discovery's findings may be there already. */
  readonly tally: Tally;
  /** Ends the import after the batch under way; what was imported stays and is found again next time. */
  readonly signal?: AbortSignal | undefined;
  /** Called whenever some messages are done with. */
  readonly onProgress?: (done: number) => void;
}

/** Messages appended together; each batch is one wait for the disk. */
const batchMax = 50;
/** Bytes of a batch: a crash or an interruption repeats no more than this. */
const batchBytesMax = 32 * 1024 * 1024;
/** Messages read and staged at once. */
const readersMax = 8;

/**
 * Imports everything, or as much as there is time for before the signal. Rejects with StoreError when
 * the store fails as a whole (full, unavailable); whatever was appended before stays.
 */
export async function importMail(options: ImportOptions): Promise<ImportReport> {
  const { account, limits, tally, dryRun = false } = options;
  const presents = new Map<string, Present>();
  for (const source of options.sources) {
    if (options.signal?.aborted === true) break;
    const to = await target(source.name, {
      account,
      limits,
      dryRun,
      top: options.top,
      note: tally.note,
    });
    if (to.created && !tally.created.includes(to.name)) tally.created.push(to.name);
    let present = presents.get(to.name);
    present ??= await Present.of(account, to.mailbox);
    presents.set(to.name, present);
    await new MailboxImport(options, to, present).run(source);
  }
  tally.interrupted = options.signal?.aborted === true;
  return tally.report();
}

/** A message that was read and is new. */
interface Ready {
  readonly source: SourceMessage;
  readonly digest: string;
  readonly message: NewMessage | undefined;
  readonly size: number;
}

class MailboxImport {
  readonly #options: ImportOptions;
  readonly #tally: Tally;
  readonly #mailbox: Mailbox | undefined;
  readonly #present: Present;

  constructor(options: ImportOptions, { mailbox }: Target, present: Present) {
    this.#options = options;
    this.#tally = options.tally;
    this.#mailbox = mailbox;
    this.#present = present;
  }

  async run(source: SourceMailbox): Promise<void> {
    const messages = source.messages()[Symbol.iterator]();
    let storing: Promise<void> = Promise.resolve();
    try {
      while (this.#options.signal?.aborted !== true) {
        const { ready, last } = await this.#prepare(messages);
        await storing;
        storing = this.#store(ready);
        // It is awaited below or in the next round; until then a rejection is not unhandled.
        storing.catch(() => undefined);
        if (last) break;
      }
    } finally {
      await storing;
    }
  }

  /** Reads the next messages, some at once, and stages those that are new, in order. */
  async #prepare(
    messages: Iterator<SourceMessage>,
  ): Promise<{ readonly ready: readonly Ready[]; readonly last: boolean }> {
    const ready: (Ready | undefined)[] = [];
    let bytes = 0;
    let last = false;
    // Of two that are equal the first is kept, so messages are claimed in order although they are read at once.
    let before: Promise<unknown> = Promise.resolve();
    const work = async (): Promise<void> => {
      while (!last && ready.length < batchMax && bytes < batchBytesMax) {
        if (this.#options.signal?.aborted === true) return;
        const next = messages.next();
        if (next.done === true) {
          last = true;
          return;
        }
        const index = ready.push(undefined) - 1;
        const claiming = this.#claim(next.value, before);
        before = claiming.catch(() => undefined);
        const read = await claiming;
        if (read !== undefined) ready[index] = await this.#one(next.value, read);
        bytes += ready[index]?.size ?? 0;
      }
    };
    const results = await Promise.allSettled(Array.from({ length: readersMax }, work));
    const all = ready.filter((each) => each !== undefined);
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) return { ready: all, last };
    for (const { message } of all) await message?.staged[Symbol.asyncDispose]();
    throw failed.reason;
  }

  /** Reads a message, and takes it once those before it were; undefined when it is not to be stored. */
  async #claim(source: SourceMessage, before: Promise<unknown>): Promise<ReadMessage | undefined> {
    const read = await readMessage(source).catch(() => undefined);
    await before;
    if (read === undefined) return this.#failed('unreadable', source);
    if (read.size === 0) return this.#leftOut('empty', source);
    if (read.size > this.#options.limits.messageBytesMax) return this.#failed('too-large', source);
    const claim = await this.#present.claim(read.size, read.digest);
    if (claim === 'new') return read;
    this.#tally[claim] += 1;
    this.#progress();
    return undefined;
  }

  /** Undefined when there is nothing to store. */
  async #one(source: SourceMessage, read: ReadMessage): Promise<Ready | undefined> {
    const facts = headerFacts(source, read, this.#tally.note);
    if (facts.internal) {
      return this.#leftOut('internal', source);
    }
    this.#noteBytes(source, read);
    const base = { source, digest: read.digest, size: read.size };
    if (this.#options.dryRun === true) return { ...base, message: undefined };
    const staged = await this.#stage(source, read);
    if (staged === undefined) return undefined;
    const { flags, internalDate } = facts;
    return { ...base, message: { staged, flags, internalDate } };
  }

  async #stage(source: SourceMessage, read: ReadMessage) {
    try {
      const staged = await this.#options.account.stage(contentOf(source, read), { cold: true });
      if (staged.size === read.size) return staged;
      await staged[Symbol.asyncDispose]();
      return this.#failed('changed', source, read.digest);
    } catch (error) {
      if (endsEverything(error)) throw error;
      const large = error instanceof StoreError && error.code === 'message-too-large';
      return this.#failed(large ? 'too-large' : 'unreadable', source, read.digest);
    }
  }

  #noteBytes({ origin }: SourceMessage, { lineEnds }: ReadMessage): void {
    if (lineEnds.nuls > 0) this.#tally.note('nul', origin);
    if (lineEnds.bare === 0) return;
    this.#tally.note(lineEnds.full > 0 ? 'mixed-line-ends' : 'bare-lf', origin);
  }

  #leftOut(why: 'empty' | 'internal', source: SourceMessage): undefined {
    this.#tally.note(why, source.origin);
    this.#tally.leftOut += 1;
    this.#progress();
  }

  #failed(
    why: 'unreadable' | 'too-large' | 'changed' | 'refused',
    source: SourceMessage,
    digest?: string,
  ): undefined {
    if (digest !== undefined) this.#present.release(digest);
    this.#tally.note(why, source.origin);
    this.#tally.failed += 1;
    this.#progress();
  }

  async #store(ready: readonly Ready[]): Promise<void> {
    const messages = ready.flatMap(({ message }) => (message === undefined ? [] : [message]));
    try {
      if (messages.length > 0) await this.#append(messages);
      for (const each of ready) this.#stored(each);
    } catch (error) {
      if (endsEverything(error)) throw error;
      // One of them is at fault: the others go in without it.
      for (const each of ready) await this.#storeAlone(each);
    } finally {
      for (const { staged } of messages) await staged[Symbol.asyncDispose]();
    }
    this.#progress();
  }

  async #storeAlone(ready: Ready): Promise<void> {
    try {
      if (ready.message !== undefined) await this.#append([ready.message]);
      this.#stored(ready);
    } catch (error) {
      if (endsEverything(error)) throw error;
      this.#failed('refused', ready.source, ready.digest);
    }
  }

  async #append(messages: readonly NewMessage[]): Promise<void> {
    if (this.#mailbox === undefined) throw new Error('there is no mailbox to append to');
    await this.#options.account.append(this.#mailbox.id, messages, { beyondQuota: true });
  }

  #stored({ size }: Ready): void {
    this.#tally.imported += 1;
    this.#tally.bytes += size;
  }

  #progress(): void {
    this.#options.onProgress?.(this.#tally.done);
  }
}

/** Whether going on with the next message makes no sense. */
function endsEverything(error: unknown): boolean {
  if (!(error instanceof StoreError)) return false;
  const { code } = error;
  return code === 'full' || code === 'unavailable' || code === 'account-not-found';
}
