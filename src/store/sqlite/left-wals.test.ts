/** What is left of an account that was closed because others are used more. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { type AccountId } from '../../model/ids.ts';
import { mailboxName } from '../../model/mailbox-name.ts';
import type { Store } from '../store.ts';
import type { SqliteAccount } from './account.ts';
import { openSqliteStore } from './store.ts';
import { emptyBytesMax } from './wal-file.ts';

const inbox = mailboxName('INBOX');
/** None that nobody uses stays open. */
const limits = { ...defaultLimits, idleAccountsBytesMax: 0 };

let directory: string;
let store: Store;
let id: AccountId;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restante-left-'));
  store = await openSqliteStore({ directory, limits, logger: silent });
  ({ id } = await store.directory.add({ address: 'anna@example.org', passwordHash: 'h' }));
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** Opens the account, appends a message where its size is given, `cold` into rows, closes it; how many there are. */
async function visit(size?: number, cold = false): Promise<number> {
  await using account = await store.open(id);
  const mailbox = await account.mailbox(inbox);
  assert.ok(mailbox !== undefined);
  if (size !== undefined) {
    async function* content(): AsyncGenerator<Uint8Array> {
      yield crypto.getRandomValues(new Uint8Array(65_536)).subarray(0, size);
      for (let left = size! - 65_536; left > 0; left -= 65_536)
        yield crypto.getRandomValues(new Uint8Array(65_536));
    }
    await using staged = await account.stage(content(), { cold });
    const internalDate = { epochSeconds: 0, zoneMinutes: 0 };
    await account.append(mailbox.id, [{ staged, flags: [], internalDate }]);
  }
  await using view = await account.view(mailbox.id);
  return view.count;
}

test('the WAL stays for the next opening, and is empty at the end of the process', async () => {
  assert.equal(await visit(100), 1);
  const wal = join(directory, 'accounts', id, 'mail.db-wal');
  const { ino } = await stat(wal);
  assert.equal(await visit(), 1);
  assert.equal(await visit(100), 2);
  assert.equal((await stat(wal)).ino, ino);
  await store[Symbol.asyncDispose]();
  assert.deepEqual([(await stat(wal)).ino, (await stat(wal)).size], [ino, emptyBytesMax]);
  store = await openSqliteStore({ directory, limits, logger: silent });
  assert.equal(await visit(), 2);
});

test('a large one is brought into the database soon after', async () => {
  assert.equal(await visit(2_000_000, true), 1);
  const wal = join(directory, 'accounts', id, 'mail.db-wal');
  // The thread leaves the mark that it has cleared the place of the header (`WalFile.takeCleared`).
  const { ino } = await stat(wal, { bigint: true });
  const marked = async (): Promise<bigint | undefined> => {
    const bytes = await readFile(wal);
    return bytes.length === emptyBytesMax ? bytes.readBigUInt64LE(16) : undefined;
  };
  for (let tries = 0; tries < 500 && (await marked()) !== ino; tries++) await sleep(10);
  assert.equal(await marked(), ino);
  assert.equal(await visit(), 1);
});

test('opening, writing, closing and removing at random, while WALs are brought into the database', async () => {
  let count = 0;
  for (let round = 0; round < 30; round++) {
    const size = round % 3 === 0 ? 700_000 : 100;
    const visits = [visit(), visit(size, true), visit()];
    await Promise.all(visits);
    count++;
    assert.equal(await visit(), count);
  }
  await visit(700_000, true);
  await store.directory.remove('anna@example.org');
  assert.deepEqual(await readdir(join(directory, 'accounts')), []);
});

test('who only reads opens no connection that writes', async () => {
  assert.equal(await visit(100), 1);
  await using account = (await store.open(id)) as SqliteAccount;
  await using view = await account.view((await account.mailbox(inbox))!.id);
  assert.equal(view.count, 1);
  assert.equal(account.engine.writer.isOpen, false);
  await account.create(mailboxName('new'));
  assert.equal(account.engine.writer.isOpen, true);
});

test('that another process has removed a closed account meanwhile is not worth a word', async () => {
  const said: string[] = [];
  const logger = { ...silent, warn: (_: object, text: string) => void said.push(text) };
  await using here = await openSqliteStore({ directory, limits, logger });
  const account = await here.open(id);
  await account.create(mailboxName('A'));
  await account[Symbol.asyncDispose]();
  await store.directory.remove('anna@example.org');
  await here[Symbol.asyncDispose]();
  assert.deepEqual(said, []);
});
