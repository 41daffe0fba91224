import type { AccountRecord } from '../model/account.ts';
import { separator, type MailboxName } from '../model/mailbox-name.ts';
import { no } from '../model/refusal.ts';

/** Where mailboxes of other users and of accounts without a login are (RFC 2342 section 2, RFC 9051 section 6.3.10). */
export const otherUsers = `Other Users${separator}`;
export const sharedMailboxes = `Shared${separator}`;

export const namespacePrefixes: readonly string[] = [otherUsers, sharedMailboxes];

/** Whether a name may be that of somebody else's mailbox. */
export function theirs(name: string): boolean {
  return name.startsWith(otherUsers) || name.startsWith(sharedMailboxes);
}

/** Names are compared with those of all who share something, at every command that names a mailbox of somebody else. */
const sharedNames = new WeakMap<AccountRecord, string>();

/** What stands before all mailbox names of an account that is not one's own. */
export function sharedName(record: AccountRecord): string {
  let name = sharedNames.get(record);
  if (name === undefined) {
    // Addresses may hold what names of mailboxes may not.
    const level = record.address.replaceAll(/[/*%]/g, '_');
    name = `${record.shared === true ? sharedMailboxes : otherUsers}${level}${separator}`;
    sharedNames.set(record, name);
  }
  return name;
}

/** NO [CANNOT] to a name of one's own that would look like somebody else's. */
export function demandOwn(name: MailboxName): void {
  if (!namespacePrefixes.some((prefix) => `${name}${separator}`.startsWith(prefix))) return;
  throw no('such names are for the mailboxes of others', { kind: 'CANNOT' });
}
