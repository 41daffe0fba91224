import type { FetchValue } from '../../model/fetch-item.ts';
import type { Uid } from '../../model/ids.ts';
import type { NumberSet } from '../../model/number-set.ts';
import { Pacer } from '../../search/pacer.ts';
import type { MessageFacts } from '../../store/store.ts';
import type { CommandContext, Completion } from '../command.ts';
import type { Located } from '../numbering.ts';
import { columnMaker, isColumnItem, tellsChanges } from './fetch-columns.ts';
import { factsMaker, isTold, type KnownItem } from './fetch-facts.ts';
import { Fetching } from './fetch-messages.ts';

/** Messages whose facts are read at once: about half a millisecond. */
const pageMessages = 200;
/** Messages between two looks at the clock. */
const clockStride = 32;

type Maker = (message: Located, facts: MessageFacts) => FetchValue | undefined;

/**
 * A FETCH that columns and facts answer, a page of messages at a time. What a client with a new mailbox waits for: nothing
 * is awaited for a single message, and what the store has ready is passed on as it is.
 */
export async function fetchKnown(
  context: CommandContext<'selected'>,
  uids: NumberSet<Uid>,
  items: readonly KnownItem[],
): Promise<Completion> {
  const { account, selected, enabled, signal } = context;
  const showRecent = !enabled.has('IMAP4rev2');
  const makers = items.map((item): Maker => {
    if (isColumnItem(item)) return columnMaker(item, selected, { showRecent });
    const make = factsMaker(item);
    return (_, facts) => make(facts);
  });
  const only = items.every(isTold) ? 'told' : undefined;
  const reports = tellsChanges(items, enabled);
  /** For messages that have to be opened, and those that are gone. */
  const others = new Fetching(context, items);
  const pacer = new Pacer(signal);
  const answer = async (page: readonly Located[]): Promise<void> => {
    const refs = page.map(({ row, ghost }) => ghost?.message ?? selected.view.message(row));
    const known = await account.facts(refs, { signal, ...(only && { only }) });
    for (let at = 0; at < page.length; at++) {
      const message = selected.again(page[at]!);
      const facts = known[at];
      const values = facts && valuesOf(makers, message, facts);
      if (values === undefined) await others.one(message, facts);
      else {
        if (reports && message.row >= 0)
          selected.reported(message.uid, selected.view.modSeq(message.row));
        const response = { kind: 'FETCH', sequence: message.sequence, items: values } as const;
        const slow = context.reply(response);
        if (slow !== undefined) await slow;
      }
      if (at % clockStride === 0 && pacer.due) await pacer.rest();
    }
  };
  let page: Located[] = [];
  for (const message of selected.messages(uids)) {
    page.push(message);
    if (page.length < pageMessages) continue;
    await answer(page);
    page = [];
  }
  if (page.length > 0) await answer(page);
  return others.completion();
}

/** All values of a message, or undefined when it has to be opened for one of them. */
function valuesOf(
  makers: readonly Maker[],
  message: Located,
  facts: MessageFacts,
): FetchValue[] | undefined {
  const values: FetchValue[] = [];
  for (const make of makers) {
    const value = make(message, facts);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}
