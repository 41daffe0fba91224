/** Two stores on one directory stand for two processes, as in `others.test.ts`. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, open, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { anyone } from '../../model/acl.ts';
import { asAccountId, asMailboxId, type AccountId } from '../../model/ids.ts';
import { mailboxName } from '../../model/mailbox-name.ts';
import { noRights, type Rights } from '../../model/rights.ts';
import { changeAcl } from '../share.ts';
import type { Account, Store } from '../store.ts';
import { aloneMs } from './others.ts';
import { SharedMailboxes } from './shared-mailboxes.ts';
import { openSqliteStore } from './store.ts';

let directory: string;
let stores: Store[];
let anna: AccountId;
let errors: string[];
/** Seconds that the clock of the stores is ahead: files have settled. */
let ahead: number;

const [team, news] = [mailboxName('Team'), mailboxName('News')];

async function openOne(): Promise<Store> {
  const store = await openSqliteStore({
    directory,
    limits: defaultLimits,
    logger: { ...silent, error: (_, text) => void errors.push(text) },
    clock: () => Date.now() + ahead * 1000,
  });
  stores.push(store);
  return store;
}

async function shareWith(store: Store, account: Account, letters: string): Promise<void> {
  const mailbox = await account.mailbox(team);
  assert.ok(mailbox);
  const rights = letters as Rights;
  const change = { identifier: anyone, mode: 'replace', rights, otherwise: noRights } as const;
  await changeAcl({ directory: store.directory, account }, { id: mailbox.id, change });
}

async function shared(store: Store): Promise<string[]> {
  const mailboxes = (await store.directory.sharing?.mailboxes(anna)) ?? [];
  return mailboxes.map(({ name, acl }) => `${name} ${acl?.get(anyone)}`);
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restante-shared-'));
  [stores, errors, ahead] = [[], [], 60];
  await using store = await openOne();
  ({ id: anna } = await store.directory.add({ address: 'anna@example.org', passwordHash: 'h' }));
  await using account = await store.open(anna);
  await account.create(team);
  await shareWith(store, account, 'lr');
});

afterEach(async () => {
  for (const store of stores) await store[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** What is in the account's file cannot be read any more, and nothing but that has changed. */
async function spoil(): Promise<void> {
  const path = join(directory, 'accounts', anna, 'mail.db');
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(4096, 'x'), 0, 4096, 0);
  await file.close();
  await utimes(path, 1e9, 1e9);
}

test('an account that nobody has written to is not opened again', async () => {
  const store = await openOne();
  await utimes(join(directory, 'accounts', anna, 'mail.db'), 1e9, 1e9);
  assert.deepEqual(await shared(store), ['Team lr']);
  await spoil();
  assert.deepEqual(await shared(store), ['Team lr']);
});

test('what was written a moment ago is read again', async () => {
  const store = await openOne();
  ahead = 0;
  assert.deepEqual(await shared(store), ['Team lr']);
  await spoil();
  await utimes(join(directory, 'accounts', anna, 'mail.db'), new Date(), new Date());
  assert.deepEqual(await shared(store), []);
});

test('it is as every process last wrote it, whoever has it open', async () => {
  const [here, there] = [await openOne(), await openOne()];
  assert.deepEqual(await shared(here), ['Team lr']);
  {
    await using account = await there.open(anna);
    await shareWith(there, account, 'l');
    assert.deepEqual(await shared(here), ['Team l']);
    assert.deepEqual(await shared(there), ['Team l']);
    await account.rename(team, news);
    assert.deepEqual(await shared(here), ['News l']);
    assert.deepEqual(await shared(there), ['News l']);
    await using opened = await here.open(anna);
    await account.rename(news, team);
    assert.deepEqual(await shared(here), ['Team l']);
    await opened.remove(team);
    assert.deepEqual(await shared(here), []);
    // It asked a moment ago.
    await wait(2 * aloneMs);
    assert.deepEqual(await shared(there), []);
  }
});

test('a damaged account shares nothing, and is told of once', async () => {
  const store = await openOne();
  await spoil();
  assert.deepEqual(await shared(store), []);
  assert.deepEqual(await shared(store), []);
  assert.deepEqual(errors, ['what an account shares cannot be read']);
});

test('an account that was removed shares nothing', async () => {
  const [here, there] = [await openOne(), await openOne()];
  assert.deepEqual(await shared(here), ['Team lr']);
  await there.directory.remove('anna@example.org');
  assert.deepEqual(await shared(here), []);
  assert.deepEqual(await shared(there), []);
});

test('who shares with whom is asked anew when any process has written it', async () => {
  const [here, there] = [await openOne(), await openOne()];
  const add = async (address: string) =>
    (await here.directory.add({ address, passwordHash: 'h' })).id;
  const [bert, carl] = [await add('bert@example.org'), await add('carl@example.org')];
  const sharers = async (store: Store, user: AccountId) =>
    ((await store.directory.sharing?.sharedWith(user)) ?? []).map(({ address }) => address);
  for (const store of stores.slice(1)) {
    assert.deepEqual(await sharers(store, bert), ['anna@example.org']);
    assert.deepEqual(await sharers(store, anna), []);
  }
  for (const [writer, other] of [
    [here, there],
    [there, here],
  ] as const) {
    await writer.directory.sharing?.share(carl, [bert], 'all');
    assert.deepEqual(await sharers(other, bert), ['anna@example.org', 'carl@example.org']);
    assert.deepEqual(await sharers(writer, bert), ['anna@example.org', 'carl@example.org']);
    await writer.directory.sharing?.share(carl, [], 'all');
    assert.deepEqual(await sharers(other, bert), ['anna@example.org']);
    assert.deepEqual(await sharers(writer, bert), ['anna@example.org']);
  }
  // One of those with whom everybody shares has only the others.
  await here.directory.sharing?.share(bert, [anyone], 'all');
  assert.deepEqual(await sharers(there, carl), ['anna@example.org', 'bert@example.org']);
  assert.deepEqual(await sharers(there, bert), ['anna@example.org']);
});

test('what was read longest ago goes when too much is kept', async () => {
  const ids = ['a', 'b', 'c'].map(asAccountId);
  for (const id of ids) {
    await mkdir(join(directory, id));
    await writeFile(join(directory, id, 'mail.db'), '');
  }
  const visited: AccountId[] = [];
  const mailboxes = [1, 2].map((n) => ({ id: asMailboxId(`${n}`), name: team, acl: new Map() }));
  const some = { mailboxes: () => Promise.resolve(mailboxes) } as unknown as Account;
  const kept = new SharedMailboxes({
    opened: () => undefined,
    visit: (id, use) => {
      visited.push(id);
      return use(some);
    },
    path: (id) => join(directory, id, 'mail.db'),
    now: () => Date.now() + 60_000,
    logger: silent,
    keptMax: 4,
  });
  const [a, b, c] = ids as [AccountId, AccountId, AccountId];
  for (const id of [a, b, a, b, c, b, c, a]) assert.equal((await kept.of(id)).length, 2);
  assert.deepEqual(visited, [a, b, c, a]);
});
