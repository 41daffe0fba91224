import { inbox, isBelow } from '../../model/mailbox-name.ts';
import { no } from '../../model/refusal.ts';
import { parseRename } from '../../wire/parse/rename.ts';
import { defineCommand, ok } from '../command.ts';
import { demandCreatable, existingMailbox } from '../mailboxes.ts';
import { demandOwn } from '../namespaces.ts';
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
  mailboxes: { from: 'x', to: 'k above' },
  parse: parseRename,

  async run({ places, limits, oldName, reply, session, signal }, args) {
    existingMailbox(places.from);
    const { account, name: from } = places.from;
    const { name: to, realm, mailbox: there } = places.to;
    demandCreatable(to, limits);
    if (realm.kind === 'personal') demandOwn(to);
    if (realm !== places.from.realm)
      throw no('a mailbox stays in its account: copy its messages', { kind: 'CANNOT' });
    if (from !== inbox && isBelow(to, from)) {
      throw no('a mailbox cannot go below itself', { kind: 'CANNOT' });
    }
    if (there !== undefined) {
      throw no('there is a mailbox of this name already', { kind: 'ALREADYEXISTS' });
    }
    const renamed = await account.rename(from, to, { signal, origin: session.origin });
    if (oldName !== undefined) {
      const mailboxes = await account.mailboxes({ signal });
      const hasChildren = mailboxes.some(({ name }) => isBelow(name, to));
      const attributes = listAttributes(renamed, hasChildren);
      await reply({ kind: 'LIST', attributes, mailbox: args.to, oldName });
    }
    return ok('RENAME completed');
  },
});
