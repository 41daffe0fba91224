import { allRights, noRights, ownersRights } from '../../model/rights.ts';
import { parseIdentifier } from '../../wire/parse/acl.ts';
import { defineCommand, ok } from '../command.ts';
import { storedIdentifier } from '../identifiers.ts';
import { existingMailbox } from '../mailboxes.ts';
import { isOwner } from './setacl.ts';

/**
 * LISTRIGHTS: what can be given to somebody, each right by itself (RFC 4314 section 3.4); what an owner always has is
 * required. The virtual rights stand behind (RFC 4314 section 2.1.1).
 *
 *   listrights = "LISTRIGHTS" SP mailbox SP identifier
 */
export const listrights = defineCommand({
  name: 'LISTRIGHTS',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  mailboxes: { mailbox: 'a' },
  parse: parseIdentifier,

  async run({ store, places, reply }, { mailbox, identifier }) {
    existingMailbox(places.mailbox);
    const stored = await storedIdentifier(store.directory, identifier);
    const required = isOwner(places.mailbox, stored) ? ownersRights : noRights;
    const optional = Array.from(allRights).filter((right) => !required.includes(right));
    optional.push('c', 'd');
    await reply({ kind: 'LISTRIGHTS', mailbox, identifier, required, optional });
    return ok('LISTRIGHTS completed');
  },
});
