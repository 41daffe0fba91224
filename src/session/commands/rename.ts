import { inbox, isBelow } from '../../model/mailbox-name.ts';
import { no } from '../../model/refusal.ts';
import { parseRename } from '../../wire/parse/rename.ts';
import { defineCommand, ok } from '../command.ts';
import { demandCreatable } from '../mailboxes.ts';
import { listAttributes } from './list.ts';

/**
 * RENAME, with all mailboxes below; that of INBOX moves its messages into a new mailbox (RFC 9051
 * section 6.3.6).
 *
 *   rename = "RENAME" SP mailbox SP mailbox
 */
export const rename = defineCommand({
  name: 'RENAME',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  tellsOldName: true,
  parse: parseRename,

  async run({ account, limits, oldName, reply, session, signal }, { from, to }) {
    if ((await account.mailbox(from, { signal })) === undefined) {
      throw no('there is no mailbox of this name', { kind: 'NONEXISTENT' });
    }
    demandCreatable(to, limits);
    if (from !== inbox && isBelow(to, from)) {
      throw no('a mailbox cannot go below itself', { kind: 'CANNOT' });
    }
    if ((await account.mailbox(to, { signal })) !== undefined) {
      throw no('there is a mailbox of this name already', { kind: 'ALREADYEXISTS' });
    }
    const renamed = await account.rename(from, to, { signal, origin: session.origin });
    if (oldName !== undefined) {
      const mailboxes = await account.mailboxes({ signal });
      const hasChildren = mailboxes.some(({ name }) => isBelow(name, to));
      const attributes = listAttributes(renamed, hasChildren);
      await reply({ kind: 'LIST', attributes, mailbox: to, oldName });
    }
    return ok('RENAME completed');
  },
});
