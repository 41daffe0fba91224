import type { StatusItem } from '../../model/arguments.ts';
import type { StatusResponse, StatusValue } from '../../model/response.ts';
import type { Limits } from '../../base/limits.ts';
import type { Account, Mailbox } from '../../store/store.ts';
import { parseStatus } from '../../wire/parse/status.ts';
import { defineCommand, ok } from '../command.ts';
import { selectableMailbox } from '../mailboxes.ts';

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
  parse: parseStatus,

  async run({ account, limits, signal, reply }, args) {
    const mailbox = await selectableMailbox(account, args.mailbox, { signal });
    await reply(await statusOf(mailbox, args.items, { account, limits, signal }));
    return ok('STATUS completed');
  },
});

export interface StatusContext {
  readonly account: Account;
  readonly limits: Pick<Limits, 'messageBytesMax'>;
  readonly signal: AbortSignal;
}

/** The STATUS response with these items, each once. */
export async function statusOf(
  mailbox: Mailbox,
  items: readonly StatusItem[],
  context: StatusContext,
): Promise<StatusResponse> {
  const values: StatusValue[] = [];
  for (const item of new Set(items)) {
    if (item === 'MAILBOXID') values.push({ item, value: mailbox.id });
    else if (item === 'RECENT') values.push({ item, value: await recent(mailbox, context) });
    else values.push({ item, value: counter(mailbox, item, context.limits) });
  }
  return { kind: 'STATUS', mailbox: mailbox.name, items: values };
}

function counter(
  mailbox: Mailbox,
  item: Exclude<StatusItem, 'MAILBOXID' | 'RECENT'>,
  limits: Pick<Limits, 'messageBytesMax'>,
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
    case 'SIZE':
      return mailbox.size;
    case 'HIGHESTMODSEQ':
      return mailbox.highestModSeq;
    case 'APPENDLIMIT':
      return limits.messageBytesMax;
  }
}

/** Mostly none; else the view knows how many are left of the UIDs that were not shown yet. */
async function recent(mailbox: Mailbox, { account, signal }: StatusContext): Promise<number> {
  if (mailbox.messages === 0 || mailbox.firstRecentUid >= mailbox.uidNext) return 0;
  await using view = await account.view(mailbox.id, { signal });
  return view.count - view.rowFrom(view.mailbox.firstRecentUid);
}
