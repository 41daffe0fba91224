import { parseMailbox } from '../../wire/parse/mailbox.ts';
import { defineCommand, ok, type CommandContext } from '../command.ts';
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
    const { places, reply } = context;
    const root = await rootOfPlace(context);
    await reply({ kind: 'QUOTAROOT', mailbox, roots: root === undefined ? [] : [root] });
    if (root !== undefined) await reply(quotaResponse(root, places.mailbox.account.quota, context));
    return ok('GETQUOTAROOT completed');
  },
});

/** What the owner of another's mailbox has is his own business (RFC 9208 section 8); a name that is nobody's there says as much. */
async function rootOfPlace({
  places,
  user,
  store,
}: CommandContext<'authenticated' | 'selected', 'mailbox'>): Promise<string | undefined> {
  const { realm, account, name, mailbox } = places.mailbox;
  if (realm.kind === 'personal')
    return mailbox !== undefined || !theirs(name) ? rootOf(user) : undefined;
  if (realm.kind === 'other' || mailbox === undefined) return undefined;
  const record = await store.directory.sharing?.account(account.id);
  return record && rootOf(record);
}
