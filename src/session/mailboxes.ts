import type { Limits } from '../base/limits.ts';
import { refusalToCreate, type MailboxName } from '../model/mailbox-name.ts';
import { no } from '../model/refusal.ts';
import type { Mailbox } from '../store/store.ts';
import { demandOwn } from './namespaces.ts';
import type { Place } from './place.ts';

/** The mailbox of this place. NO [NONEXISTENT] when there is none, or it is a name that only has children. */
export function selectableMailbox(place: Place): Mailbox {
  const mailbox = existingMailbox(place);
  if (!mailbox.selectable) {
    throw no('this name only has mailboxes below it', { kind: 'NONEXISTENT' });
  }
  return mailbox;
}

/** The mailbox of this place, or the name that has others below it. NO [NONEXISTENT] when there is none. */
export function existingMailbox({ mailbox }: Place): Mailbox {
  if (mailbox === undefined) throw no('there is no mailbox of this name', { kind: 'NONEXISTENT' });
  return mailbox;
}

/**
 * Where APPEND, COPY and MOVE put messages. NO [TRYCREATE] when there is no such mailbox (RFC 9051
 * section 6.3.12): the client may create it and try again.
 */
export function destinationMailbox({ mailbox, name, realm }: Place): Mailbox {
  if (mailbox?.selectable === true) return mailbox;
  // RFC 9051 section 6.4.7: no TRYCREATE where it is certain that CREATE would fail.
  demandCreatable(name, { mailboxNameBytesMax: Infinity, mailboxDepthMax: Infinity });
  if (realm.kind === 'personal') demandOwn(name);
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
