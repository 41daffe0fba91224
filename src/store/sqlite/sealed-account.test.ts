/** Accounts that nobody writes to. A second store on the directory stands for another process. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { utc } from '../../model/date-time.ts';
import { flag } from '../../model/flag.ts';
import { type AccountId, asModSeq, asUid } from '../../model/ids.ts';
import { inbox, mailboxName } from '../../model/mailbox-name.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Glance, Store } from '../store.ts';
import { SqliteAccount } from './account.ts';
import { openSqliteStore } from './store.ts';

let directory: string;
let store: Store;
let id: AccountId;

const openStore = (): Promise<Store> =>
  openSqliteStore({ directory, limits: defaultLimits, logger: silent });

async function open(): Promise<SqliteAccount> {
  const account = await store.open(id, { soon: inbox });
  assert.ok(account instanceof SqliteAccount);
  return account;
}

async function append(account: SqliteAccount, count: number): Promise<void> {
  async function* content(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('Subject: x\r\n\r\n');
  }
  await using staged = await account.stage(content());
  const { id: to } = (await account.mailbox(inbox))!;
  const seen = { staged, flags: [flag('\\Seen'), flag('new')], internalDate: utc(1) };
  await account.append(to, [...Array(count).fill(seen), { ...seen, flags: [] }]);
}

/** All that a client is told by SELECT and FETCH FLAGS. */
async function picture(account: SqliteAccount): Promise<unknown> {
  const box = (await account.mailbox(inbox))!;
  const glance: Partial<Glance> = {
    ...account.glance(box.id, { readOnly: true, numbers: true }),
  };
  delete glance.view;
  delete glance.gone;
  await using view = await account.view(box.id);
  const rows = Array.from({ length: view.count }, (_, row) => view.entry(row));
  return [glance, rows, view.firstUnseenRow, await account.mailboxes(), account.quota];
}

const isConnected = ({ engine }: SqliteAccount): boolean =>
  engine.reader.isOpen || engine.writer.isOpen;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restante-sealed-'));
  store = await openStore();
  ({ id } = await store.directory.add({ address: 'anna@example.org', passwordHash: 'h' }));
  await append(await open(), 60);
  await store[Symbol.asyncDispose]();
  await sleep(120);
  store = await openStore();
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

test('who logs in and looks is told the same as by a connection, and opens none', async () => {
  const folder = join(directory, 'accounts', id);
  for (const file of ['mail.db-wal', 'mail.db-shm']) await rm(join(folder, file));
  assert.deepEqual(await store.directory.sharing?.mailboxes(id), []);
  assert.deepEqual(await readdir(folder), ['mail.db'], 'nor does who lists what others share');
  const account = await open();
  const sealed = await picture(account);
  assert.equal(account.refresh(), undefined);
  assert.equal(isConnected(account), false);
  assert.deepEqual(await readdir(folder), ['mail.db']);
  await store[Symbol.asyncDispose]();
  assert.deepEqual(await readdir(folder), ['mail.db']);
  store = await openStore();
  const other = await open();
  other.engine.reader.open();
  assert.deepEqual(await picture(other), sealed);
  const { id: box } = (await other.mailbox(inbox))!;
  await using view = await other.view(box);
  const [facts] = await other.facts([view.message(0)]);
  assert.equal(facts?.size, 14);
});

test('a write of ours, and of anybody else, is seen', async () => {
  const account = await open();
  const { id: box } = (await account.mailbox(inbox))!;
  await picture(account);
  const others = await openStore();
  const other = (await others.open(id, { soon: inbox })) as SqliteAccount;
  await picture(other);
  assert.deepEqual([isConnected(account), isConnected(other)], [false, false]);
  await other.flag(box, NumberSet.of([asUid(3)]), { mode: 'add', flags: [flag('$x')] });
  await account.refresh();
  assert.deepEqual(await picture(account), await picture(other));
  await append(account, 1);
  await sleep(6);
  await other.refresh();
  assert.deepEqual(await picture(other), await picture(account));
  await others[Symbol.asyncDispose]();
  await account.create(mailboxName('new'));
  assert.ok(await account.mailbox(mailboxName('new')));
});

test('what happens between a look and the view is told behind it', async () => {
  const account = await open();
  const { id: box } = (await account.mailbox(inbox))!;
  const others = await openStore();
  const other = (await others.open(id, { soon: inbox })) as SqliteAccount;
  const glance = account.glance(box, { readOnly: false, numbers: true });
  assert.equal(glance?.recent, 61);
  await append(other, 1);
  await using view = await glance.view();
  await sleep(6);
  await account.refresh();
  assert.equal(view.count, 63);
  assert.equal(account.modSeq, other.modSeq);
  await others[Symbol.asyncDispose]();
});

test('a client that reads bytes finds them, and a sealed account that is removed is gone', async () => {
  const account = await open();
  const { id: box } = (await account.mailbox(inbox))!;
  {
    await using view = await account.view(box);
    const message = view.message(0);
    assert.equal(account.lend(message, { size: 14, from: 0, to: 14 }), undefined);
    const content = await account.content(message);
    const parts: Uint8Array[] = [];
    for await (const bytes of content.read(0, content.size)) parts.push(bytes);
    assert.equal(Buffer.concat(parts).toString(), 'Subject: x\r\n\r\n');
    let changes = 0;
    for await (const _ of account.changes(asModSeq(0))) changes++;
    assert.ok(changes > 60);
  }
  await account[Symbol.asyncDispose]();
  await store.directory.remove('anna@example.org');
  assert.equal(existsSync(join(directory, 'accounts', id)), false);
});
