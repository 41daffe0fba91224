import { parseMailbox } from '../../wire/parse/mailbox.ts';
import { defineCommand, ok } from '../command.ts';
import { theirs } from '../namespaces.ts';
import { quotaResponse, rootOf } from '../quota.ts';

/**
 * GETQUOTAROOT (RFC 9208 section 4.1.2); of a mailbox that is not there it says which root would be its.
 *
 *   getquotaroot = "GETQUOTAROOT" SP mailbox
 */
export const getquotaroot = defineCommand({
  name: 'GETQUOTAROOT',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  mailboxes: { mailbox: 'r' },
  parse: parseMailbox,

  async run(context, { mailbox }) {
    const { account, user, places, reply } = context;
    const { realm, mailbox: found } = places.mailbox;
    // What the owner of another's mailbox has is his own business (RFC 9208 section 8); a name that is nobody's there says as much.
    const isOwn = realm.kind === 'personal' && (found !== undefined || !theirs(mailbox));
    const root = rootOf(user);
    await reply({ kind: 'QUOTAROOT', mailbox, roots: isOwn ? [root] : [] });
    if (isOwn) await reply(quotaResponse(root, account.quota, context));
    return ok('GETQUOTAROOT completed');
  },
});
