/** The first commit of a WAL, which syncs nothing by itself. Two stores on one directory stand for two processes. */
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rename, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import type { AccountId } from '../../model/ids.ts';
import { mailboxName } from '../../model/mailbox-name.ts';
import type { Bus } from '../bus.ts';
import type { Store } from '../store.ts';
import type { SqliteAccount } from './account.ts';
import { openSqliteStore } from './store.ts';

const normal = 1;
const off = 0;

let directory: string;
let stores: Store[];
let id: AccountId;

/** Nobody is told anything, but each question whether others have written is looked into. */
const bus: Bus = {
  alone: false,
  join: () => ({ publish: () => undefined, [Symbol.dispose]: () => undefined }),
};

async function open(): Promise<SqliteAccount> {
  const store = await openSqliteStore({ directory, limits: defaultLimits, logger: silent, bus });
  stores.push(store);
  return (await store.open(id)) as SqliteAccount;
}

const close = async (): Promise<void> => {
  for (const store of stores.splice(0)) await store[Symbol.asyncDispose]();
};

const walOf = (): string => join(directory, 'accounts', id, 'mail.db-wal');

const level = ({ engine }: SqliteAccount): unknown =>
  engine.writer.connection.pragma('synchronous', { simple: true });

const names = async (account: SqliteAccount): Promise<string[]> => {
  await account.refresh();
  return (await account.mailboxes()).map(({ name }) => name).filter((name) => name.length === 1);
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restante-writer-'));
  const store = await openSqliteStore({ directory, limits: defaultLimits, logger: silent });
  stores = [store];
  ({ id } = await store.directory.add({ address: 'anna@example.org', passwordHash: 'h' }));
  await close();
});

afterEach(async () => {
  await close();
  await rm(directory, { recursive: true, force: true });
});

test('who empties the WAL clears the place of its header, and the first commit needs no more', async () => {
  const cleared = await readFile(walOf());
  assert.equal(cleared.length, 32);
  assert.deepEqual(cleared.subarray(0, 16), Buffer.alloc(16));
  const account = await open();
  await account.engine.ready();
  assert.deepEqual(await readFile(walOf()), cleared);
  assert.equal(level(account), off);
  await account.create(mailboxName('a'));
  assert.equal(level(account), normal);
  await close();
  assert.deepEqual(await readFile(walOf()), cleared);
  assert.deepEqual(await names(await open()), ['a']);
});

test('nobody believes that of a copy', async () => {
  await copyFile(walOf(), `${walOf()}.copy`);
  await rename(`${walOf()}.copy`, walOf());
  await (await open()).engine.ready();
  assert.deepEqual(await readFile(walOf()), Buffer.alloc(32));
});

test('the place of the header is cleared before the first commit, which does without a sync of its own; others do not', async () => {
  await truncate(walOf());
  const account = await open();
  assert.equal((await stat(walOf())).size, 0);
  await account.engine.ready();
  assert.deepEqual(await readFile(walOf()), Buffer.alloc(32));
  assert.equal(level(account), off);
  await account.create(mailboxName('a'));
  assert.equal(level(account), normal);
  assert.ok((await stat(walOf())).size > 8192);
  assert.equal(account.engine.ready(), undefined);
});

test('when another process commits first, or has committed, ours syncs as always', async () => {
  const [here, there] = [await open(), await open()];
  await here.engine.ready();
  await there.create(mailboxName('a'));
  await here.create(mailboxName('b'));
  assert.equal(level(here), normal);
  for (const account of [here, there]) assert.deepEqual(await names(account), ['a', 'b']);
  const late = await open();
  assert.equal(late.engine.ready(), undefined);
  await late.create(mailboxName('c'));
  assert.deepEqual(await names(here), ['a', 'b', 'c']);
  assert.deepEqual(here.engine.reader.open().pragma('integrity_check', { simple: true }), 'ok');
});

test('a first write that fails leaves nothing switched off, and neither does closing before it', async () => {
  const account = await open();
  await assert.rejects(account.create(mailboxName('INBOX')), { code: 'mailbox-exists' });
  assert.equal(level(account), normal);
  await close();
  const again = await open();
  await again.engine.ready();
  again.engine.writer.close();
  assert.equal(level(again), normal);
  await close();
  assert.deepEqual(await names(await open()), []);
});

test('a process that dies between the two leaves an empty WAL', async () => {
  const account = await open();
  await account.engine.ready();
  const other = await open();
  assert.deepEqual(await names(other), []);
  await other.engine.ready();
  assert.equal(level(other), off);
  await other.create(mailboxName('a'));
  await account.create(mailboxName('b'));
  for (const one of [other, account]) assert.deepEqual(await names(one), ['a', 'b']);
});
