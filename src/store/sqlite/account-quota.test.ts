import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import type { QuotaLimits } from '../../model/quota.ts';
import { inbox, mailboxName } from '../../model/mailbox-name.ts';
import type { Account, Store } from '../store.ts';
import { openSqliteStore } from './store.ts';

let directory: string;
let stores: readonly Store[];

const openStore = (quota?: QuotaLimits): Promise<Store> =>
  openSqliteStore({ directory, limits: defaultLimits, logger: silent, quota });

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restante-quota-'));
  stores = await Promise.all([openStore(), openStore()]);
});
after(async () => {
  for (const store of stores) await store[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

let accounts = 0;

/** One account, as two processes have it open. */
async function twice(): Promise<[Account, Account]> {
  const address = `user${++accounts}@example.org`;
  const { id } = await stores[0]!.directory.add({ address, passwordHash: '' });
  return [await stores[0]!.open(id), await stores[1]!.open(id)];
}

async function put(account: Account, text = 'Subject: x\r\n\r\n'): Promise<unknown> {
  const { id } = (await account.mailbox(inbox))!;
  await using staged = await account.stage(
    (async function* () {
      yield Buffer.from(text);
    })(),
  );
  const internalDate = { epochSeconds: 0, zoneMinutes: 0 };
  return await account.append(id, [{ staged, flags: [], internalDate }]);
}

const kept = async (writes: readonly Promise<unknown>[]): Promise<number> =>
  (await Promise.allSettled(writes)).filter(({ status }) => status === 'fulfilled').length;

test('two processes that write at once meet the limit together', async () => {
  const both = await twice();
  await both[0].setQuota({ messages: 31 });
  const writes = Array.from({ length: 100 }, (_, index) => put(both[index % 2]!));
  assert.equal(await kept(writes), 31);
  for (const account of both) {
    await account.refresh?.();
    assert.deepEqual(account.quota.usage, { storage: 31 * 14, messages: 31, mailboxes: 6 });
  }
});

test('what one lays down the next write of the other keeps to, unasked', async () => {
  const [ours, theirs] = await twice();
  await put(theirs);
  await ours.setQuota({ messages: 1 });
  await assert.rejects(put(theirs), { code: 'over-quota' });
  await ours.setQuota({ messages: 2 });
  await put(theirs);
  await ours.setQuota({});
  await put(theirs);
  assert.deepEqual(theirs.quota.rule, {});
});

test('what one lays down the other sees when it asks for news, without writing', async () => {
  const [ours, theirs] = await twice();
  await ours.setQuota({ storage: 2048, mailboxes: null });
  await ours.create(mailboxName('More'));
  await theirs.refresh?.();
  assert.deepEqual(theirs.quota, ours.quota);
  assert.deepEqual(theirs.quota.rule, { storage: 2048, mailboxes: null });
});

test('room that the other made is there', async () => {
  const [ours, theirs] = await twice();
  await ours.setQuota({ messages: 2, mailboxes: 7 });
  await ours.create(mailboxName('More'));
  await put(ours);
  await put(theirs);
  await assert.rejects(put(theirs), { code: 'over-quota' });
  await theirs.remove(mailboxName('More'));
  await ours.create(mailboxName('Again'));
  await assert.rejects(theirs.create(mailboxName('Too many')), { code: 'over-quota' });
});
