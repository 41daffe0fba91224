import { noRights, allRights } from '../../src/model/rights.ts';
import { changeAcl } from '../../src/store/share.ts';
import type { Store } from '../../src/store/store.ts';

let accounts = 0;

/** Makes an account that nobody logs in to, in which this user may do everything; its address. */
export async function shareWith(store: Store, user: string): Promise<string> {
  const { directory } = store;
  const address = `info${++accounts}@example.org`;
  const { id: owner } = await directory.add({ address, passwordHash: undefined });
  const record = await directory.find(user);
  if (record === undefined) throw new Error(`no account ${user}`);
  await using account = await store.open(owner);
  const change = {
    identifier: record.id,
    mode: 'replace',
    rights: allRights,
    otherwise: noRights,
  } as const;
  for (const { id } of await account.mailboxes())
    await changeAcl({ directory, account }, { id, change });
  return address;
}
