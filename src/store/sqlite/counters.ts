import { asUid } from '../../model/ids.ts';
import type { Mailbox } from '../store.ts';
import { StoreError } from '../store-error.ts';
import type { EntryRow } from './columns.ts';
import { deletedBit, seenBit } from './flag-sets.ts';
import type { MailboxRow } from './mailbox-state.ts';

const uidMax = 0xffff_ffff;

/** What every write to messages counts anew. */
export type Counters = Pick<
  Mailbox,
  'uidNext' | 'highestModSeq' | 'messages' | 'unseen' | 'deleted' | 'size' | 'deletedSize'
>;

/** Counters of a mailbox after entries came (`sign` 1) or went (-1). */
export function counted(
  mailbox: Mailbox,
  entries: readonly EntryRow[],
  sign: 1 | -1,
): Partial<Mailbox> {
  let { messages, unseen, deleted, size, deletedSize } = mailbox;
  for (const entry of entries) {
    // Not taken apart as arrays are: there may be a hundred thousand.
    const flags = entry[1];
    const bytes = entry[4];
    messages += sign;
    size += sign * bytes;
    if ((flags & seenBit) === 0) unseen += sign;
    if ((flags & deletedBit) === 0) continue;
    deleted += sign;
    deletedSize += sign * bytes;
  }
  return { messages, unseen, deleted, size, deletedSize };
}

/** The UID after `count` more messages; `limit` at the end of all UIDs. */
export function uidAfter(mailbox: Mailbox, count: number): Mailbox['uidNext'] {
  if (mailbox.uidNext + count > uidMax)
    throw new StoreError('limit', 'the mailbox has no UIDs left');
  return asUid(mailbox.uidNext + count);
}

/** A mailbox row with the newest of these counters. */
export function withCounters(
  row: MailboxRow,
  ...others: readonly (Counters | undefined)[]
): MailboxRow {
  let newest: Counters = row.mailbox;
  for (const other of others)
    if (other !== undefined && other.highestModSeq > newest.highestModSeq) newest = other;
  const { uidNext, highestModSeq, messages, unseen, deleted, size, deletedSize } = newest;
  const counters = { uidNext, highestModSeq, messages, unseen, deleted, size, deletedSize };
  return { ...row, mailbox: { ...row.mailbox, ...counters } };
}
