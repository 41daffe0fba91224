import { parseAclMailbox } from '../../wire/parse/acl.ts';
import { defineCommand, ok } from '../command.ts';
import { shownEntries } from '../identifiers.ts';
import { existingMailbox } from '../mailboxes.ts';

/**
 * GETACL: who may do what with a mailbox, by the addresses that users log in with (RFC 4314 section 3.3).
 *
 *   getacl = "GETACL" SP mailbox
 */
export const getacl = defineCommand({
  name: 'GETACL',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  mailboxes: { mailbox: 'a' },
  parse: parseAclMailbox,

  async run({ store, places, reply }, { mailbox }) {
    const { acl } = existingMailbox(places.mailbox);
    const entries = await shownEntries(store.directory.sharing, places.mailbox.account.id, acl);
    await reply({ kind: 'ACL', mailbox, entries });
    return ok('GETACL completed');
  },
});
