import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { flag } from '../../model/flag.ts';
import { type AccountId, asUid } from '../../model/ids.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Store } from '../store.ts';
import { SqliteAccount } from './account.ts';
import { type BodyDisk, realDisk } from './body-file.ts';
import { append, contents, inboxOf, inPieces, largeMessage } from './body-fixture.ts';
import { chunkBytes } from './chunks.ts';
import { openSqliteStore } from './store.ts';
import { sweep } from './sweep.ts';

const run = promisify(execFile);
const hour = 60 * 60 * 1000;
const { packAfterMs, vanishedRetentionMs } = defaultLimits;

/** What a power loss leaves: by file of `bodies/`, how many bytes are on stable storage. */
class Stable {
  readonly sizes = new Map<string, number>();
  /** Names of files, and of their folder, that are on stable storage. */
  readonly names = new Set<string>();
  /** Bytes of the WAL. */
  wal = 0;
}

describe('a crash between any two steps of a large message', () => {
  let directory: string;
  let copies: string;
  let store: Store;
  let account: SqliteAccount;
  let id: AccountId;
  let now: number;
  let stable: Stable;
  /** What was answered, and what else may be there. */
  let promised: Buffer[];
  let sent: Buffer[];
  let crashes: number;
  let tried: string | undefined;
  let sweepsToo: boolean;

  const folder = (root: string): string => join(root, 'accounts', id);
  const walOf = (root: string): string => join(folder(root), 'mail.db-wal');
  const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);

  /** Does something; before it the process may be killed, or the power fail. */
  async function after<T>(step: () => Promise<T>): Promise<T> {
    await crash();
    return await step();
  }

  beforeEach(async () => {
    [directory, copies] = await Promise.all([
      mkdtemp(join(tmpdir(), 'restante-crash-')),
      mkdtemp(join(tmpdir(), 'restante-crashed-')),
    ]);
    [now, crashes, stable, promised, sent] = [Date.now(), 0, new Stable(), [], []];
    [tried, sweepsToo] = [undefined, true];
    const paths = new Map<number, string>();
    const written = new Map<number, number>();
    const bodyDisk: BodyDisk = {
      open: async (path) => {
        const descriptor = await after(() => realDisk.open(path));
        paths.set(descriptor, basename(path));
        written.set(descriptor, 0);
        return descriptor;
      },
      write: async (descriptor, bytes, at) => {
        const size = await after(() => realDisk.write(descriptor, bytes, at));
        written.set(descriptor, at + size);
        return size;
      },
      sync: async (descriptor) => {
        await after(() => realDisk.sync(descriptor));
        stable.sizes.set(paths.get(descriptor)!, written.get(descriptor)!);
      },
      close: realDisk.close,
      syncFolder: async (path) => {
        const names = await readdir(path);
        await after(() => realDisk.syncFolder(path));
        for (const name of names) stable.names.add(name);
      },
    };
    const options = { directory, limits: defaultLimits, logger: silent, clock: () => now };
    store = await openSqliteStore({ ...options, bodyDisk });
    ({ id } = await store.directory.add({ address: 'anna@example.org', passwordHash: 'h' }));
    const opened = await store.open(id);
    assert.ok(opened instanceof SqliteAccount);
    account = opened;
    stable.wal = sizeOf(walOf(directory));
    const { engine } = account;
    const { bodies } = engine;
    const [sync, remove] = [engine.sync.bind(engine), bodies.remove.bind(bodies)];
    engine.sync = async () => {
      const size = sizeOf(walOf(directory));
      await after(sync);
      stable.wal = size;
    };
    bodies.remove = (name) => after(() => remove(name));
  });

  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    for (const path of [directory, copies]) await rm(path, { recursive: true, force: true });
  });

  /** What is there, as another process copies it: closing a database's file would drop our locks on it. */
  async function copy(): Promise<string> {
    const path = join(copies, String(crashes++));
    await run('cp', ['-r', directory, path]);
    return path;
  }

  /** What a crash would leave now, so that each state is tried once. */
  async function state(): Promise<string> {
    const bodies = join(folder(directory), 'bodies');
    const names = await readdir(bodies).catch(() => []);
    const sizes = names.map((name) => [name, sizeOf(join(bodies, name))]);
    const kept = [stable.wal, [...stable.names], [...stable.sizes], promised.length];
    return JSON.stringify([sizeOf(walOf(directory)), sizes, kept]);
  }

  async function crash(): Promise<void> {
    const here = await state();
    if (here === tried) return;
    tried = here;
    // Killed: all that was written is there.
    await verify(await copy(), { sweeps: sweepsToo });
    // Power lost: of bodies what was synced; what the WAL has beyond that may be there or not.
    for (const keepsWal of [true, false]) {
      const root = await copy();
      if (!keepsWal && existsSync(walOf(root))) await truncate(walOf(root), stable.wal);
      const bodies = join(folder(root), 'bodies');
      if (!stable.names.has('bodies')) await rm(bodies, { recursive: true, force: true });
      for (const name of await readdir(bodies).catch(() => [])) {
        const known = name.replace(/\.gone$/, '');
        if (stable.names.has(known))
          await truncate(join(bodies, name), stable.sizes.get(known) ?? 0);
        else await rm(join(bodies, name));
      }
      await verify(root, { sweeps: false });
    }
  }

  /** What was promised is there, and whatever else is there was sent; with `sweeps`, what nobody names goes. */
  async function verify(root: string, { sweeps }: { readonly sweeps: boolean }): Promise<void> {
    let later = now + 2 * hour;
    const options = { directory: root, limits: defaultLimits, logger: silent };
    const left = await openSqliteStore({ ...options, clock: () => later });
    const opened = await left.open(id);
    assert.ok(opened instanceof SqliteAccount);
    const compare = async (): Promise<void> => {
      const found = await contents(opened);
      for (const body of found) assert.ok(sent.some((one) => one.equals(body)));
      for (const body of promised) assert.ok(found.some((one) => one.equals(body)));
    };
    await compare();
    if (sweeps) {
      await sweep(opened.engine);
      later += 2 * hour;
      await sweep(opened.engine);
      await compare();
      const named = opened.engine.writer.connection
        .prepare('SELECT name FROM body_file')
        .pluck()
        .all();
      const kept = await readdir(join(folder(root), 'bodies')).catch(() => []);
      assert.deepEqual(new Set(kept), new Set(named));
    }
    await opened[Symbol.asyncDispose]();
    await left[Symbol.asyncDispose]();
    await rm(root, { recursive: true });
  }

  test('it comes in: file, folder, transaction', async () => {
    for (let n = 0; n < 2; n++) {
      const body = largeMessage(chunkBytes + 5000);
      sent.push(body);
      await append(account, body);
      promised.push(body);
    }
    assert.equal(stable.sizes.size, 2);
    // One that is given up.
    const staged = await account.stage(inPieces(largeMessage()));
    await staged[Symbol.asyncDispose]();
    await crash();
    // Making the folder, and for each: open, write twice, sync, sync the folder, sync the transaction; three ways each.
    assert.ok(crashes >= 3 * (1 + 6 + 6 + 5), String(crashes));
  });

  test('it is packed, and its file goes', async () => {
    const body = largeMessage(chunkBytes + 5000);
    sent.push(body);
    await append(account, body);
    promised.push(body);
    now += packAfterMs;
    await sweep(account.engine);
    now += packAfterMs;
    // The copies are not swept after each step of a sweep: that is long, and the first test does it.
    sweepsToo = false;
    const { queue } = account.engine;
    const submit = queue.submit.bind(queue);
    queue.submit = (job, signal) => after(() => submit(job, signal));
    await sweep(account.engine);
    now += 2 * hour;
    await sweep(account.engine);
    assert.deepEqual(await readdir(join(folder(directory), 'bodies')), []);
    sweepsToo = true;
    await crash();
    assert.deepEqual(await contents(account), [body]);
  });

  test('it is forgotten, and its file goes', async () => {
    const body = largeMessage(chunkBytes + 5000);
    sent.push(body);
    await append(account, body);
    const inbox = await inboxOf(account);
    const all = NumberSet.of([asUid(1)]);
    await account.flag(inbox, all, { mode: 'add', flags: [flag('\\Deleted')] });
    await account.expunge(inbox, all);
    now += vanishedRetentionMs + 1;
    // The copies are not swept after each step of a sweep: that is long, and the first test does it.
    sweepsToo = false;
    const { queue } = account.engine;
    const submit = queue.submit.bind(queue);
    queue.submit = (job, signal) => after(() => submit(job, signal));
    await sweep(account.engine);
    now += 2 * hour;
    await sweep(account.engine);
    assert.deepEqual(await readdir(join(folder(directory), 'bodies')), []);
    sweepsToo = true;
    await crash();
  });
});
