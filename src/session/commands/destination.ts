import type { Limits } from '../../base/limits.ts';
import { refusalToCreate, type MailboxName } from '../../model/mailbox-name.ts';
import { no, type Refusal } from '../../model/refusal.ts';
import type { Account, Mailbox } from '../../store/store.ts';

/** Where APPEND, COPY and MOVE put messages. */
export interface Destination {
  readonly account: Account;
  readonly name: MailboxName;
  readonly limits: Limits;
}

/**
 * The mailbox that messages shall go to. Throws NO when it is not there, with TRYCREATE unless it is certain
 * that it cannot be created (RFC 9051 sections 6.3.12, 6.4.7 and 6.4.8); it is never made on the way.
 */
export async function findDestination(destination: Destination): Promise<Mailbox> {
  const mailboxes = await destination.account.mailboxes();
  const mailbox = mailboxes.find(({ name }) => name === destination.name);
  if (mailbox === undefined || !mailbox.selectable) throw missing(destination);
  return mailbox;
}

/** Waits for a write; a destination that was removed a moment ago is answered like one that never was. */
export async function intoDestination<Result>(
  destination: Destination,
  write: Promise<Result>,
): Promise<Result> {
  try {
    return await write;
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'mailbox-not-found';
    throw gone ? missing(destination) : error;
  }
}

function missing({ name, limits }: Destination): Refusal {
  const why = refusalToCreate(name, limits);
  return why === undefined
    ? no('there is no such mailbox; create it first', { kind: 'TRYCREATE' })
    : no(`there is no such mailbox and none can be made: ${why}`, { kind: 'CANNOT' });
}
