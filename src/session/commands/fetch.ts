import { NumberSet, resolveSet } from '../../model/number-set.ts';
import { asUid, type Uid } from '../../model/ids.ts';
import type { FetchArguments } from '../../model/arguments.ts';
import type { FetchItem } from '../../model/fetch-item.ts';
import { bad } from '../../model/refusal.ts';
import { Pacer } from '../../search/pacer.ts';
import { parseFetch } from '../../wire/parse/fetch.ts';
import { defineCommand, type CommandContext, type Completion } from '../command.ts';
import { answerRun, isRunItem, manyMessages, runMessages } from '../fetch-runs.ts';
import type { Located } from '../numbering.ts';
import { vanished as vanishedUids } from '../resync.ts';
import { columnMaker, isColumnItem, tellsChanges, type ColumnItem } from './fetch-columns.ts';
import { isKnownItem } from './fetch-facts.ts';
import { fetchKnown } from './fetch-known.ts';
import { Fetching, setsSeen } from './fetch-messages.ts';

export type FetchContext = CommandContext<'selected'>;

/**
 * FETCH and UID FETCH: data of messages.
 *
 *   fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att /
 *           "(" fetch-att *(SP fetch-att) ")") [fetch-modifiers]      RFC 9051 section 6.4.5
 *   fetch-modifier =/ "CHANGEDSINCE" SP mod-sequence-value            RFC 7162 section 3.1.4
 *   rexpunges-fetch-mod = "VANISHED"                                  RFC 7162 section 3.2.6
 *
 * Answers come in ascending order, with the UID first in UID FETCH: Thunderbird relies on both.
 */
export const fetch = defineCommand({
  name: 'FETCH',
  uid: 'too',
  states: ['selected'],
  expunges: 'held back',
  // VANISHED needs QRESYNC, which has CONDSTORE on already; without it the command is refused and enables nothing.
  condstore: ({ items, changedSince, vanished }) =>
    !vanished && (changedSince !== undefined || items.some(({ kind }) => kind === 'MODSEQ')),
  parse: parseFetch,

  async run(context, args): Promise<Completion> {
    const { selected, uid, enabled, reply } = context;
    // RFC 7162 section 3.2.6
    if (args.vanished && !enabled.has('QRESYNC')) throw bad('ENABLE QRESYNC before VANISHED');
    let uids = selected.resolve(args.set, uid);
    // A keyword that another session made is in FLAGS before it is in an answer (RFC 9051 section 7.3.5).
    if (args.items.some(tellsFlags) && selected.hasNewFlags())
      for (const response of selected.flagResponses()) await reply(response);
    if (args.vanished) await tellVanished(context, args);
    if (args.changedSince !== undefined)
      uids = uids.intersect(selected.view.changedSince(args.changedSince));
    const items = orderedItems(args, { uid, uidOnly: enabled.has('UIDONLY') });
    if (items.every(isColumnItem)) return fetchColumns(context, uids, items);
    if (items.every(isKnownItem)) return fetchKnown(context, uids, items);
    const fetching = new Fetching(context, items);
    await fetching.run(uids);
    return fetching.completion();
  },
});

function tellsFlags(item: FetchItem): boolean {
  return item.kind === 'FLAGS' || setsSeen(item);
}

/** VANISHED (EARLIER), which comes before any FETCH response (RFC 7162 section 3.2.6). */
async function tellVanished(context: FetchContext, args: FetchArguments): Promise<void> {
  const { selected, reply, signal } = context;
  const { set, changedSince } = args;
  if (changedSince === undefined) return;
  // UIDs that no message has any more are wanted here, also those beyond the last message.
  const largest = asUid(Math.max(selected.largestUid, selected.view.mailbox.uidNext - 1));
  const asked = set.kind === 'saved' ? selected.saved : resolveSet<Uid>(set.ranges, largest);
  const uids = await vanishedUids(selected, { uids: asked, modSeq: changedSince }, signal);
  if (!uids.isEmpty) await reply({ kind: 'VANISHED', earlier: true, uids });
}

/** What to answer: UID first in UID FETCH (RFC 9051 section 6.4.9), and with UIDONLY again where it was asked for; MODSEQ with CHANGEDSINCE (RFC 7162 section 3.1.4.1). */
function orderedItems(
  { items, changedSince }: FetchArguments,
  { uid, uidOnly }: { readonly uid: boolean; readonly uidOnly: boolean },
): readonly FetchItem[] {
  const ordered = uid && !uidOnly ? items.filter(({ kind }) => kind !== 'UID') : [...items];
  if (changedSince !== undefined && items.every(({ kind }) => kind !== 'MODSEQ')) {
    ordered.push({ kind: 'MODSEQ' });
  }
  return uid ? [{ kind: 'UID' }, ...ordered] : ordered;
}

/** Messages between two looks at the clock. */
const clockStride = 64;

/** Answers from the columns alone: no read from the store, no `await` but for a slow client and other sessions. */
async function fetchColumns(
  context: FetchContext,
  uids: NumberSet<Uid>,
  items: readonly ColumnItem[],
): Promise<Completion> {
  const { selected, enabled, reply, signal } = context;
  const showRecent = !enabled.has('IMAP4rev2');
  const makers = items.map((item) => columnMaker(item, selected, { showRecent }));
  const reports = tellsChanges(items, enabled);
  const pacer = new Pacer(signal);
  const one = (message: Located): Promise<void> | undefined => {
    const values = makers.map((make) => make(message));
    if (reports && message.row >= 0)
      selected.reported(message.uid, selected.view.modSeq(message.row));
    return reply({ kind: 'FETCH', sequence: message.sequence, items: values });
  };
  if (items.every(isRunItem) && uids.count >= manyMessages && !enabled.has('UIDONLY')) {
    const recent = showRecent && selected.recentCount > 0;
    for (const found of selected.runs(uids, runMessages)) {
      if ('count' in found && reports) selected.reportedRun(found);
      const slow =
        'count' in found ? reply(answerRun(found, items, { to: selected, recent })) : one(found);
      if (slow !== undefined) await slow;
      if (pacer.due) await pacer.rest();
    }
  } else {
    let count = 0;
    for (const message of selected.messages(uids)) {
      const slow = one(message);
      if (slow !== undefined) await slow;
      if (++count % clockStride === 0 && pacer.due) await pacer.rest();
    }
  }
  return { text: 'FETCH completed' };
}
