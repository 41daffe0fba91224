import { prepareUser } from '../auth/saslprep.ts';
import { anyone, type Acl } from '../model/acl.ts';
import { asAccountId, type AccountId } from '../model/ids.ts';
import { bad, no } from '../model/refusal.ts';
import { allRights, ownersRights, shownRights, union, type Rights } from '../model/rights.ts';
import type { Directory, SharingDirectory } from '../store/directory.ts';

/**
 * An identifier by SASLprep (RFC 4314 section 3, RFC 4013), with the dash of a negative one apart. BAD where that fails
 * or nothing is left.
 */
export async function prepareIdentifier(text: string): Promise<{
  readonly sign: '' | '-';
  readonly name: string;
}> {
  const sign = text.startsWith('-') ? '-' : '';
  const name = await prepareUser(text.slice(sign.length), 'query');
  if (name === undefined) throw bad('not a valid identifier');
  return { sign, name };
}

/**
 * What a list has for this identifier: users are kept by the ids of their accounts. NO for a name that is nobody's: a slip of
 * the pen would otherwise share with nobody, in silence.
 */
export async function storedIdentifier(directory: Directory, text: string): Promise<string> {
  const { sign, name } = await prepareIdentifier(text);
  if (name === anyone) return sign + anyone;
  const user = await directory.find(name);
  // Nobody logs in to a shared account, so nothing can be given to it.
  if (user === undefined || user.shared === true)
    throw no('there is no user of this name', { kind: 'CANNOT' });
  return sign + user.id;
}

/** The owner's rights first, then the entries of the list; of users who are gone nothing is said. */
export async function shownEntries(
  sharing: SharingDirectory | undefined,
  id: AccountId,
  acl: Acl | undefined,
): Promise<readonly (readonly [string, string])[]> {
  const entries: [string, string][] = [];
  const owner = await sharing?.account(id);
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
