import type { SelectArguments } from '../../model/arguments.ts';
import { isBelow } from '../../model/mailbox-name.ts';
import { bad, uidRequired } from '../../model/refusal.ts';
import type { ResponseCode, Untagged } from '../../model/response.ts';
import type { Mailbox } from '../../store/store.ts';
import { parseSelect } from '../../wire/parse/select.ts';
import { defineCommand, ok, type CommandContext, type Completion } from '../command.ts';
import { selectableMailbox } from '../mailboxes.ts';
import { resynchronise } from '../resync.ts';
import { Selected } from '../selected.ts';
import { listAttributes } from './list.ts';

type Context = CommandContext<'authenticated' | 'selected'>;

/**
 * SELECT (RFC 9051 section 6.3.2, RFC 3501 section 6.3.1).
 *
 *   select = "SELECT" SP mailbox [select-params]
 *   select-param =/ "CONDSTORE" / "QRESYNC" SP "(" … ")"        RFC 7162 section 7
 */
export const select = defineCommand({
  name: 'SELECT',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  tellsOldName: true,
  parse: parseSelect,
  run: (context: Context, args) => open(context, args, false),
});

/** EXAMINE: SELECT that changes nothing, not even \Recent (RFC 9051 section 6.3.3). */
export const examine = defineCommand({
  name: 'EXAMINE',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  tellsOldName: true,
  parse: parseSelect,
  run: (context: Context, args) => open(context, args, true),
});

async function open(
  context: Context,
  { mailbox: name, condstore, qresync }: SelectArguments,
  readOnly: boolean,
): Promise<Completion> {
  const { account, session, enabled, limits, signal, reply } = context;
  if (qresync !== undefined && !enabled.has('QRESYNC')) throw bad('ENABLE QRESYNC comes first');
  // RFC 9586 section 3.7.
  if (qresync?.sequenceMatch !== undefined && enabled.has('UIDONLY')) throw uidRequired();
  if (context.selected !== undefined) {
    await session.deselect();
    // K-9 showed an empty mailbox when this came without a mailbox to close.
    const text = 'the previous mailbox is closed';
    await reply({ kind: 'status', status: 'OK', code: { kind: 'CLOSED' }, text });
  }
  if (condstore) session.enable('CONDSTORE');

  const mailbox = await selectableMailbox(account, name, { signal });
  const view = await account.view(mailbox.id, { signal });
  const { selectedEvents: events, origin } = session;
  const selected = new Selected(view, { readOnly, enabled, limits, events, origin });
  session.select(selected);
  // Made in one go, so that all numbers are of one moment.
  const responses = greeting(selected, context);
  for (const response of responses) {
    const slow = reply(response);
    if (slow !== undefined) await slow;
  }
  if (enabled.has('IMAP4rev2')) await reply(await listed(context, view.mailbox));
  if (qresync !== undefined) {
    for await (const response of resynchronise(selected, qresync, signal)) await reply(response);
  }
  return readOnly
    ? ok('EXAMINE completed', { kind: 'READ-ONLY' })
    : ok('SELECT completed', { kind: 'READ-WRITE' });
}

/** What a newly selected mailbox is described by; IMAP4rev2 has no RECENT and UNSEEN (RFC 9051 appendix E), UIDONLY no numbers. */
function greeting(selected: Selected, { enabled, session }: Context): Untagged[] {
  const { mailbox } = selected.view;
  const responses: Untagged[] = [
    ...selected.flagResponses(),
    { kind: 'EXISTS', count: selected.count },
  ];
  if (!enabled.has('IMAP4rev2')) {
    responses.push({ kind: 'RECENT', count: selected.recentCount });
    const row = selected.view.firstUnseenRow;
    if (row >= 0 && !enabled.has('UIDONLY')) {
      const sequence = selected.sequence(selected.view.uid(row));
      if (sequence !== undefined) {
        responses.push(described({ kind: 'UNSEEN', sequence }, 'first message not seen'));
      }
    }
  }
  responses.push(
    described({ kind: 'UIDVALIDITY', uidValidity: mailbox.uidValidity }, 'UIDs are valid'),
    described({ kind: 'UIDNEXT', uid: mailbox.uidNext }, 'next UID'),
  );
  const { highestModSeq: modSeq } = selected;
  if (!session.isOff('CONDSTORE'))
    responses.push(described({ kind: 'HIGHESTMODSEQ', modSeq }, 'highest mod-sequence'));
  if (!session.isOff('OBJECTID'))
    responses.push(described({ kind: 'MAILBOXID', id: mailbox.id }, 'this mailbox'));
  return responses;
}

function described(code: ResponseCode, text: string): Untagged {
  return { kind: 'status', status: 'OK', code, text };
}

async function listed({ account, oldName, signal }: Context, mailbox: Mailbox): Promise<Untagged> {
  const mailboxes = await account.mailboxes({ signal });
  const attributes = listAttributes(mailbox, hasChildren(mailbox, mailboxes));
  return { kind: 'LIST', attributes, mailbox: mailbox.name, ...(oldName && { oldName }) };
}

function hasChildren({ name }: Mailbox, mailboxes: readonly Mailbox[]): boolean {
  return mailboxes.some((other) => isBelow(other.name, name));
}
