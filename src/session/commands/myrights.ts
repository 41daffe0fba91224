import { shownRights } from '../../model/rights.ts';
import { parseAclMailbox } from '../../wire/parse/acl.ts';
import { defineCommand, ok } from '../command.ts';
import { existingMailbox } from '../mailboxes.ts';

/**
 * MYRIGHTS: what the user may do with a mailbox (RFC 4314 section 3.5).
 *
 *   myrights = "MYRIGHTS" SP mailbox
 */
export const myrights = defineCommand({
  name: 'MYRIGHTS',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  mailboxes: { mailbox: 'any' },
  parse: parseAclMailbox,

  async run({ places, reply }, { mailbox }) {
    existingMailbox(places.mailbox);
    await reply({ kind: 'MYRIGHTS', mailbox, rights: shownRights(places.mailbox.rights) });
    return ok('MYRIGHTS completed');
  },
});
