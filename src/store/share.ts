import { grantees, type Acl, type AclChange } from '../model/acl.ts';
import type { MailboxId } from '../model/ids.ts';
import type { Directory } from './directory.ts';
import { StoreError } from './store-error.ts';
import type { Account, WriteOptions } from './store.ts';

/**
 * Changes who may do what with a mailbox, and what the directory says of who shares with whom. The directory is told of
 * somebody new before the list names him: whatever is cut off between, he finds what is his. Behind the change it is told of
 * all, again until the lists are as they were looked at, since another process may have changed one meanwhile.
 */
export async function changeAcl(
  { directory, account }: { readonly directory: Directory; readonly account: Account },
  { id, change }: { readonly id: MailboxId; readonly change: AclChange },
  options: WriteOptions = {},
): Promise<Acl | undefined> {
  const { sharing } = directory;
  if (sharing === undefined || account.setAcl === undefined)
    throw new StoreError('mailbox-refused', 'nothing can be shared here');
  await sharing.share(account.id, grantees(new Map([[change.identifier, change.rights]])), 'also');
  const acl = await account.setAcl(id, change, options);
  for (let known: string | undefined; ;) {
    await account.refresh?.('all');
    const all = await allGrantees(account);
    if (known === all.join(' ')) return acl;
    await sharing.share(account.id, all, 'all');
    known = all.join(' ');
  }
}

async function allGrantees(account: Account): Promise<readonly string[]> {
  const mailboxes = await account.mailboxes();
  return [...new Set(mailboxes.flatMap(({ acl }) => grantees(acl)))].sort();
}
