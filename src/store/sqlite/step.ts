import type { ModSeq } from '../../model/ids.ts';
import type { MailboxName } from '../../model/mailbox-name.ts';
import type { EntryName } from '../../model/metadata.ts';
import type { Hint } from '../change.ts';

import type { EntryRow } from './columns.ts';
import type { MailboxRow } from './mailbox-state.ts';
import type { MarkRun } from './marks.ts';

/** What one write did to one mailbox, in rows. */
export interface MailboxEvent {
  readonly key: number;
  readonly added: readonly EntryRow[];
  /** Messages that were there before and have new flags, ascending. */
  readonly changed: readonly MarkRun[];
  /** Whether `changed` is in the entry rows too, and not in the log alone. */
  readonly settled: boolean;
  /** UIDs, ascending. */
  readonly expunged: readonly number[];
}

/** The account's numbers that are given out once. */
export interface AccountCounters {
  /** The next message number. */
  readonly nextMessage: number;
  /** The last UIDVALIDITY. */
  readonly uidValidity: number;
}

/** Metadata entries that were set or removed. */
export interface NotedEntries {
  /** Of the mailbox, 0 for the account's own. */
  readonly key: number;
  /** Whose private entries they are, where he is not the owner, else empty. */
  readonly user: string;
  readonly entries: readonly EntryName[];
}

/** What one write did, to be published whole. */
export interface Step {
  readonly modSeq: ModSeq;
  readonly origin: object | undefined;
  /** Whether it must be on stable storage before anybody hears of it. */
  durable: boolean;
  readonly puts: Map<number, MailboxRow>;
  readonly removed: Set<number>;
  readonly subscriptions: Map<MailboxName, boolean>;
  readonly noted: NotedEntries[];
  /** Mailboxes that INBOX was renamed to. */
  readonly inboxBecame: number[];
  readonly events: MailboxEvent[];
  /** Written by other processes, and read: `subscriptions` is all of them when `names` is set. */
  readonly foreign: boolean;
  /** Foreign only: mailboxes were made, renamed, subscribed or removed. */
  readonly names: boolean;
  /** Bytes of its records in the log. */
  logged: number;
}

/** A write of ours that has done nothing yet. */
export function newStep(modSeq: ModSeq, origin: object | undefined, durable: boolean): Step {
  return {
    modSeq,
    origin,
    durable,
    puts: new Map(),
    removed: new Set(),
    subscriptions: new Map(),
    noted: [],
    inboxBecame: [],
    events: [],
    foreign: false,
    names: false,
    logged: 0,
  };
}

/** What watchers of the account are told of a write that follows this mod-sequence. */
export function hintsOf(step: Step, since: ModSeq): readonly Hint[] {
  const { modSeq, origin } = step;
  const hints: Hint[] = [];
  let names = step.removed.size > 0 || step.subscriptions.size > 0;
  for (const { changed, mailbox } of step.puts.values()) {
    if (mailbox.highestModSeq === modSeq || step.foreign)
      hints.push({ modSeq, mailbox: mailbox.id, origin });
    names ||= changed === modSeq;
  }
  const inboxBecame = step.inboxBecame.flatMap((key) => step.puts.get(key)?.mailbox.id ?? []);
  const named = { modSeq, mailbox: undefined, origin };
  if (names) hints.push(inboxBecame.length === 0 ? named : { ...named, inboxBecame });
  if (step.noted.length > 0)
    hints.push({ modSeq, mailbox: undefined, origin, metadataSince: since });
  return hints;
}
