import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { utc } from '../../model/date-time.ts';
import { flag } from '../../model/flag.ts';
import type { AccountId } from '../../model/ids.ts';
import { inbox, mailboxName } from '../../model/mailbox-name.ts';
import type { Store } from '../store.ts';
import { SqliteAccount } from './account.ts';
import { openSqliteStore } from './store.ts';

const day = 24 * 60 * 60 * 1000;
/** Longer than anything here waits: packing is not what a sweep is for. */
const limits = { ...defaultLimits, packAfterMs: 365 * day };

let directory: string;
let store: Store;
let id: AccountId;
let now: number;

const openStore = (): Promise<Store> =>
  openSqliteStore({ directory, limits, logger: silent, clock: () => now });

async function open(): Promise<SqliteAccount> {
  const account = await store.open(id, { soon: inbox });
  assert.ok(account instanceof SqliteAccount);
  return account;
}

/** The account's database, while the store is closed; then the store again. */
async function meanwhile<T>(use: (database: Database.Database) => T): Promise<T> {
  await store[Symbol.asyncDispose]();
  const database = new Database(join(directory, 'accounts', id, 'mail.db'));
  try {
    return use(database);
  } finally {
    database.close();
    store = await openStore();
  }
}

const count = (table: string): Promise<unknown> =>
  meanwhile((database) => database.prepare(`SELECT count(*) FROM ${table}`).pluck().get());

async function sweep(): Promise<SqliteAccount> {
  const account = await open();
  await account.engine.sweep();
  return account;
}

beforeEach(async () => {
  now = Date.now();
  directory = await mkdtemp(join(tmpdir(), 'restante-sweep-'));
  store = await openStore();
  ({ id } = await store.directory.add({ address: 'anna@example.org', passwordHash: 'h' }));
  // The first one notes which messages there are.
  await sweep();
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

test('where time asks for nothing, an account is looked at without a connection', async () => {
  await store[Symbol.asyncDispose]();
  // What was written a moment ago is not looked at so.
  await sleep(120);
  store = await openStore();
  const { engine } = await sweep();
  assert.deepEqual([engine.reader.isSealed, engine.reader.isOpen], [true, false]);
  assert.equal(engine.writer.isOpen, false);
});

test('what a removed mailbox held is forgotten when its time has passed', async () => {
  const account = await open();
  const { id: box } = await account.create(mailboxName('gone'), {});
  async function* content(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('Subject: x\r\n\r\n');
  }
  {
    await using staged = await account.stage(content());
    await account.append(box, [{ staged, flags: [flag('label')], internalDate: utc(1) }]);
  }
  await account.remove(mailboxName('gone'));
  now += limits.vanishedRetentionMs;
  await sweep();
  assert.equal(await count('entry'), 1);
  now += 1;
  await sweep();
  assert.deepEqual(
    [await count('entry'), await count('mailbox_keyword'), await count('message')],
    [0, 0, 0],
  );
});

test('a log that has more than it keeps is cut', async () => {
  await meanwhile((database) => {
    database.exec(`INSERT INTO log (modseq, record) WITH RECURSIVE n (n) AS (SELECT max(modseq) + 1 FROM log
      UNION ALL SELECT n + 1 FROM n WHERE n < 25000) SELECT n, '' FROM n;
      UPDATE account SET folded = 25000;`);
  });
  await sweep();
  // The last one is the clock, and not counted.
  assert.equal(await count('log'), 20_001);
});
