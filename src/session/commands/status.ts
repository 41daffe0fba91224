import type { StatusItem } from '../../model/arguments.ts';
import type { StatusResponse, StatusValue } from '../../model/response.ts';
import type { Limits } from '../../base/limits.ts';
import type { Account, Mailbox } from '../../store/store.ts';
import { parseStatus } from '../../wire/parse/status.ts';
import { defineCommand, ok } from '../command.ts';
import { selectableMailbox } from '../mailboxes.ts';
import { shown } from '../place.ts';

/**
 * STATUS (RFC 9051 section 6.3.11), from the mailbox's counters; that of the selected mailbox too.
 *
 *   status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
 */
export const status = defineCommand({
  name: 'STATUS',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  condstore: ({ items }) => items.includes('HIGHESTMODSEQ'),
  mailboxes: { mailbox: 'r' },
  parse: parseStatus,

  async run({ places, limits, signal, reply }, args) {
    const { account, realm } = places.mailbox;
    const mailbox = shown(selectableMailbox(places.mailbox), realm);
    const answer = statusOf(mailbox, args.items, { account, limits, signal });
    const slow = reply(answer instanceof Promise ? await answer : answer);
    if (slow !== undefined) await slow;
    return ok('STATUS completed');
  },
});

export interface StatusContext {
  readonly account: Account;
  readonly limits: Pick<Limits, 'messageBytesMax'>;
  readonly signal: AbortSignal;
}

/** The STATUS response with these items: at once, but for messages that no session was shown yet. */
export function statusOf(
  mailbox: Mailbox,
  items: readonly StatusItem[],
  context: StatusContext,
): StatusResponse | Promise<StatusResponse> {
  if (items.includes('RECENT') && hasRecent(mailbox)) {
    return recent(mailbox, context).then((count) =>
      response(mailbox, items, { ...context, count }),
    );
  }
  return response(mailbox, items, { ...context, count: 0 });
}

interface Counters {
  readonly limits: Pick<Limits, 'messageBytesMax'>;
  /** Of messages that no session was shown yet. */
  readonly count: number;
}

function response(
  mailbox: Mailbox,
  items: readonly StatusItem[],
  counters: Counters,
): StatusResponse {
  const values: StatusValue[] = [];
  for (const item of items) {
    if (item === 'MAILBOXID') values.push({ item, value: mailbox.id });
    else values.push({ item, value: counter(mailbox, item, counters) });
  }
  return { kind: 'STATUS', mailbox: mailbox.name, items: values };
}

function counter(
  mailbox: Mailbox,
  item: Exclude<StatusItem, 'MAILBOXID'>,
  { limits, count }: Counters,
): number {
  switch (item) {
    case 'MESSAGES':
      return mailbox.messages;
    case 'UIDNEXT':
      return mailbox.uidNext;
    case 'UIDVALIDITY':
      return mailbox.uidValidity;
    case 'UNSEEN':
      return mailbox.unseen;
    case 'DELETED':
      return mailbox.deleted;
    case 'DELETED-STORAGE':
      return mailbox.deletedSize;
    case 'SIZE':
      return mailbox.size;
    case 'HIGHESTMODSEQ':
      return mailbox.highestModSeq;
    case 'APPENDLIMIT':
      return limits.messageBytesMax;
    case 'RECENT':
      return count;
  }
}

function hasRecent({ messages, firstRecentUid, uidNext }: Mailbox): boolean {
  return messages > 0 && firstRecentUid < uidNext;
}

/** The view knows how many are left of the UIDs that were not shown yet. */
async function recent(mailbox: Mailbox, { account, signal }: StatusContext): Promise<number> {
  await using view = await account.view(mailbox.id, { signal });
  return view.count - view.rowFrom(view.mailbox.firstRecentUid);
}
