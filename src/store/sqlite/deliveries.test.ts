/** Accounts that somebody only writes to: one connection, until somebody comes to read. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { utc } from '../../model/date-time.ts';
import type { AccountId } from '../../model/ids.ts';
import { inbox } from '../../model/mailbox-name.ts';
import type { Appended, OpenOptions, Store } from '../store.ts';
import type { SqliteAccount } from './account.ts';
import { openSqliteStore } from './store.ts';

let directory: string;
let store: Store;
let id: AccountId;

const begin = async (idleAccountsBytesMax: number): Promise<Store> =>
  await openSqliteStore({
    directory,
    limits: { ...defaultLimits, idleAccountsBytesMax },
    logger: silent,
  });

const open = async (options: OpenOptions): Promise<SqliteAccount> =>
  (await store.open(id, options)) as SqliteAccount;

async function* content(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('Subject: hello\r\n\r\nThere.\r\n');
}

async function deliver(account: SqliteAccount): Promise<Appended> {
  const box = await account.mailbox(inbox);
  await using staged = await account.stage(content());
  return await account.append(box!.id, [{ staged, flags: [], internalDate: utc(1e9) }]);
}

/** Has the next sync wait until it is told to go on; resolves when that is asked for. */
function slowly({ engine }: SqliteAccount): {
  readonly asked: Promise<void>;
  readonly goOn: () => void;
} {
  const [asked, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const sync = engine.sync.bind(engine);
  engine.sync = async () => {
    asked.resolve();
    await gate.promise;
    await sync();
  };
  return { asked: asked.promise, goOn: () => gate.resolve() };
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restante-deliveries-'));
  store = await begin(0);
  ({ id } = await store.directory.add({ address: 'anna@example.org', passwordHash: 'h' }));
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

test('a delivery needs one connection, and closing it leaves the WAL', async () => {
  const account = await open({ toWrite: true });
  await deliver(account);
  assert.deepEqual([account.engine.writer.isOpen, account.engine.reader.isOpen], [true, false]);
  await account[Symbol.asyncDispose]();
  const again = await open({ toWrite: true });
  assert.notEqual(again.engine, account.engine);
  assert.ok((await stat(join(directory, 'accounts', id, 'mail.db-wal'))).size > 8192);
  assert.equal((await again.mailbox(inbox))?.messages, 1);
  await again[Symbol.asyncDispose]();
});

test('who comes to read while a delivery is not on the disk gets the account when it is', async () => {
  const account = await open({ toWrite: true });
  const { asked, goOn } = slowly(account);
  const delivered = deliver(account);
  await asked;
  let hasCome = false;
  const reader = open({ soon: inbox }).then((come) => {
    hasCome = true;
    return come;
  });
  const facts = account.facts([1 as never]);
  assert.throws(() => account.engine.reader.open(), { code: 'SQLITE_BUSY' });
  await turns();
  assert.deepEqual([hasCome, account.engine.reader.isOpen], [false, false]);
  goOn();
  await delivered;
  const come = await reader;
  assert.equal((await facts)[0]?.size, 26);
  const box = await come.mailbox(inbox);
  assert.equal(box?.messages, 1);
  await using view = await come.view(box!.id);
  assert.equal(view.count, 1);
  await account[Symbol.asyncDispose]();
  await come[Symbol.asyncDispose]();
});

test('who is there to read is held on what is published, whoever delivers', async () => {
  const session = await open({ soon: inbox });
  const account = await open({ toWrite: true });
  const { asked, goOn } = slowly(account);
  const delivered = deliver(account);
  await asked;
  assert.equal(account.engine.reader.isOpen, true);
  assert.deepEqual(await session.facts([1 as never]), [undefined]);
  goOn();
  await delivered;
  assert.equal((await session.facts([1 as never]))[0]?.size, 26);
  await account[Symbol.asyncDispose]();
  await session[Symbol.asyncDispose]();
});
