import type { Store } from '../../src/store/store.ts';
import type { Scene } from './dialogue-fixture.ts';

/** Gives an account what only an operator can: a quota, and the mark of an administrator. */
export async function giveRights(
  store: Store,
  address: string,
  { quota, administrator }: Pick<Scene, 'quota' | 'administrator'>,
): Promise<void> {
  if (administrator) await store.directory.setAdministrator(address, true);
  const record = quota && (await store.directory.find(address));
  if (record === undefined) return;
  await using account = await store.open(record.id);
  await account.setQuota(quota ?? {});
}
