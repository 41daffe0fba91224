import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { MailboxId, ModSeq } from '../../src/model/ids.ts';
import type { EntryName } from '../../src/model/metadata.ts';
import type { Account } from '../../src/store/store.ts';
import {
  collect,
  mailbox,
  name,
  newAccount,
  rejects,
  type Contract,
  type Opened,
} from './context.ts';
import { bert, chris, grant, type SharedGround } from './shared-ground.ts';

async function note(
  account: Account,
  id: MailboxId,
  edit: Record<string, string | null>,
): Promise<void> {
  const entries = Object.entries(edit).map(
    ([text, value]) => [text as EntryName, value === null ? null : Buffer.from(value)] as const,
  );
  await account.setMetadata(id, { entries });
}

async function notes(account: Account, id: MailboxId): Promise<Record<string, string>> {
  const entries = ['/private', '/shared'] as readonly string[] as readonly EntryName[];
  const found = await collect(account.metadata(id, { entries, depth: Infinity }));
  return Object.fromEntries(found.map(({ name: text, value }) => [text, String(value)]));
}

/** Names of metadata entries that the feed has. */
async function told(account: Account, since: ModSeq): Promise<string[]> {
  const changes = await collect(account.changes(since, { only: 'metadata' }));
  const names = changes.map((change) => (change.kind === 'metadata' ? change.entry : undefined));
  return [...new Set(names.map(String))].sort();
}

/** What each user notes of mailboxes that are shared with him (RFC 5464 section 3.2), in a store that knows sharing. */
export function sharedMetadataContract(contract: Contract): void {
  let opened: Opened;
  before(async () => (opened = await contract.open()));
  after(() => opened[Symbol.asyncDispose]());

  /** An account whose INBOX is shared with bert. */
  async function ground(): Promise<SharedGround> {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await account.setAcl?.(id, grant(bert, 'lrsw'));
    const guest = account.as?.(bert);
    assert.ok(guest);
    return { account, guest, id };
  }

  test("private metadata is that of each user, and shared metadata is everybody's", async () => {
    const { account, guest, id } = await ground();
    const other = account.as?.(chris);
    assert.ok(other);
    const start = account.modSeq;
    await note(account, id, { '/private/a': 'mine', '/shared/a': 'ours' });
    await note(guest, id, { '/private/a': 'his', '/private/b': '1' });
    await note(guest, id, { '/shared/a': 'changed', '/private/b': null });
    assert.deepEqual(await notes(account, id), { '/private/a': 'mine', '/shared/a': 'changed' });
    assert.deepEqual(await notes(guest, id), { '/private/a': 'his', '/shared/a': 'changed' });
    assert.deepEqual(await notes(other, id), { '/shared/a': 'changed' });
    assert.deepEqual(await told(account, start), ['/private/a', '/shared/a']);
    assert.deepEqual(await told(guest, start), ['/private/a', '/private/b', '/shared/a']);
    assert.deepEqual(await told(other, start), ['/shared/a']);
  });

  test('private metadata of a guest goes with his last right, with the mailbox, and with him', async () => {
    const { account, guest, id } = await ground();
    await note(account, id, { '/private/a': 'mine' });
    await note(guest, id, { '/private/a': 'his' });
    await account.setAcl?.(id, grant(chris, 'lr'));
    await account.setAcl?.(id, grant(bert, 'l'));
    assert.deepEqual(await notes(guest, id), { '/private/a': 'his' });
    await account.setAcl?.(id, grant(bert, ''));
    assert.deepEqual(
      [await notes(guest, id), await notes(account, id)],
      [{}, { '/private/a': 'mine' }],
    );
    const { id: box } = await account.create(name('Box'));
    await account.setAcl?.(box, grant(bert, 'lr'));
    await note(guest, box, { '/private/a': 'his' });
    await account.remove(name('Box'));
    const { id: again } = await account.create(name('Box'));
    assert.deepEqual(await notes(guest, again), {});
    const { directory } = opened.store;
    const gone = await directory.add({ address: 'gone@sharing.example', passwordHash: 'h' });
    await account.setAcl?.(again, grant(gone.id, 'lr'));
    await directory.sharing?.share(account.id, [gone.id], 'all');
    const his = account.as?.(gone.id);
    assert.ok(his);
    await note(his, again, { '/private/a': 'his' });
    await directory.remove('gone@sharing.example');
    assert.deepEqual(await notes(his, again), {});
  });

  test('what others note takes nothing of the room that the owner has', async () => {
    const { account, guest, id } = await ground();
    const many = (count: number, from = 0): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`/private/${at + from}`, '']));
    const most = 250;
    await note(guest, id, many(most));
    await rejects(note(guest, id, many(1, most)), 'limit');
    await note(account, id, many(most));
    await rejects(note(account, id, many(1, most)), 'limit');
    await note(account.as!(chris), id, many(1));
    for (let box = 0; box < 3; box++)
      await note(guest, (await account.create(name(`Box${box}`))).id, many(most));
    const { id: last } = await account.create(name('Last'));
    await rejects(note(guest, last, many(1)), 'limit');
    await note(account, last, many(1));
  });

  test('INBOX takes private metadata of those along who may see what it becomes', async () => {
    const { account, guest, id } = await ground();
    const { id: top } = await account.create(name('Top'));
    await account.setAcl?.(top, grant(bert, 'lr'));
    await note(guest, id, { '/private/a': 'his' });
    await note(account.as!(chris), id, { '/private/a': 'of chris' });
    const { id: old } = await account.rename(name('INBOX'), name('Top/Old'));
    const all3 = [account, guest, account.as!(chris)];
    assert.deepEqual(await Promise.all(all3.map((each) => notes(each, old))), [
      {},
      { '/private/a': 'his' },
      {},
    ]);
    assert.deepEqual(await notes(guest, id), { '/private/a': 'his' });
  });
}
