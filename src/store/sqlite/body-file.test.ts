import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, rename, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { flag } from '../../model/flag.ts';
import { type AccountId, asUid, type MailboxId } from '../../model/ids.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Store } from '../store.ts';
import { SqliteAccount } from './account.ts';
import { type BodyDisk, realDisk } from './body-file.ts';
import { append, bytesOf, contents, inboxOf, inPieces, largeMessage, put } from './body-fixture.ts';
import { chunkBytes } from './chunks.ts';
import { openSqliteStore, type SqliteStoreOptions } from './store.ts';
import { sweep } from './sweep.ts';

const hour = 60 * 60 * 1000;
const all = NumberSet.ofRanges([{ first: asUid(1), last: asUid(0xffff_ffff) }]);
const internalDate = { epochSeconds: 0, zoneMinutes: 0 };
const { packAfterMs, vanishedRetentionMs } = defaultLimits;

describe('large messages in files', () => {
  let directory: string;
  let now: number;
  let options: SqliteStoreOptions;
  let store: Store;
  let id: AccountId;
  /** What the disk does instead of what it should. */
  let faults: Partial<BodyDisk>;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'restante-bodies-'));
    // An account does not pack at first.
    now = Date.now() - packAfterMs;
    faults = {};
    const bodyDisk: BodyDisk = {
      open: (path) => (faults.open ?? realDisk.open)(path),
      write: (descriptor, bytes, at) => (faults.write ?? realDisk.write)(descriptor, bytes, at),
      sync: (descriptor) => (faults.sync ?? realDisk.sync)(descriptor),
      close: (descriptor) => (faults.close ?? realDisk.close)(descriptor),
      syncFolder: (path) => (faults.syncFolder ?? realDisk.syncFolder)(path),
    };
    options = { directory, limits: defaultLimits, logger: silent, clock: () => now, bodyDisk };
    store = await openSqliteStore(options);
    ({ id } = await store.directory.add({ address: 'anna@example.org', passwordHash: 'h' }));
    now += packAfterMs;
  });

  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  const open = async (from = store): Promise<SqliteAccount> => {
    const account = await from.open(id);
    assert.ok(account instanceof SqliteAccount);
    return account;
  };
  const folder = (): string => join(directory, 'accounts', id, 'bodies');
  const files = (): Promise<string[]> => readdir(folder()).catch(() => []);
  const count = ({ engine }: SqliteAccount, table: string): unknown =>
    engine.writer.connection.prepare(`SELECT count(*) FROM ${table}`).pluck().get();

  test('what fills a chunk is in one file that only its owner reads, and nothing of it in rows', async () => {
    const account = await open();
    const bodies = [
      largeMessage(chunkBytes - 1),
      largeMessage(chunkBytes),
      largeMessage(chunkBytes + 1),
      largeMessage(),
    ];
    for (const body of bodies) await append(account, body);
    assert.deepEqual([count(account, 'body'), count(account, 'body_file')], [1, 3]);
    const names = await files();
    assert.equal(names.length, 3);
    assert.equal((await stat(folder())).mode & 0o777, 0o700);
    for (const name of names) assert.equal((await stat(join(folder(), name))).mode & 0o777, 0o600);
    assert.deepEqual(await contents(account), bodies);
    await using view = await account.view(await inboxOf(account));
    const [message, body] = [view.message(3), bodies[3]!];
    const content = await account.content(message);
    for (const [from, to] of [
      [0, 10],
      [chunkBytes - 5, chunkBytes + 5],
      [body.length - 3, body.length + 9],
    ] as const) {
      assert.deepEqual(await bytesOf(content, from, to), body.subarray(from, to));
      const lent = account.lend(message, { size: body.length, from, to });
      if (
        Math.floor(from / chunkBytes) === Math.floor((Math.min(to, body.length) - 1) / chunkBytes)
      )
        assert.deepEqual(Buffer.from(lent!), body.subarray(from, to));
    }
  });

  test('it is packed into rows when it is old; the file is kept an hour more, for backups under way', async () => {
    const account = await open();
    const bodies = [largeMessage(), largeMessage(chunkBytes), largeMessage(5 * chunkBytes + 7)];
    for (const body of bodies) await append(account, body);
    await using view = await account.view(await inboxOf(account));
    const content = await account.content(view.message(2));
    const reading = content.read(0, content.size)[Symbol.asyncIterator]();
    const first = Uint8Array.from((await reading.next()).value as Uint8Array);
    await sweep(account.engine);
    now += packAfterMs;
    await sweep(account.engine);
    assert.deepEqual([count(account, 'body_file'), count(account, 'body')], [0, 3 + 1 + 6]);
    await sweep(account.engine);
    assert.equal((await files()).length, 3);
    assert.deepEqual(await contents(account), bodies);
    now += hour + 1;
    await sweep(account.engine);
    assert.deepEqual(await files(), []);
    const rest: Uint8Array[] = [first];
    for await (const piece of { [Symbol.asyncIterator]: () => reading })
      rest.push(Uint8Array.from(piece));
    assert.deepEqual(Buffer.concat(rest), bodies[2]);
    assert.deepEqual(await contents(account), bodies);
  });

  test('a file that is missing, too short or too long is told as corrupt, and hurts nobody else', async () => {
    const account = await open();
    const bodies = [largeMessage(), largeMessage(), largeMessage(), largeMessage()];
    const names: string[] = [];
    for (const body of bodies) {
      await append(account, body);
      names.push((await files()).find((name) => !names.includes(name))!);
    }
    const path = (index: number): string => join(folder(), names[index]!);
    await rm(path(0));
    await truncate(path(1), bodies[1]!.length - 1);
    await appendFile(path(2), 'x');
    await using view = await account.view(await inboxOf(account));
    const size = bodies[0]!.length;
    const check = async (): Promise<void> => {
      for (const row of [0, 1, 2]) {
        const content = await account.content(view.message(row));
        await assert.rejects(bytesOf(content), { code: 'corrupt' });
        const slice = { size, from: size - 10, to: size };
        assert.throws(() => account.lend(view.message(row), slice), { code: 'corrupt' });
      }
      assert.deepEqual(await bytesOf(await account.content(view.message(3))), bodies[3]);
    };
    await check();
    await sweep(account.engine);
    now += packAfterMs;
    await sweep(account.engine);
    // What is missing or short is not packed; what is too long is not wrong in its first bytes.
    assert.equal(count(account, 'body_file'), 2);
    assert.deepEqual(await bytesOf(await account.content(view.message(3))), bodies[3]);
    for (const row of [0, 1])
      await assert.rejects(bytesOf(await account.content(view.message(row))), { code: 'corrupt' });
  });

  test('whoever breaks off, or never appends, leaves no file', async () => {
    const account = await open();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield* inPieces(largeMessage());
      throw new Error('the client has gone');
    }
    await assert.rejects(account.stage(broken()), /client has gone/);
    assert.deepEqual(await files(), []);
    const aborting = new AbortController();
    async function* aborted(): AsyncGenerator<Uint8Array> {
      yield* inPieces(largeMessage());
      aborting.abort(new Error('enough'));
      yield Buffer.from('x');
    }
    await assert.rejects(account.stage(aborted(), { signal: aborting.signal }), /enough/);
    assert.deepEqual(await files(), []);
    {
      const body = largeMessage();
      await using first = await account.stage(inPieces(body), { among: true });
      await using second = await account.stage(inPieces(largeMessage()), { among: true });
      assert.deepEqual(await bytesOf(first.content()), body);
      assert.equal((await files()).length, 2);
      const list = [first, second].map((staged) => ({ staged, flags: [], internalDate }));
      await assert.rejects(account.append('nowhere' as MailboxId, list), {
        code: 'mailbox-not-found',
      });
    }
    assert.deepEqual(await files(), []);
    const body = largeMessage();
    await using staged = await account.stage(inPieces(body));
    await put(account, staged, staged);
    await staged[Symbol.asyncDispose]();
    assert.equal((await files()).length, 1);
    assert.deepEqual(await contents(account), [body, body]);
  });

  test('a disk that is full, or fails, refuses the message, leaves nothing behind and spoils nothing', async () => {
    const account = await open();
    const body = largeMessage();
    await append(account, body);
    const before = await files();
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    const bad = Object.assign(new Error('input/output error'), { code: 'EIO' });
    let writes = 0;
    const broken: [Partial<BodyDisk>, string][] = [
      [{ open: () => Promise.reject(full) }, 'full'],
      [
        {
          write: (...args) => (++writes % 3 === 0 ? Promise.reject(full) : realDisk.write(...args)),
        },
        'full',
      ],
      [{ sync: () => Promise.reject(full) }, 'full'],
      [{ sync: () => Promise.reject(bad) }, 'unavailable'],
      [{ syncFolder: () => Promise.reject(bad) }, 'unavailable'],
    ];
    for (const [fault, code] of broken) {
      faults = fault;
      await assert.rejects(append(account, body), { code });
      assert.deepEqual(await files(), before);
    }
    // One that takes a little at a time does its work.
    faults = {
      write: (descriptor, bytes, at) => realDisk.write(descriptor, bytes.subarray(0, 70_001), at),
    };
    await append(account, body);
    assert.deepEqual(await contents(account), [body, body]);
  });

  test('what was expunged goes with its file when its time has passed, after that is durable', async () => {
    const account = await open();
    await append(account, largeMessage());
    const inbox = await inboxOf(account);
    await account.flag(inbox, all, { mode: 'add', flags: [flag('\\Deleted')] });
    await account.expunge(inbox, all);
    now += vanishedRetentionMs + 1;
    // Before packing has its turn, which would take it out of its file.
    account.engine.writer.connection.prepare('UPDATE packing SET at = ?').run(now);
    await sweep(account.engine);
    assert.deepEqual([count(account, 'message'), count(account, 'body_file')], [0, 0]);
    assert.equal((await files()).length, 1);
    now += hour + 1;
    const steps: string[] = [];
    const { engine } = account;
    const [sync, retire] = [engine.sync.bind(engine), engine.bodies.retire.bind(engine.bodies)];
    engine.sync = async () => {
      await sync();
      steps.push('durable');
    };
    engine.bodies.retire = (name) => {
      steps.push('removed');
      return retire(name);
    };
    await sweep(engine);
    assert.deepEqual(steps, ['durable', 'removed']);
    assert.deepEqual(await files(), []);
  });

  test('what nobody names is swept when it is old, and what another process lost so is refused', async () => {
    const account = await open();
    const body = largeMessage();
    await append(account, body);
    const staged = await account.stage(inPieces(body));
    // As if a process had died while it removed this one.
    const stray = await account.stage(inPieces(body));
    await using other = await openSqliteStore(options);
    const neighbour = await open(other);
    await sweep(neighbour.engine);
    assert.equal((await files()).length, 3);
    now += 2 * hour;
    await sweep(account.engine);
    assert.equal((await files()).length, 3, 'its own are still on their way');
    await sweep(neighbour.engine);
    assert.equal((await files()).length, 1);
    await assert.rejects(put(account, staged), { code: 'unavailable' });
    for (const one of [staged, stray]) await one[Symbol.asyncDispose]();
    assert.deepEqual(await contents(account), [body]);
    const [name] = await files();
    await rename(join(folder(), name!), join(folder(), `${name}.gone`));
    await sweep(account.engine);
    assert.deepEqual(await files(), []);
    await neighbour[Symbol.asyncDispose]();
  });

  test('processes that pack, sweep and read at the same time', async () => {
    const account = await open();
    const bodies = Array.from({ length: 6 }, (_, index) => largeMessage(2 * chunkBytes + index));
    for (const body of bodies) await append(account, body);
    await using other = await openSqliteStore(options);
    const neighbour = await open(other);
    await sweep(account.engine);
    now += packAfterMs;
    const reading = async (): Promise<void> => {
      for (let round = 0; round < 20; round++) assert.deepEqual(await contents(neighbour), bodies);
    };
    const sweeping = async ({ engine }: SqliteAccount): Promise<void> => {
      await sweep(engine);
      now += hour + 1;
      await sweep(engine);
    };
    await Promise.all([sweeping(account), sweeping(neighbour), reading()]);
    assert.deepEqual(await files(), []);
    assert.equal(count(account, 'body'), 2 + 5 * 3);
    assert.deepEqual(await contents(account), bodies);
    await neighbour[Symbol.asyncDispose]();
    await store.directory.remove('anna@example.org');
    await assert.rejects(stat(join(directory, 'accounts', id)), { code: 'ENOENT' });
  });
});
