import type { ModSeq } from '../../model/ids.ts';
import type { EntryRow } from './columns.ts';
import { readMailboxes, readSubscriptions } from './mailbox-state.ts';
import type { Host, MailboxEvent, Step } from './transaction.ts';

/**
 * What other processes wrote since our state: read inside a write transaction, published like a write of
 * our own. Entries are read only for mailboxes that somebody views here.
 */
export function foreignStep(
  host: Pick<Host, 'state' | 'statements' | 'writer' | 'flagSets'>,
  isViewed: (key: number) => boolean,
): Step {
  const { state, statements, writer, flagSets } = host;
  const since = state.modSeq;
  const [modSeq] = statements.account.get() as unknown as [ModSeq];
  const rows = readMailboxes(writer, flagSets, since);
  const events: MailboxEvent[] = [];
  for (const { key } of rows.filter((row) => isViewed(row.key))) {
    const known = state.get(key)?.mailbox.uidNext ?? 1;
    const entries = statements.foreignEntries.all(key, since) as unknown as EntryRow[];
    events.push({
      key,
      added: entries.filter(([uid]) => uid >= known),
      changed: entries.filter(([uid]) => uid < known).map(([uid, flags, at]) => [uid, flags, at]),
      expunged: statements.foreignVanished.all(key, since) as unknown as EntryRow[],
    });
  }
  const removed = statements.foreignRemoved.all(since) as unknown as [number][];
  return {
    modSeq,
    origin: undefined,
    durable: true,
    puts: new Map(rows.map((row) => [row.key, row])),
    removed: new Set(removed.map(([key]) => key)),
    subscriptions: new Map(readSubscriptions(writer).map((name) => [name, true])),
    events,
    allSubscriptions: true,
  };
}
