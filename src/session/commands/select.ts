import type { SelectArguments } from '../../model/arguments.ts';
import { isBelow } from '../../model/mailbox-name.ts';
import { asSequenceNumber, type ModSeq } from '../../model/ids.ts';
import { bad, uidRequired } from '../../model/refusal.ts';
import type { ResponseCode, Untagged } from '../../model/response.ts';
import { includesAny, type Rights } from '../../model/rights.ts';
import type { Glance, Mailbox } from '../../store/store.ts';
import { Pacer } from '../../search/pacer.ts';
import { parseSelect } from '../../wire/parse/select.ts';
import { defineCommand, ok, type CommandContext, type Completion } from '../command.ts';
import { flagResponses } from '../flag-responses.ts';
import { selectableMailbox } from '../mailboxes.ts';
import { shown, type Realm } from '../place.ts';
import { resynchronise } from '../resync.ts';
import type { SelectedOptions } from '../selected-options.ts';
import { Selected } from '../selected.ts';
import { listAttributes } from './list.ts';

/** With any of these a mailbox can be changed for all who see it. */
const writingRights = 'iewt' as Rights;

type Context = CommandContext<'authenticated' | 'selected', 'mailbox'>;

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
  selects: true,
  mailboxes: { mailbox: 'r' },
  parse: parseSelect,
  run: (context: Context, args) => open(context, args, false),
});

/** EXAMINE: SELECT that changes nothing, not even \Recent (RFC 9051 section 6.3.3). */
export const examine = defineCommand({
  name: 'EXAMINE',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  tellsOldName: true,
  selects: true,
  mailboxes: { mailbox: 'r' },
  parse: parseSelect,
  run: (context: Context, args) => open(context, args, true),
});

async function open(
  context: Context,
  { condstore, qresync }: SelectArguments,
  readOnly: boolean,
): Promise<Completion> {
  const { places, session, enabled, signal, reply } = context;
  const { account, realm } = places.mailbox;
  if (qresync !== undefined && !enabled.has('QRESYNC')) throw bad('ENABLE QRESYNC comes first');
  // RFC 9586 section 3.7.
  if (qresync?.sequenceMatch !== undefined && enabled.has('UIDONLY')) throw uidRequired();
  await session.closePrevious();
  if (condstore) session.enable('CONDSTORE');

  const mailbox = selectableMailbox(places.mailbox);
  const { selectedEvents: events } = session;
  // QRESYNC asks the view, and NOTIFY tells of all mailboxes but the selected one.
  const isPlain = qresync === undefined && events === undefined;
  const numbers = !enabled.has('IMAP4rev2');
  const glance = isPlain ? account.glance?.(mailbox.id, { readOnly, numbers }) : undefined;
  if (glance !== undefined) {
    await describe(context, glanced(glance, optionsOf(context, readOnly)));
    const rights = realm.rights(glance.mailbox);
    return {
      ...completed(readOnly, rights),
      afterwards: () => openBehind(context, glance, readOnly),
    };
  }
  const view = await account.view(mailbox.id, { signal });
  const selected = new Selected(view, { ...optionsOf(context, readOnly), events });
  session.select(selected, realm);
  await describe(context, describedBy(selected));
  if (qresync !== undefined) {
    const pacer = new Pacer(signal);
    for await (const response of resynchronise(selected, qresync, signal)) {
      await reply(response);
      if (pacer.due) await pacer.rest();
    }
  }
  return completed(readOnly, selected.rights);
}

/** RFC 4314 section 5.2; \Seen is each user's own where mailboxes are shared. */
function completed(readOnly: boolean, rights: Rights): Completion {
  if (readOnly) return ok('EXAMINE completed', { kind: 'READ-ONLY' });
  const mayWrite = includesAny(rights, writingRights);
  return ok('SELECT completed', { kind: mayWrite ? 'READ-WRITE' : 'READ-ONLY' });
}

type OpeningOptions = SelectedOptions & Required<Pick<SelectedOptions, 'rights'>>;

function optionsOf(
  { enabled, limits, session, places }: Context,
  readOnly: boolean,
): OpeningOptions {
  const { rights } = places.mailbox.realm;
  return { readOnly, enabled, limits, origin: session.origin, rights };
}

/** The client has its answer; the view comes before its next command is looked at. */
async function openBehind(context: Context, told: Glance, readOnly: boolean): Promise<void> {
  const { client, logger, session, signal } = context;
  client.flush();
  try {
    const view = await told.view({ signal });
    try {
      const { realm } = context.places.mailbox;
      session.select(new Selected(view, { ...optionsOf(context, readOnly), told }), realm);
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
  { readOnly, limits, rights }: OpeningOptions,
): Description {
  const { keywords, messages: count, highestModSeq } = mailbox;
  const full = keywords.length >= limits.keywordsMax;
  const flags = flagResponses(keywords, { readOnly, full, rights: rights(mailbox) });
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

async function listed({ places, oldName, signal }: Context, mailbox: Mailbox): Promise<Untagged> {
  const { account, realm } = places.mailbox;
  const mailboxes = await account.mailboxes({ signal });
  const attributes = listAttributes(mailbox, hasChildren(mailbox, { mailboxes, realm }));
  const { name } = shown(mailbox, realm);
  return { kind: 'LIST', attributes, mailbox: name, ...(oldName && { oldName }) };
}

interface Among {
  readonly mailboxes: readonly Mailbox[];
  readonly realm: Realm;
}

/** Whether there are mailboxes below it that the user may see. */
function hasChildren({ name }: Mailbox, { mailboxes, realm }: Among): boolean {
  return mailboxes.some((other) => isBelow(other.name, name) && realm.rights(other).includes('l'));
}
