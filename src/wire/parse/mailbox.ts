import type { MailboxArguments } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';

/** DELETE, SUBSCRIBE, UNSUBSCRIBE: SP mailbox      RFC 9051 section 9 */
export function parseMailbox(c: Cursor): MailboxArguments {
  c.space();
  const mailbox = c.mailbox();
  c.end();
  return { mailbox };
}
