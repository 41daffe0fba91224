import type { SelectArguments } from '../../model/arguments.ts';
import { isBelow } from '../../model/mailbox-name.ts';
import { asSequenceNumber, type ModSeq } from '../../model/ids.ts';
import { bad, uidRequired } from '../../model/refusal.ts';
import type { ResponseCode, Untagged } from '../../model/response.ts';
import type { Glance, Mailbox } from '../../store/store.ts';
import { parseSelect } from '../../wire/parse/select.ts';
import { defineCommand, ok, type CommandContext, type Completion } from '../command.ts';
import { flagResponses } from '../flag-responses.ts';
import { selectableMailbox } from '../mailboxes.ts';
import { resynchronise } from '../resync.ts';
import { Selected, type SelectedOptions } from '../selected.ts';
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
  const { account, session, enabled, signal, reply } = context;
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
  const { selectedEvents: events } = session;
  // QRESYNC asks the view, and NOTIFY tells of all mailboxes but the selected one.
  const isPlain = qresync === undefined && events === undefined;
  const numbers = !enabled.has('IMAP4rev2');
  const glance = isPlain ? account.glance?.(mailbox.id, { readOnly, numbers }) : undefined;
  if (glance !== undefined) {
    await describe(context, glanced(glance, { readOnly, limits: context.limits }));
    return { ...completed(readOnly), afterwards: () => openBehind(context, glance, readOnly) };
  }
  const view = await account.view(mailbox.id, { signal });
  const selected = new Selected(view, { ...optionsOf(context, readOnly), events });
  session.select(selected);
  await describe(context, describedBy(selected));
  if (qresync !== undefined) {
    for await (const response of resynchronise(selected, qresync, signal)) await reply(response);
  }
  return completed(readOnly);
}

function completed(readOnly: boolean): Completion {
  return readOnly
    ? ok('EXAMINE completed', { kind: 'READ-ONLY' })
    : ok('SELECT completed', { kind: 'READ-WRITE' });
}

function optionsOf({ enabled, limits, session }: Context, readOnly: boolean): SelectedOptions {
  return { readOnly, enabled, limits, origin: session.origin };
}

/** The client has its answer; the view comes before its next command is looked at. */
async function openBehind(context: Context, told: Glance, readOnly: boolean): Promise<void> {
  const { client, logger, session, signal } = context;
  client.flush();
  try {
    const view = await told.view({ signal });
    try {
      session.select(new Selected(view, { ...optionsOf(context, readOnly), told }));
    } catch (error) {
      await view[Symbol.asyncDispose]();
      throw error;
    }
  } catch (error) {
    if (signal.aborted) throw error;
    logger.error({ err: error }, 'a mailbox that was selected could not be opened');
    session.end('the mail store cannot be reached now, try again later');
  }
}

/** What the client of a newly selected mailbox is told of it. */
interface Description extends Pick<Glance, 'mailbox' | 'recent' | 'firstUnseen'> {
  readonly flags: readonly Untagged[];
  readonly count: number;
  readonly highestModSeq: ModSeq;
}

function describedBy(selected: Selected): Description {
  const { view, count, highestModSeq, recentCount: recent } = selected;
  const row = view.firstUnseenRow;
  const firstUnseen = row < 0 ? 0 : (selected.sequence(view.uid(row)) ?? 0);
  const flags = selected.flagResponses();
  return { mailbox: view.mailbox, flags, count, highestModSeq, recent, firstUnseen };
}

function glanced(
  { mailbox, recent, firstUnseen }: Glance,
  { readOnly, limits }: Pick<SelectedOptions, 'readOnly' | 'limits'>,
): Description {
  const { keywords, messages: count, highestModSeq } = mailbox;
  const flags = flagResponses(keywords, { readOnly, full: keywords.length >= limits.keywordsMax });
  return { mailbox, flags, count, highestModSeq, recent, firstUnseen };
}

/** All numbers are of one moment. */
async function describe(context: Context, description: Description): Promise<void> {
  const { enabled, reply } = context;
  for (const response of [...description.flags, ...greeting(description, context)]) {
    const slow = reply(response);
    if (slow !== undefined) await slow;
  }
  if (enabled.has('IMAP4rev2')) await reply(await listed(context, description.mailbox));
}

/** What a newly selected mailbox is described by; IMAP4rev2 has no RECENT and UNSEEN (RFC 9051 appendix E), UIDONLY no numbers. */
function greeting(
  { mailbox, count, recent, firstUnseen, highestModSeq }: Description,
  { enabled, session }: Context,
): Untagged[] {
  const responses: Untagged[] = [{ kind: 'EXISTS', count }];
  if (!enabled.has('IMAP4rev2')) {
    responses.push({ kind: 'RECENT', count: recent });
    if (firstUnseen > 0 && !enabled.has('UIDONLY')) {
      const sequence = asSequenceNumber(firstUnseen);
      responses.push(described({ kind: 'UNSEEN', sequence }, 'first message not seen'));
    }
  }
  responses.push(
    described({ kind: 'UIDVALIDITY', uidValidity: mailbox.uidValidity }, 'UIDs are valid'),
    described({ kind: 'UIDNEXT', uid: mailbox.uidNext }, 'next UID'),
  );
  if (!session.isOff('CONDSTORE')) {
    const modSeq = highestModSeq;
    responses.push(described({ kind: 'HIGHESTMODSEQ', modSeq }, 'highest mod-sequence'));
  }
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
