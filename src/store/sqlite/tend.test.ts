import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { defaultLimits } from '../../base/limits.ts';
import { silent, type Logger } from '../../base/logger.ts';
import { deleted } from '../../model/flag.ts';
import type { AccountId } from '../../model/ids.ts';
import { inbox } from '../../model/mailbox-name.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Store } from '../store.ts';
import { openSqliteStore } from './store.ts';

const day = 24 * 60 * 60 * 1000;

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('Subject: x\r\n\r\nx\r\n');
}

/** A message comes and goes. */
async function passThrough(store: Store, id: AccountId): Promise<void> {
  await using account = await store.open(id);
  const mailbox = await account.mailbox(inbox);
  assert.ok(mailbox);
  await using staged = await account.stage(bytes());
  const internalDate = { epochSeconds: 0, zoneMinutes: 0 };
  const { uids } = await account.append(mailbox.id, [{ staged, flags: [deleted], internalDate }]);
  await account.expunge(mailbox.id, NumberSet.of(uids));
}

test('accounts that nobody opens are swept once a day, by whoever comes first', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'restante-tend-'));
  let now = Date.now();
  const warnings: string[] = [];
  const logger: Logger = { ...silent, warn: (_, text) => void warnings.push(text) };
  const open = (): Promise<Store> =>
    openSqliteStore({ directory, limits: defaultLimits, logger, clock: () => now });
  const bodies = (id: AccountId): number => {
    const mail = new Database(join(directory, 'accounts', id, 'mail.db'), { readonly: true });
    try {
      return mail.prepare<[], number>('SELECT count(*) FROM body').pluck().get() ?? -1;
    } finally {
      mail.close();
    }
  };
  try {
    const ids: AccountId[] = [];
    {
      await using store = await open();
      for (const name of ['anna', 'bert', 'carl']) {
        const address = `${name}@example.org`;
        ids.push((await store.directory.add({ address, passwordHash: 'h' })).id);
      }
      for (const id of ids) await passThrough(store, id);
      assert.equal(await store.tend?.(), 0, 'all are open here');
    }
    const [anna, bert, carl] = ids as [AccountId, AccountId, AccountId];
    assert.equal(bodies(anna), 1);
    now += defaultLimits.vanishedRetentionMs + day;
    await rm(join(directory, 'accounts', carl), { recursive: true });
    {
      await using store = await open();
      await using other = await open();
      assert.equal(await store.tend?.({ signal: AbortSignal.abort() }), 0);
      await using _bert = await store.open(bert);
      const counts = await Promise.all([store.tend?.(), other.tend?.()]);
      assert.ok([2, 3].includes((counts[0] ?? 0) + (counts[1] ?? 0)), String(counts));
      assert.deepEqual(warnings, ['an account could not be tended']);
      assert.equal(await store.tend?.(), 0);
      now += 2 * day;
      assert.equal(await store.tend?.(), 2);
    }
    assert.equal(bodies(anna), 0);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
