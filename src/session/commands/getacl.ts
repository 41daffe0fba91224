import { anyone, type Acl } from '../../model/acl.ts';
import { asAccountId } from '../../model/ids.ts';
import { allRights, ownersRights, shownRights, union, type Rights } from '../../model/rights.ts';
import { parseAclMailbox } from '../../wire/parse/acl.ts';
import type { SharingDirectory } from '../../store/directory.ts';
import { defineCommand, ok } from '../command.ts';
import { existingMailbox } from '../mailboxes.ts';
import type { Place } from '../place.ts';

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
    const entries = await shownEntries(store.directory.sharing, places.mailbox, acl);
    await reply({ kind: 'ACL', mailbox, entries });
    return ok('GETACL completed');
  },
});

/** The owner's rights first, then the entries of the list; of users who are gone nothing is said. */
async function shownEntries(
  sharing: SharingDirectory | undefined,
  { account }: Place,
  acl: Acl | undefined,
): Promise<readonly (readonly [string, string])[]> {
  const entries: [string, string][] = [];
  const owner = await sharing?.account(account.id);
  if (owner !== undefined && owner.shared !== true) {
    const rights: Rights = union(acl?.get(owner.id) ?? allRights, ownersRights);
    entries.push([owner.address, shownRights(rights)]);
  }
  for (const [identifier, rights] of acl ?? []) {
    if (identifier === owner?.id) continue;
    const shown = await shownIdentifier(sharing, identifier);
    if (shown !== undefined) entries.push([shown, shownRights(rights)]);
  }
  return entries;
}

async function shownIdentifier(
  sharing: SharingDirectory | undefined,
  identifier: string,
): Promise<string | undefined> {
  const sign = identifier.startsWith('-') ? '-' : '';
  const name = identifier.slice(sign.length);
  const shown = name === anyone ? anyone : (await sharing?.account(asAccountId(name)))?.address;
  return shown === undefined ? undefined : sign + shown;
}
