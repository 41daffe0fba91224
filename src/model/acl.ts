import type { AccountId } from './ids.ts';
import { allRights, noRights, ownersRights, union, without, type Rights } from './rights.ts';

/**
 * Who may do what with a mailbox (RFC 4314 section 2): rights by identifier. An identifier is `anyone` or the id of an account,
 * not its address, which may change hands; with `-` before it the rights are taken away.
 */
export type Acl = ReadonlyMap<string, Rights>;

/** All users. There are none that have not logged in. */
export const anyone = 'anyone';

/** What SETACL and DELETEACL do to one entry of a list. */
export interface AclChange {
  readonly identifier: string;
  readonly mode: 'replace' | 'add' | 'remove' | 'delete';
  readonly rights: Rights;
  /** What the identifier has without an entry: all rights for an owner, none for others. An entry without rights goes where that says the same. */
  readonly otherwise: Rights;
}

/** The list after a change; undefined when nothing is left of it. */
export function changedAcl(acl: Acl | undefined, change: AclChange): Acl | undefined {
  const { identifier, mode, rights, otherwise } = change;
  const changed = new Map(acl);
  const before = acl?.get(identifier) ?? otherwise;
  const now =
    mode === 'replace' ? rights : mode === 'add' ? union(before, rights) : without(before, rights);
  if (mode === 'delete' || now === otherwise) changed.delete(identifier);
  else changed.set(identifier, now);
  return changed.size === 0 ? undefined : changed;
}

/** Without an entry an owner has all rights. With one he has those, and `ownersRights`, since he must be able to undo it. */
export function rightsOfOwner(acl: Acl | undefined, owner: AccountId): Rights {
  if (acl === undefined) return allRights;
  const given = acl.has(owner) ? granted(acl, owner) : allRights;
  return union(without(given, denied(acl, owner)), ownersRights);
}

/** Rights of somebody else: those of all entries that mean him, less what is taken from him. */
export function rightsOfOther(acl: Acl | undefined, user: AccountId): Rights {
  return acl === undefined ? noRights : without(granted(acl, user), denied(acl, user));
}

function granted(acl: Acl, user: AccountId): Rights {
  return union(acl.get(user) ?? noRights, acl.get(anyone) ?? noRights);
}

function denied(acl: Acl, user: AccountId): Rights {
  return union(acl.get(`-${user}`) ?? noRights, acl.get(`-${anyone}`) ?? noRights);
}

/** Whom a list gives something: ids of accounts, and `anyone`. */
export function grantees(acl: Acl | undefined): readonly string[] {
  return [...(acl?.keys() ?? [])].filter((identifier) => !identifier.startsWith('-'));
}
