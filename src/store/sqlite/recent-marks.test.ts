import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { SqliteAccount } from './account.ts';
import { openSqliteStore } from './store.ts';

test('what was \\Recent for one is written once, with the sweep or at the closing, and is not \\Recent again', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'restante-recent-'));
  const store = await openSqliteStore({ directory, limits: defaultLimits, logger: silent });
  const { id } = await store.directory.add({ address: 'anna@example.org', passwordHash: 'h' });
  const account = await store.open(id);
  assert.ok(account instanceof SqliteAccount);
  const inbox = (await account.mailboxes()).find(({ name }) => name === 'INBOX')!.id;
  async function* content(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('Subject: x\r\n\r\n');
  }
  const deliver = async (): Promise<void> => {
    await using staged = await account.stage(content());
    const internalDate = { epochSeconds: 0, zoneMinutes: 0 };
    await account.append(inbox, [{ staged, flags: [], internalDate }]);
  };
  const { writer, queue } = account.engine;
  const stored = (): unknown =>
    writer.connection
      .prepare('SELECT first_recent_uid FROM mailbox WHERE name = ?')
      .pluck()
      .get('INBOX');
  const submitted = mock.method(queue, 'submit').mock;
  await using view = await account.view(inbox);
  for (let uid = 1; uid <= 3; uid++) {
    await deliver();
    assert.equal(view.takeRecent(), uid);
  }
  await deliver();
  assert.deepEqual([stored(), submitted.callCount()], [1, 4]);
  await account.engine.sweep();
  const setRecent = mock.method(account.engine.statements.setRecent, 'run').mock;
  await account.engine.sweep();
  assert.deepEqual([stored(), setRecent.callCount(), view.mailbox.firstRecentUid], [4, 0, 4]);
  // The last is on its way when the account is closed.
  assert.equal(view.takeRecent(), 4);
  await store[Symbol.asyncDispose]();
  const again = await openSqliteStore({ directory, limits: defaultLimits, logger: silent });
  const reopened = await again.open(id);
  assert.equal((await reopened.mailboxes()).find((box) => box.id === inbox)?.firstRecentUid, 5);
  await again[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});
