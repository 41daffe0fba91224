import type { Content, FetchItem, FetchValue } from '../../model/fetch-item.ts';
import { seen } from '../../model/flag.ts';
import type { MessageRef, Uid } from '../../model/ids.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { ResponseCode } from '../../model/response.ts';
import { Pacer } from '../../search/pacer.ts';
import type { Entry } from '../../store/change.ts';
import type { MessageFacts } from '../../store/store.ts';
import type { CommandContext, Completion } from '../command.ts';
import type { Located } from '../numbering.ts';
import {
  columnMaker,
  isColumnItem,
  relocated,
  tellsChanges,
  type ColumnItem,
  type ColumnMaker,
} from './fetch-columns.ts';
import {
  binaryContent,
  bodyContent,
  binarySize,
  type Later,
  StoredMessage,
} from './fetch-contents.ts';
import { factsValue } from './fetch-facts.ts';

/** Messages whose facts are read, and that are marked as seen, at once. */
const sliceMessages = 200;

/** One message of a slice. */
interface Wanted {
  readonly message: Located;
  readonly entry: Entry;
  /** The last of those whose bytes may be read together with its own. */
  through?: MessageRef;
}

/** What went wrong with some message; the first one of the gravest kind is told in the tagged answer. */
type Trouble = 'unknown-cte' | 'not-leaf' | 'corrupt' | 'gone';

/** What it needs of the session. */
export type FetchContext = Pick<
  CommandContext<'selected'>,
  'account' | 'enabled' | 'limits' | 'logger' | 'reply' | 'selected' | 'signal'
>;

type Made = FetchValue | { readonly trouble: Trouble };

/** The answer about one message, while it is made. */
interface Answer {
  readonly message: Located;
  readonly stored: StoredMessage;
  readonly items: readonly FetchItem[];
  readonly columns: ReadonlyMap<FetchItem, FetchValue>;
  readonly values: FetchValue[];
}

/**
 * A FETCH that needs more than columns: facts, or bytes, which are streamed. Works in slices, so that memory and
 * the time other sessions wait are bounded whatever the set.
 */
export class Fetching {
  readonly #context: FetchContext;
  readonly #items: readonly FetchItem[];
  readonly #makers: ReadonlyMap<FetchItem, ColumnMaker>;
  readonly #needsFacts: boolean;
  readonly #setsSeen: boolean;
  /** Whether the bytes of a message are sent before others are read. */
  readonly #sentAtOnce: boolean;
  /** Whether that is all of a message. */
  readonly #takesWhole: boolean;
  readonly #pacer: Pacer;
  readonly #troubles = new Set<Trouble>();

  constructor(context: FetchContext, items: readonly FetchItem[]) {
    const { selected, enabled, signal } = context;
    this.#context = context;
    const maySetSeen = !selected.readOnly && selected.rights.includes('s');
    this.#setsSeen = maySetSeen && items.some(setsSeen);
    this.#items = items;
    const showRecent = !enabled.has('IMAP4rev2');
    const told: readonly FetchItem[] = this.#setsSeen ? [...items, ...changeItems] : items;
    this.#makers = new Map(
      told.filter(isColumnItem).map((item) => [item, columnMaker(item, selected, { showRecent })]),
    );
    this.#needsFacts = items.some((item) => !isColumnItem(item) && !isWholeMessage(item));
    const contents = items.filter(isContent);
    this.#sentAtOnce = contents.length === 1;
    this.#takesWhole = this.#sentAtOnce && contents.some(isAll);
    this.#pacer = new Pacer(signal);
  }

  async run(uids: NumberSet<Uid>): Promise<void> {
    const { selected } = this.#context;
    let slice: Wanted[] = [];
    for (const message of selected.messages(uids)) {
      slice.push({ message, entry: selected.entry(message) });
      if (slice.length < sliceMessages) continue;
      await this.#slice(slice);
      slice = [];
    }
    if (slice.length > 0) await this.#slice(slice);
  }

  /** One message whose facts were read, which must not be new to \Seen by it; undefined when it is gone for good. */
  one(message: Located, facts: MessageFacts | undefined): Promise<void> | undefined {
    return this.#message({ message, entry: this.#context.selected.entry(message) }, facts, false);
  }

  /** OK, or NO when something could not be given: the rest was sent all the same. */
  completion(): Completion {
    for (const { trouble, code, text } of troubleAnswers) {
      if (this.#troubles.has(trouble)) return { status: 'NO', code, text };
    }
    return { text: 'FETCH completed' };
  }

  async #slice(slice: readonly Wanted[]): Promise<void> {
    const { account, signal } = this.#context;
    if (this.#takesWhole) joinNeighbours(slice);
    const nowSeen = this.#setsSeen ? await this.#markSeen(slice) : NumberSet.empty;
    const facts = this.#needsFacts
      ? await account.facts(
          slice.map(({ entry }) => entry.message),
          { signal },
        )
      : [];
    for (const [at, wanted] of slice.entries()) {
      const waiting = this.#message(wanted, facts[at], nowSeen.has(wanted.message.uid));
      if (waiting !== undefined) await waiting;
      if (this.#pacer.due) await this.#pacer.rest();
    }
  }

  /** Sets \Seen in one write (RFC 9051 section 6.4.5); the messages whose flags changed by it. */
  async #markSeen(slice: readonly Wanted[]): Promise<NumberSet<Uid>> {
    const { account, selected, signal, logger } = this.#context;
    const unseen = slice.filter(({ entry, message }) => message.row >= 0 && !entry.flags.has(seen));
    if (unseen.length === 0) return NumberSet.empty;
    const uids = NumberSet.of(unseen.map(({ message }) => message.uid));
    try {
      const edit = { mode: 'add', flags: [seen] } as const;
      const options = { origin: selected.silently, signal };
      return (await account.flag(selected.id, uids, edit, options)).changed;
    } catch (error) {
      // On a full disk mail must still be readable.
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code !== 'full' && code !== 'unavailable') throw error;
      logger.warn({ error }, 'cannot mark messages as seen');
      return NumberSet.empty;
    }
  }

  /** Answers about one message, at once where its bytes are at hand and the client reads. */
  #message(
    { message: found, entry, through }: Wanted,
    facts: MessageFacts | undefined,
    nowSeen: boolean,
  ): Promise<void> | undefined {
    const { account, selected, enabled, limits, signal } = this.#context;
    if (this.#needsFacts && facts === undefined) {
      this.#troubles.add('gone');
      return undefined;
    }
    const message = relocated(found, entry, selected);
    const stored = new StoredMessage(account, {
      ref: entry.message,
      size: entry.size,
      facts,
      headerBytesMax: limits.mimeHeaderBytesMax,
      sentAtOnce: this.#sentAtOnce,
      through,
      binaryOfLeaves: enabled.has('IMAP4rev2'),
      signal,
    });
    // Columns first, all in one turn: flags and mod-sequence must belong together.
    const columns = new Map<FetchItem, FetchValue>();
    const items = nowSeen ? this.#withChange() : this.#items;
    for (const item of items) {
      const value = this.#makers.get(item)?.(message);
      if (value !== undefined) columns.set(item, value);
    }
    if (message.row >= 0) this.#reported(message, items);
    return this.#answer({ message, stored, items, columns, values: [] }, 0);
  }

  /** Makes what is asked from this item on, then sends it all. */
  #answer(answer: Answer, from: number): Promise<void> | undefined {
    const { message, stored, items, columns, values } = answer;
    for (let at = from; at < items.length; at++) {
      const item = items[at]!;
      const made = isColumnItem(item) ? columns.get(item) : this.#make(item, stored);
      if (made instanceof Promise) {
        return made.then((one) => {
          this.#add(one, values);
          return this.#answer(answer, at + 1);
        });
      }
      if (made !== undefined) this.#add(made, values);
    }
    // With UIDONLY the first UID stands before the list, which is never empty (RFC 9051 section 9, msg-att).
    if (values.length === (this.#context.enabled.has('UIDONLY') ? 1 : 0)) return undefined;
    return this.#context.reply({ kind: 'FETCH', sequence: message.sequence, items: values });
  }

  #add(made: Made, values: FetchValue[]): void {
    if ('trouble' in made) this.#troubles.add(made.trouble);
    else values.push(made);
  }

  /** The items, and what tells of the \Seen just set, with UID and MODSEQ as RFC 7162 section 3.2.4 demands. */
  #withChange(): readonly FetchItem[] {
    const condstore = this.#context.enabled.has('CONDSTORE');
    const missing = changeItems.filter(
      ({ kind }) =>
        (kind === 'FLAGS' || condstore) && !this.#items.some((item) => item.kind === kind),
    );
    const [first, ...others] = this.#items;
    if (first === undefined || missing.length === 0) return this.#items;
    const uid = missing.filter(({ kind }) => kind === 'UID');
    return [...uid, first, ...others, ...missing.filter(({ kind }) => kind !== 'UID')];
  }

  #reported({ uid, row }: Located, items: readonly FetchItem[]): void {
    const { selected, enabled } = this.#context;
    if (tellsChanges(items, enabled)) selected.reported(uid, selected.view.modSeq(row));
  }

  #make(item: Exclude<FetchItem, ColumnItem>, stored: StoredMessage): Later<Made> {
    switch (item.kind) {
      case 'BODY[]': {
        const { section, partial, legacyName } = item;
        const value = (content: Content | null): Made => ({
          kind: 'BODY[]',
          section,
          content,
          ...(partial !== undefined && { origin: partial.origin }),
          ...(legacyName !== undefined && { legacyName }),
        });
        return this.#readable(() => bodyContent(stored, section, partial), value, null);
      }
      case 'BINARY': {
        const { part, partial } = item;
        const value = (content: Content | null | 'unknown-cte' | 'not-leaf'): Made =>
          typeof content === 'string'
            ? { trouble: content }
            : {
                kind: 'BINARY',
                part,
                content,
                ...(partial !== undefined && { origin: partial.origin }),
              };
        return this.#readable(() => binaryContent(stored, part, partial), value, null);
      }
      case 'BINARY.SIZE': {
        const { part } = item;
        const value = (size: number | 'unknown-cte' | 'not-leaf' | undefined): Made => {
          if (size === undefined) return { trouble: 'corrupt' };
          return typeof size === 'string' ? { trouble: size } : { kind: 'BINARY.SIZE', part, size };
        };
        return this.#readable(() => binarySize(stored, part), value, undefined);
      }
      default:
        return factsValue(item, stored.knownFacts);
    }
  }

  /** The value of what is read, or of `broken` when the message's bytes are: other messages can still be read. */
  #readable<Read>(read: () => Later<Read>, value: (read: Read) => Made, broken: Read): Later<Made> {
    const failed = (error: unknown): Made => {
      if (!(error instanceof Error && 'code' in error && error.code === 'corrupt')) throw error;
      this.#troubles.add('corrupt');
      return value(broken);
    };
    try {
      const found = read();
      return found instanceof Promise ? found.then(value, failed) : value(found);
    } catch (error) {
      return failed(error);
    }
  }
}

const changeItems = [{ kind: 'UID' }, { kind: 'FLAGS' }, { kind: 'MODSEQ' }] as const;

const troubleAnswers: readonly {
  readonly trouble: Trouble;
  readonly code: ResponseCode;
  readonly text: string;
}[] = [
  {
    trouble: 'unknown-cte',
    code: { kind: 'UNKNOWN-CTE' },
    text: 'a part has a transfer encoding that cannot be decoded',
  },
  {
    trouble: 'corrupt',
    code: { kind: 'CORRUPTION' },
    text: 'a message cannot be read back; the rest was sent',
  },
  {
    trouble: 'not-leaf',
    code: { kind: 'CANNOT' },
    text: 'BINARY is for parts without parts; the rest was sent',
  },
  {
    trouble: 'gone',
    code: { kind: 'EXPUNGEISSUED' },
    text: 'some of these messages are no longer there',
  },
];

export function setsSeen(item: FetchItem): boolean {
  return (item.kind === 'BODY[]' || item.kind === 'BINARY') && !item.peek;
}

/** Whether the item is the message as it is, which needs no knowledge of its structure. */
function isWholeMessage(item: FetchItem): boolean {
  return (
    (item.kind === 'BODY[]' &&
      item.section.part.length === 0 &&
      item.section.text.kind === 'ALL') ||
    ((item.kind === 'BINARY' || item.kind === 'BINARY.SIZE') && item.part.length === 0)
  );
}

/** Whether the item is all bytes of the message. */
function isAll(item: FetchItem): boolean {
  return item.kind === 'BODY[]' && item.partial === undefined && isWholeMessage(item);
}

/** Messages that were stored one after the other lie together, and are read in steps of about so many bytes. */
const stepBytes = 256 * 1024;

/** Says of each message how far the store may read ahead. */
function joinNeighbours(slice: readonly Wanted[]): void {
  let first = 0;
  let bytes = 0;
  for (const [at, { entry }] of slice.entries()) {
    bytes += entry.size;
    const next = slice[at + 1];
    const joins = next?.entry.message === entry.message + 1 && bytes + next.entry.size <= stepBytes;
    if (joins) continue;
    if (at > first) for (; first <= at; first++) slice[first]!.through = entry.message;
    first = at + 1;
    bytes = 0;
  }
}

/** Whether it takes the message's bytes. */
function isContent({ kind }: FetchItem): boolean {
  return kind === 'BODY[]' || kind === 'BINARY' || kind === 'BINARY.SIZE';
}
