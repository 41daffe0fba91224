import type { ModSeq } from '../../model/ids.ts';
import type { EntryRow } from './columns.ts';
import type { MailboxReader } from './mailbox-reader.ts';
import type { Host, MailboxEvent, Step } from './transaction.ts';

/**
 * What other processes wrote since our state: read inside a transaction, published like a write of our own. What
 * they have not shown yet (it is above `shown`) has to be synced before. Entries are read only for mailboxes that
 * somebody views here.
 */
export function foreignStep(
  host: Pick<Host, 'state' | 'statements'> & { readonly mailboxReader: MailboxReader },
  { isViewed, shown }: { isViewed: (key: number) => boolean; shown: ModSeq },
): Step {
  const { state, statements, mailboxReader } = host;
  const since = state.modSeq;
  const [modSeq] = statements.account.get() as unknown as [ModSeq];
  const subscriptions = mailboxReader.subscriptions();
  const rows = mailboxReader.mailboxes(subscriptions, since);
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
    durable: modSeq > shown,
    puts: new Map(rows.map((row) => [row.key, row])),
    removed: new Set(removed.map(([key]) => key)),
    subscriptions: new Map(Array.from(subscriptions, (name) => [name, true])),
    events,
    foreign: true,
  };
}
