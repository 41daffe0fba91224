import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { defaultLimits } from '../src/base/limits.ts';
import { silent } from '../src/base/logger.ts';
import { asUid } from '../src/model/ids.ts';
import type { EntryName } from '../src/model/metadata.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import type { Store } from '../src/store/store.ts';
import { append, mailbox, name, newAccount, read } from './store-contract/context.ts';
import type { Opened, OpenOptions } from './store-contract/context.ts';
import { storeContract } from './store-contract/suite.ts';

interface OnDisk extends Opened {
  readonly directory: string;
}

async function open({ limits = {}, quota, clock }: OpenOptions = {}): Promise<OnDisk> {
  const directory = await mkdtemp(join(tmpdir(), 'restante-store-'));
  const options = {
    directory,
    limits: { ...defaultLimits, ...limits },
    quota,
    logger: silent,
    ...(clock && { clock }),
  };
  let store: Store = await openSqliteStore(options);
  return {
    directory,
    get store() {
      return store;
    },
    async reopen() {
      await store[Symbol.asyncDispose]();
      return (store = await openSqliteStore(options));
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

storeContract({ name: 'SQLite', open });

const program = fileURLToPath(import.meta.resolve('./store-contract/second-process.ts'));
const metadataProgram = fileURLToPath(import.meta.resolve('./store-contract/metadata-process.ts'));

function secondProcess(...args: string[]): ChildProcess & { lines: string[] } {
  return start(program, args);
}

function start(path: string, args: readonly string[]): ChildProcess & { lines: string[] } {
  const child = spawn(process.execPath, [path, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let rest = '';
  const lines: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  return Object.assign(child, { lines });
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 1000) assert.fail(`waited too long for ${what}`);
    await sleep(5);
  }
}

describe('several processes on one SQLite store', () => {
  test('what another process writes is told here without anybody asking', async () => {
    await using opened = await open();
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await append(account, id, ['mine']);
    await using view = await account.view(id);
    let added = 0;
    const hints: unknown[] = [];
    view.watch((delta) => (added += delta.added));
    account.watch((hint) => hints.push(hint.mailbox));
    const [record] = await opened.store.directory.list();
    const child = secondProcess(opened.directory, record?.address ?? '', '5', '2');
    // Both write at once; each waits for the other's lock.
    while (child.exitCode === null) {
      await append(account, id, ['mine too']);
      await sleep(2);
    }
    assert.equal(child.exitCode, 0);
    await until(
      () =>
        view.mailbox.messages === view.count &&
        child.lines.every((line) => view.row(asUid(Number.parseInt(line))) >= 0),
      'the rows',
    );
    assert.ok(hints.includes(id));
    assert.equal(added, view.count - 1);
    assert.equal(child.lines.length, 5);
    for (const line of child.lines) {
      const [uid, subject] = line.split(' ');
      const bytesRead = await read(account, view, view.row(asUid(Number(uid))));
      assert.ok(bytesRead.includes(`Subject: ${subject}\r\n`));
    }
  });

  test('a new account, and a mailbox made elsewhere, are seen', async () => {
    await using opened = await open();
    const account = await newAccount(opened);
    const other = await openSqliteStore({
      directory: opened.directory,
      limits: defaultLimits,
      logger: silent,
    });
    await other.directory.add({ address: 'late@example.org', passwordHash: 'h' });
    assert.ok(await opened.store.directory.find('late@example.org'));
    const theirs = await other.open(account.id);
    const start = account.modSeq;
    const made = await theirs.create(name('made/elsewhere'));
    await theirs.subscribe(name('Junk'), false);
    await until(() => account.modSeq === start + 2, 'the clock');
    assert.equal((await mailbox(account, 'made/elsewhere')).id, made.id);
    assert.equal((await mailbox(account, 'Junk')).subscribed, false);
    await theirs.remove(name('made/elsewhere'));
    await until(() => account.modSeq === start + 3, 'the clock');
    assert.ok(!(await account.mailboxes()).some(({ id }) => id === made.id));
    await other[Symbol.asyncDispose]();
  });

  test('kill -9 in the middle of setting metadata loses nothing that was acknowledged, and nothing half', async () => {
    await using opened = await open();
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const [record] = await opened.store.directory.list();
    const entries = ['/private/count', '/private/even'] as readonly string[] as EntryName[];
    for (const wait of [10, 25]) {
      const child = start(metadataProgram, [opened.directory, record?.address ?? '']);
      await until(() => child.lines.length > wait, 'numbers');
      child.kill('SIGKILL');
      await once(child, 'close');
      const said = Number(child.lines.at(-1));
      await account.refresh?.();
      const found = new Map<string, number>();
      for await (const { name: entry, value } of account.metadata(id, { entries }))
        found.set(entry, Number(Buffer.from(value ?? []).toString()));
      const count = found.get('/private/count') ?? 0;
      assert.ok(count === said || count === said + 1, `${count} of ${said}`);
      assert.equal(found.get('/private/even'), count % 2 === 0 ? count : undefined);
    }
  });

  test('kill -9 in the middle of appending loses nothing that was acknowledged', async () => {
    await using opened = await open();
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const [record] = await opened.store.directory.list();
    await account[Symbol.asyncDispose]();
    const acknowledged = new Map<number, string>();
    let highest = 0;
    for (const wait of [10, 25]) {
      const child = secondProcess(opened.directory, record?.address ?? '', '1000000', '20');
      await until(() => child.lines.length > 20, 'the first messages');
      await sleep(wait);
      child.kill('SIGKILL');
      await once(child, 'close');
      for (const line of child.lines) {
        const [uid, subject = ''] = line.split(' ');
        assert.ok(Number(uid) > 0 && !acknowledged.has(Number(uid)), 'no UID was given twice');
        acknowledged.set(Number(uid), subject);
      }
      assert.ok(
        Math.min(...child.lines.map((line) => Number.parseInt(line))) > highest,
        'UIDs only grow',
      );
      await opened.reopen();
      const again = await opened.store.open(account.id);
      await using view = await again.view(id);
      highest = view.mailbox.uidNext - 1;
      for (const [uid, subject] of acknowledged) {
        const row = view.row(asUid(uid));
        assert.ok(row >= 0, `UID ${uid} is there`);
        assert.ok((await read(again, view, row)).includes(`Subject: ${subject}\r\n`));
      }
    }
    assert.ok(acknowledged.size > 40);
  });
});
