import type {
  IdentifierArguments,
  MailboxArguments,
  SetaclArguments,
} from '../../model/arguments.ts';
import { bad } from '../../model/refusal.ts';
import { parseRights } from '../../model/rights.ts';
import type { Cursor } from '../cursor.ts';

/**
 *   setacl     = "SETACL" SP mailbox SP identifier SP mod-rights      RFC 4314 section 7
 *   mod-rights = astring    ;; +rights to add, -rights to remove, rights to replace
 */
export function parseSetacl(c: Cursor): SetaclArguments {
  c.space();
  const mailbox = c.mailbox();
  c.space();
  const identifier = c.astring('identifier');
  c.space();
  const text = c.astring('mod-rights');
  c.end();
  const sign = /^[+-]/.exec(text)?.[0];
  const parsed = parseRights(sign === undefined ? text : text.slice(1));
  // RFC 4314 section 3.1: never passed over in silence.
  if ('unknown' in parsed) throw bad('a right is not known: they are l r s w i p k x t e a c d');
  const mode = sign === '+' ? 'add' : sign === '-' ? 'remove' : 'replace';
  return { mailbox, identifier, mode, rights: parsed.rights };
}

/**
 *   deleteacl  = "DELETEACL" SP mailbox SP identifier      RFC 4314 section 7
 *   listrights = "LISTRIGHTS" SP mailbox SP identifier
 */
export function parseIdentifier(c: Cursor): IdentifierArguments {
  c.space();
  const mailbox = c.mailbox();
  c.space();
  const identifier = c.astring('identifier');
  c.end();
  return { mailbox, identifier };
}

/**
 *   getacl   = "GETACL" SP mailbox      RFC 4314 section 7
 *   myrights = "MYRIGHTS" SP mailbox
 */
export function parseAclMailbox(c: Cursor): MailboxArguments {
  c.space();
  const mailbox = c.mailbox();
  c.end();
  return { mailbox };
}
