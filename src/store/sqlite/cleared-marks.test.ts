import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { deleted, seen } from '../../model/flag.ts';
import { asAccountId, asUid } from '../../model/ids.ts';
import { mailboxName } from '../../model/mailbox-name.ts';
import { NumberSet } from '../../model/number-set.ts';
import { noRights, type Rights } from '../../model/rights.ts';
import { SqliteAccount } from './account.ts';
import { openSqliteStore } from './store.ts';

const bert = asAccountId('b'.repeat(32));
const day = 24 * 60 * 60 * 1000;

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('Subject: x\r\n\r\nx\r\n');
}

test('marks that were cleared with a list go when there is one again, or with the mailbox', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'restante-cleared-'));
  let now = Date.now();
  try {
    await using store = await openSqliteStore({
      directory,
      limits: defaultLimits,
      logger: silent,
      clock: () => now,
    });
    const { id: owner } = await store.directory.add({ address: 'a@example.org', passwordHash: '' });
    const account = await store.open(owner);
    assert.ok(account instanceof SqliteAccount);
    const name = mailboxName('Shared');
    const { id } = await account.create(name);
    const share = (rights: string): Promise<unknown> =>
      account.setAcl(id, {
        mode: 'replace',
        identifier: bert,
        rights: rights as Rights,
        otherwise: noRights,
      });
    const all = NumberSet.ofRanges([{ first: asUid(1), last: asUid(9) }]);
    const remove = async (uid: number): Promise<void> => {
      await account.flag(id, NumberSet.of([asUid(uid)]), { mode: 'add', flags: [deleted] });
      await account.expunge(id, all);
    };
    const marked = (): unknown =>
      account.engine.writer.connection.prepare('SELECT uid, seen FROM seen').raw().all();
    for (let count = 0; count < 3; count++) {
      await using staged = await account.stage(bytes());
      const internalDate = { epochSeconds: 0, zoneMinutes: 0 };
      await account.append(id, [{ staged, flags: [], internalDate }]);
    }
    await share('lrs');
    await account.as(bert).flag(id, all, { mode: 'add', flags: [seen] });
    await share(noRights);
    await remove(1);
    assert.deepEqual(
      marked(),
      [1, 2, 3].map((uid) => [uid, 0]),
    );
    await share('lrs');
    assert.deepEqual(
      marked(),
      [2, 3].map((uid) => [uid, 0]),
    );
    await share(noRights);
    await remove(3);
    await account.remove(name);
    now += defaultLimits.vanishedRetentionMs + day;
    await account.engine.sweep();
    assert.deepEqual(marked(), []);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
