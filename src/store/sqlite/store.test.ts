import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { flag } from '../../model/flag.ts';
import { type AccountId, asModSeq, asUid, type MailboxId } from '../../model/ids.ts';
import { inbox } from '../../model/mailbox-name.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { StageOptions, Store } from '../store.ts';
import { SqliteAccount } from './account.ts';
import { inPieces, largeMessage } from './body-fixture.ts';
import { openSqliteStore, type SqliteStoreOptions } from './store.ts';
import { sweep } from './sweep.ts';
import { emptyBytesMax } from './wal-file.ts';

const all = NumberSet.ofRanges([{ first: asUid(1), last: asUid(0xffff_ffff) }]);
const day = 24 * 60 * 60 * 1000;

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('the SQLite store', () => {
  let directory: string;
  let store: Store;
  let now: number;
  let options: SqliteStoreOptions;
  let id: AccountId;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'restante-sqlite-'));
    now = Date.now();
    options = { directory, limits: defaultLimits, logger: silent, clock: () => now };
    store = await openSqliteStore(options);
    ({ id } = await store.directory.add({ address: 'anna@example.org', passwordHash: 'h' }));
  });

  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  const open = async (): Promise<SqliteAccount> => {
    const account = await store.open(id);
    assert.ok(account instanceof SqliteAccount);
    return account;
  };
  const inboxOf = async (account: SqliteAccount): Promise<MailboxId> => {
    const found = (await account.mailboxes()).find(({ name }) => name === 'INBOX');
    assert.ok(found);
    return found.id;
  };
  const append = async (
    account: SqliteAccount,
    size: number,
    options: StageOptions = {},
  ): Promise<void> => {
    async function* content(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('Subject: x\r\n\r\n');
      // Noise, so that its size is its size.
      yield crypto.getRandomValues(new Uint8Array(Math.min(size, 65_536)));
      for (let left = size - 65_536; left > 0; left -= 65_536)
        yield crypto.getRandomValues(new Uint8Array(65_536));
    }
    await using staged = await account.stage(content(), options);
    await account.append(await inboxOf(account), [
      { staged, flags: [], internalDate: { epochSeconds: 0, zoneMinutes: 0 } },
    ]);
  };
  const mailFile = (): string => join(directory, 'accounts', id, 'mail.db');

  test('a mailbox that will be looked at soon is loaded before anybody asks', async () => {
    await store[Symbol.asyncDispose]();
    store = await openSqliteStore(options);
    await using account = await store.open(id, { soon: inbox });
    assert.ok(account instanceof SqliteAccount);
    const { views } = account.engine;
    while (views.all().every(({ loaded }) => !loaded)) await sleep(1);
    assert.deepEqual(
      views.all().map(({ mailbox, users }) => [mailbox.name, users]),
      [['INBOX', 0]],
    );
  });

  test('only its owner may read what it writes', async () => {
    await append(await open(), 10);
    for (const path of [join(directory, 'accounts'), join(directory, 'accounts', id)]) {
      assert.equal((await stat(path)).mode & 0o777, 0o700, path);
    }
    const files = await readdir(join(directory, 'accounts', id));
    assert.ok(files.includes('mail.db-wal'));
    for (const file of files)
      assert.equal((await stat(join(directory, 'accounts', id, file))).mode & 0o077, 0, file);
    assert.equal((await stat(join(directory, 'directory.db'))).mode & 0o077, 0);
  });

  test('a file of a newer version, or of another program, is left alone', async () => {
    await store[Symbol.asyncDispose]();
    const mail = new Database(mailFile());
    mail.pragma('user_version = 999');
    mail.close();
    store = await openSqliteStore(options);
    await assert.rejects(store.open(id), { code: 'unavailable', message: /version 999/ });
    const again = new Database(mailFile());
    again.pragma('user_version = 1');
    again.pragma('application_id = 7');
    again.close();
    await assert.rejects(store.open(id), { code: 'corrupt', message: /another program/ });
  });

  test('syncs that writers wait for are told', async () => {
    await store[Symbol.asyncDispose]();
    const told: number[] = [];
    store = await openSqliteStore({ ...options, onSync: (durationMs) => told.push(durationMs) });
    const account = await open();
    await append(account, 10);
    assert.equal(told.length, 1);
    assert.ok(told.every((durationMs) => durationMs > 0));
  });

  test('nobody sees what is not on stable storage', async () => {
    const account = await open();
    const inbox = await inboxOf(account);
    await append(account, 10);
    await using view = await account.view(inbox);
    const before = account.modSeq;
    const { engine } = account;
    const sync = engine.sync.bind(engine);
    const syncing = Promise.withResolvers<void>();
    const proceed = Promise.withResolvers<void>();
    engine.sync = async () => {
      syncing.resolve();
      await proceed.promise;
      await sync();
    };
    let told = 0;
    view.watch(() => told++);
    const writing = account.copy(inbox, all, inbox);
    await syncing.promise;
    // The transaction is committed now: another process would see it.
    const other = new Database(mailFile(), { readonly: true });
    assert.equal(other.prepare('SELECT count(*) FROM entry').pluck().get(), 2);
    other.close();
    assert.deepEqual([told, view.count, account.modSeq], [0, 1, before]);
    assert.equal((await account.mailboxes()).find(({ id: found }) => found === inbox)?.messages, 1);
    assert.deepEqual(await collect(account.changes(before)), []);
    const loaded = account.engine.reader.open().prepare('SELECT count(*) FROM entry').pluck().get();
    assert.equal(loaded, 1);
    proceed.resolve();
    await writing;
    assert.deepEqual([told, view.count, account.modSeq], [1, 2, before + 1]);
  });

  test('a disk that does not confirm ends the account until it is opened again', async () => {
    const account = await open();
    const inbox = await inboxOf(account);
    await append(account, 10);
    account.engine.sync = () => Promise.reject(new Error('EIO'));
    await assert.rejects(account.copy(inbox, all, inbox), { code: 'unavailable' });
    await assert.rejects(account.mailboxes(), { code: 'unavailable' });
    await assert.rejects(account.view(inbox), { code: 'unavailable' });
    const again = await open();
    assert.notEqual(again, account);
    await account[Symbol.asyncDispose]();
    await append(again, 10);
    await using view = await again.view(inbox);
    assert.ok(view.count >= 2);
  });

  test('a full disk refuses what does not fit and loses nothing', async () => {
    const account = await open();
    await append(account, 100);
    const { writer } = account.engine;
    const pages = writer.connection.pragma('page_count', { simple: true }) as number;
    writer.connection.pragma(`max_page_count = ${pages + 22}`);
    await assert.rejects(append(account, 2_000_000, { cold: true }), { code: 'full' });
    await assert.rejects(append(account, 190_000), { code: 'full' });
    const small = await Promise.allSettled([
      append(account, 100),
      append(account, 190_000),
      append(account, 100),
    ]);
    assert.deepEqual(
      small.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    writer.connection.pragma('max_page_count = 4294967294');
    await append(account, 190_000);
    await using view = await account.view(await inboxOf(account));
    assert.equal(view.count, 4);
    assert.deepEqual(view.mailbox.messages, 4);
  });

  test('bytes that were changed on the disk are told as corrupt', async () => {
    const account = await open();
    await append(account, 300_000, { cold: true });
    await using view = await account.view(await inboxOf(account));
    const content = await account.content(view.message(0));
    account.engine.writer.connection
      .prepare('UPDATE body SET data = ? WHERE id % 65536 = 1')
      .run(Buffer.alloc(10));
    await assert.rejects(collect(content.read(0, content.size)), { code: 'corrupt' });
    assert.equal((await collect(content.read(0, 100))).length, 1);
    const slice = { size: 300_000, from: 262_144, to: 300_000 };
    assert.throws(() => account.lend(view.message(0), slice), { code: 'corrupt' });
    assert.throws(() => account.lend(view.message(0), slice), { code: 'corrupt' });
    assert.equal(account.lend(view.message(0), { ...slice, from: 0, to: 100 })?.length, 100);
    account.engine.writer.connection.prepare('DELETE FROM body').run();
    await assert.rejects(collect((await account.content(view.message(0))).read(0, 1)), {
      code: 'corrupt',
    });
  });

  test("another process's lock is awaited, its writes are told", async () => {
    const account = await open();
    const inbox = await inboxOf(account);
    await append(account, 10);
    await using view = await account.view(inbox);
    const deltas: number[][] = [];
    view.watch(({ added, changed, expunged }) =>
      deltas.push([added, changed.count, expunged.count]),
    );
    const other = new Database(mailFile());
    other.exec('BEGIN IMMEDIATE');
    const writing = append(account, 10);
    await sleep(30);
    const { modSeq: last } = account;
    const [key] = other.prepare('SELECT id FROM mailbox WHERE object_id = ?').pluck().all(inbox);
    const size = view.size(0);
    // The only message gets \\Seen.
    const record = [2, 0, 0, [key, 2, 1, 0, 0, size, 0, 0, [], 0, 8, [1, 1]]];
    other.prepare('INSERT INTO log VALUES (?, ?)').run(last + 1, JSON.stringify(record));
    other.exec('COMMIT');
    other.close();
    await writing;
    assert.deepEqual(deltas, [
      [0, 1, 0],
      [1, 0, 0],
    ]);
    assert.deepEqual(view.flags(0).flags, [flag('\\Seen')]);
    assert.deepEqual([view.mailbox.unseen, view.mailbox.messages], [1, 2]);
  });

  test('what the retention has passed for is forgotten, and only that', async () => {
    const account = await open();
    const inbox = await inboxOf(account);
    for (const size of [10, 600_000, 30]) await append(account, size);
    await account.copy(inbox, NumberSet.of([asUid(3)]), inbox);
    await using view = await account.view(inbox);
    const gone = view.message(1);
    const kept = view.message(2);
    await account.flag(inbox, NumberSet.of([asUid(2), asUid(3)]), {
      mode: 'add',
      flags: [flag('\\Deleted')],
    });
    await account.expunge(inbox, all);
    const removed = await account.create('removed' as never);
    await account.copy(inbox, all, removed.id);
    await account.remove('removed' as never);
    now += 29 * day;
    await sweep(account.engine);
    assert.equal((await account.facts([gone]))[0]?.size, 600_014 + (65_536 * 10 - 600_000));
    assert.equal((await view.vanishedSince(asModSeq(1))).toString(), '2:3');
    now += 2 * day;
    await sweep(account.engine);
    const [forgotten, living] = await account.facts([gone, kept]);
    assert.equal(forgotten, undefined);
    assert.equal(living?.size, 65_550 - 65_536 + 30);
    await assert.rejects(account.content(gone), { code: 'corrupt' });
    const { writer } = account.engine;
    const count = (table: string): unknown =>
      writer.connection.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
    assert.deepEqual(
      [count('vanished'), count('entry'), count('message'), count('body')],
      [0, 2, 2, 2],
    );
    // The log is gone: every UID that is not there may have vanished.
    assert.equal((await view.vanishedSince(asModSeq(1))).toString(), '2:3');
    assert.equal((await view.vanishedSince(account.modSeq)).toString(), '');
  });

  test('what a crash left staged is swept when it is old, and only then', async () => {
    const account = await open();
    async function* content(): AsyncGenerator<Uint8Array> {
      for (let count = 0; count < 10; count++) yield new Uint8Array(100_000);
    }
    const staged = await account.stage(content(), { cold: true });
    const rows = (): unknown =>
      account.engine.writer.connection.prepare('SELECT count(*) FROM body').pluck().get();
    // The last chunk is in memory until its message is appended.
    assert.equal(rows(), 3);
    await sweep(account.engine);
    assert.equal(rows(), 3);
    now += day;
    await sweep(account.engine);
    assert.equal(rows(), 0);
    await staged[Symbol.asyncDispose]();
  });

  test('an account that is taken away by another process is gone here too', async () => {
    const account = await open();
    const other = await openSqliteStore(options);
    await other.directory.remove('anna@example.org');
    await other[Symbol.asyncDispose]();
    for (let tries = 0; tries < 100; tries++) {
      if (
        await account.mailboxes().then(
          () => false,
          () => true,
        )
      )
        break;
      await sleep(10);
    }
    await assert.rejects(account.mailboxes(), { code: 'account-not-found' });
    await assert.rejects(store.open(id), { code: 'account-not-found' });
  });

  test('the WAL does not grow without end, and closing leaves it empty', async () => {
    const account = await open();
    const size = async (): Promise<number> => (await stat(`${mailFile()}-wal`)).size;
    let largest = 0;
    for (let round = 0; round < 16; round++) {
      await Promise.all(Array.from({ length: 40 }, () => append(account, 190_000)));
      largest = Math.max(largest, await size());
    }
    assert.ok(largest < 100_000_000, `${largest} bytes`);
    await store[Symbol.asyncDispose]();
    assert.ok((await size()) <= emptyBytesMax);
  });

  test('a large message has one EMAILID in all accounts of a store, and another one elsewhere', async () => {
    const large = largeMessage();
    const other = Buffer.from(large);
    other[large.length - 1]! ^= 1;
    const idOf = async (from: Store, account: AccountId, message: Buffer): Promise<string> => {
      await using opened = await from.open(account);
      await using staged = await opened.stage(inPieces(message));
      return staged.facts.emailId;
    };
    const first = await idOf(store, id, large);
    const { id: second } = await store.directory.add({
      address: 'b@example.org',
      passwordHash: 'h',
    });
    assert.equal(await idOf(store, second, large), first);
    assert.notEqual(await idOf(store, id, other), first);
    await store[Symbol.asyncDispose]();
    store = await openSqliteStore(options);
    assert.equal(await idOf(store, id, large), first);
    const elsewhere = { ...options, directory: join(directory, 'elsewhere') };
    await using strange = await openSqliteStore(elsewhere);
    const there = await strange.directory.add({ address: 'a@example.org', passwordHash: 'h' });
    assert.notEqual(await idOf(strange, there.id, large), first);
  });
});
