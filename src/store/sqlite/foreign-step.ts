import type { ModSeq } from '../../model/ids.ts';
import type { MailboxName } from '../../model/mailbox-name.ts';
import type { EntryRow } from './columns.ts';
import { withCounters } from './counters.ts';
import type { MailboxReader } from './mailbox-reader.ts';
import type { MailboxRow } from './mailbox-state.ts';
import { Marks, runsOf } from './marks.ts';
import { marked } from './overlay.ts';
import type { AccountCounters, MailboxEvent, Step } from './step.ts';
import type { Host } from './transaction.ts';
import { type LogRow, Replay } from './unfolded.ts';

interface ForeignHost extends Pick<Host, 'state' | 'statements'> {
  readonly mailboxReader: MailboxReader;
}

interface Found {
  readonly modSeq: ModSeq;
  /** Entries are read only of mailboxes that somebody views here. */
  readonly isViewed: (key: number) => boolean;
  /** What is above has to be synced before it is shown. */
  readonly shown: ModSeq;
}

/**
 * What other processes wrote since our state, read from the log inside a transaction and published like a write of our
 * own. Where the log was cut since, after a long time away, mailboxes that are viewed are compared as a whole.
 */
export function foreignStep(
  host: ForeignHost,
  { modSeq, isViewed, shown }: Found,
): { readonly step: Step; readonly numbers: AccountCounters } {
  const { state, statements, mailboxReader } = host;
  const since = state.modSeq;
  const records = statements.recordsSince.all(since) as unknown as LogRow[];
  const isCut = records[0]?.[0] !== since + 1;
  const replay = new Replay(records);
  const names = replay.names || isCut;
  const subscriptions = names ? mailboxReader.subscriptions() : state.subscriptions;
  const events: MailboxEvent[] = [];
  const keys = new Set(replay.mailboxes.keys());
  const changed = names ? mailboxReader.changed(subscriptions, since) : [];
  for (const { key } of changed) keys.add(key);
  for (const key of keys) {
    const event = isViewed(key) ? viewed(host, key, { replay, isCut }) : marks(key, replay);
    if (event !== undefined) events.push(event);
  }
  const removed = names ? (statements.foreignRemoved.all(since) as unknown as [number][]) : [];
  const step: Step = {
    modSeq,
    origin: undefined,
    durable: modSeq > shown,
    puts: puts(host, { keys, subscriptions, replay }),
    removed: new Set(removed.map(([key]) => key)),
    subscriptions: new Map(names ? Array.from(subscriptions, (name) => [name, true]) : []),
    // Which entries is for the feed to say; where the log was cut nobody knows.
    noted: Array.from(isCut ? [0] : replay.noted, (key) => ({ key, user: '', entries: [] })),
    inboxBecame: replay.inboxBecame,
    events,
    foreign: true,
    names,
    logged: replay.bytes,
  };
  return { step, numbers: replay };
}

/** The mailboxes, with the counters that are the newest of those in the database, here, and in the log. */
function puts(
  { state, mailboxReader }: ForeignHost,
  found: {
    readonly keys: Iterable<number>;
    readonly subscriptions: ReadonlySet<MailboxName>;
    readonly replay: Replay;
  },
): Map<number, MailboxRow> {
  const rows = new Map<number, MailboxRow>();
  for (const key of found.keys) {
    const row = mailboxReader.mailbox(key, found.subscriptions);
    if (row === undefined) continue;
    const known = state.get(key)?.mailbox;
    const counters = found.replay.mailboxes.get(key)?.counters;
    rows.set(key, withCounters(row, known, counters));
  }
  return rows;
}

/** Flags alone, for a mailbox that nobody views. */
function marks(key: number, { mailboxes }: Replay): MailboxEvent | undefined {
  const found = mailboxes.get(key);
  if (found === undefined || found.changed.isEmpty) return undefined;
  const { changed, settled } = found;
  return { key, added: [], changed: changed.runs, settled, expunged: [] };
}

function viewed(
  { state, statements }: ForeignHost,
  key: number,
  { replay, isCut }: { readonly replay: Replay; readonly isCut: boolean },
): MailboxEvent {
  const known = state.get(key)?.mailbox.uidNext ?? 1;
  const found = replay.mailboxes.get(key);
  const changed = new Marks();
  const gone = new Set(found?.gone);
  const entries: EntryRow[] = [];
  if (isCut) {
    const since = state.modSeq;
    entries.push(...(statements.foreignEntries.all(key, since) as unknown as EntryRow[]));
    const vanished = statements.foreignVanished.all(key, since) as unknown as [number][];
    for (const [uid] of vanished) gone.add(uid);
  } else if (found !== undefined && found.counters.uidNext > known) {
    const all = [key, known, 0xffff_ffff, -1] as const;
    entries.push(...(statements.page.all(...all) as unknown as EntryRow[]));
  }
  changed.put(runsOf(entries.filter(([uid]) => uid < known)));
  if (found !== undefined) changed.put(found.changed.runs);
  const added = entries.filter(([uid]) => uid >= known);
  return {
    key,
    added: added.map((entry) => marked(entry, found?.changed)),
    changed: changed.runs,
    settled: found?.settled ?? true,
    expunged: [...gone].sort((a, b) => a - b),
  };
}
