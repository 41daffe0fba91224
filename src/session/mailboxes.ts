import type { Limits } from '../base/limits.ts';
import { refusalToCreate, type MailboxName } from '../model/mailbox-name.ts';
import { no } from '../model/refusal.ts';
import type { Abortable, Account, Mailbox } from '../store/store.ts';

/** The mailbox of this name. NO [NONEXISTENT] when there is none, or it is a name that only has children. */
export async function selectableMailbox(
  account: Account,
  name: MailboxName,
  options?: Abortable,
): Promise<Mailbox> {
  const mailbox = await account.mailbox(name, options);
  if (mailbox === undefined) throw no('there is no mailbox of this name', { kind: 'NONEXISTENT' });
  if (!mailbox.selectable) {
    throw no('this name only has mailboxes below it', { kind: 'NONEXISTENT' });
  }
  return mailbox;
}

/**
 * Where APPEND, COPY and MOVE put messages. NO [TRYCREATE] when there is no such mailbox (RFC 9051
 * section 6.3.12): the client may create it and try again.
 */
export async function destinationMailbox(
  account: Account,
  name: MailboxName,
  options?: Abortable,
): Promise<Mailbox> {
  const mailbox = await account.mailbox(name, options);
  if (mailbox?.selectable === true) return mailbox;
  // RFC 9051 section 6.4.7: no TRYCREATE where it is certain that CREATE would fail.
  demandCreatable(name, { mailboxNameBytesMax: Infinity, mailboxDepthMax: Infinity });
  throw no('there is no mailbox of this name', { kind: 'TRYCREATE' });
}

/** NO [CANNOT] to a name that no mailbox can have, NO [LIMIT] to one that is only too long or too deep (RFC 5530 section 3). */
export function demandCreatable(
  name: MailboxName,
  limits: Pick<Limits, 'mailboxNameBytesMax' | 'mailboxDepthMax'>,
): void {
  const unlimited = { mailboxNameBytesMax: Infinity, mailboxDepthMax: Infinity };
  const never = refusalToCreate(name, unlimited);
  if (never !== undefined) throw no(never, { kind: 'CANNOT' });
  const here = refusalToCreate(name, limits);
  if (here !== undefined) throw no(here, { kind: 'LIMIT' });
}
