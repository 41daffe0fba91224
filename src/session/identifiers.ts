import { anyone, type Acl } from '../model/acl.ts';
import { asAccountId, type AccountId } from '../model/ids.ts';
import { bad, no } from '../model/refusal.ts';
import { allRights, ownersRights, shownRights, union, type Rights } from '../model/rights.ts';
import type { Directory, SharingDirectory } from '../store/directory.ts';

/** Mapped to nothing, and to a space (RFC 4013 section 2.1). */
const dropped =
  /\u{ad}|\u{34f}|\u{1806}|[\u{180b}-\u{180d}]|[\u{200b}-\u{200d}]|\u{2060}|[\u{fe00}-\u{fe0f}]|\u{feff}/gu;
const spaces = /[\u{a0}\u{1680}\u{2000}-\u{200a}\u{202f}\u{205f}\u{3000}]/gu;
/** RFC 4013 section 2.3: control characters, private use, non-characters, lone surrogates, and what changes how text is shown. */
const prohibited =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u06dd\u070f\u180e\u200e\u200f\u2028-\u202e\u2061-\u2063\u206a-\u206f\ufff9-\ufffd\p{Co}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/**
 * An identifier by SASLprep (RFC 4314 section 3, RFC 4013), with the dash of a negative one apart. BAD where that fails
 * or nothing is left.
 */
export function prepareIdentifier(text: string): {
  readonly sign: '' | '-';
  readonly name: string;
} {
  const prepared = text.replaceAll(dropped, '').replaceAll(spaces, ' ').normalize('NFKC');
  const sign = prepared.startsWith('-') ? '-' : '';
  const name = prepared.slice(sign.length);
  if (name === '' || prohibited.test(name)) throw bad('not a valid identifier');
  return { sign, name };
}

/**
 * What a list has for this identifier: users are kept by the ids of their accounts. NO for a name that is nobody's: a slip of
 * the pen would otherwise share with nobody, in silence.
 */
export async function storedIdentifier(directory: Directory, text: string): Promise<string> {
  const { sign, name } = prepareIdentifier(text);
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
