/**
 * The power fails: all system calls of a program that writes to a store are read, and what a disk would hold at any moment is made of
 * them, with whatever was not synced lost, kept or torn at random. What the store had said it keeps is there.
 * `RESTANTE_TEST_POWER_LOSSES` sets how often, `RESTANTE_TEST_SEED` what happens.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { defaultLimits } from '../../src/base/limits.ts';
import { silent } from '../../src/base/logger.ts';
import { flag } from '../../src/model/flag.ts';
import type { AccountId } from '../../src/model/ids.ts';
import { mailboxName } from '../../src/model/mailbox-name.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import type { Account, MailboxView } from '../../src/store/store.ts';
import { LossyDisk } from './support/lossy-disk.ts';
import { luckOf } from './support/luck.ts';
import { message } from './support/messages.ts';
import { run } from './support/run.ts';
import { type FileCall, parseCalls, tracedCalls } from './support/system-calls.ts';

const losses = Number(process.env['RESTANTE_TEST_POWER_LOSSES'] ?? 150);
const seed = Number(process.env['RESTANTE_TEST_SEED'] ?? 1);
const flagged = flag('\\Flagged');
const writer = join(import.meta.dirname, 'support/power-writer.ts');

/** What the store has said so far. */
class Promises {
  account: string | undefined;
  /** What a message was made of, by UID. */
  readonly appended = new Map<number, readonly [n: number, lines: number]>();
  readonly flagged = new Set<number>();
  /** May be gone, and have to be gone. */
  readonly expunging = new Set<number>();
  readonly expunged = new Set<number>();
  readonly created = new Set<string>();

  hear(text: string): void {
    const [word, first = '', ...rest] = text.split(' ');
    const [n = 0, lines = 0] = rest.map(Number);
    if (word === 'account') this.account = first;
    else if (word === 'appended') this.appended.set(Number(first), [n, lines]);
    else if (word === 'created') this.created.add(first);
    else if (word === 'flagged' || word === 'expunging' || word === 'expunged')
      this[word].add(Number(first));
    else assert.fail(text);
  }
}

/** Every system call that the writer made on files of its store. */
async function record(directory: string): Promise<FileCall[]> {
  const [log, store] = [join(directory, 'calls'), join(directory, 'store')];
  const words = `-f -qq -y --seccomp-bpf --strings-in-hex=all -s 600000 -e signal=none -e trace=${tracedCalls} -o`;
  const program = [process.execPath, writer, store, String(seed), '6'];
  await run('strace', words.split(' ').concat(log, program), {
    timeoutMs: 240_000,
    environment: { UV_USE_IO_URING: '0', NODE_COMPILE_CACHE: '' },
  });
  return parseCalls(readFileSync(log, 'latin1'), directory).filter(
    (call) => call.kind === 'said' || call.path.startsWith(store),
  );
}

async function bytesOf(account: Account, view: MailboxView, row: number): Promise<string> {
  const content = await account.content(view.message(row));
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.read(0, content.size)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('latin1');
}

/** Opens what is left and compares it with what was said. */
async function verify(directory: string, promises: Promises): Promise<void> {
  await using store = await openSqliteStore({ directory, limits: defaultLimits, logger: silent });
  if (promises.account === undefined) return;
  const id = promises.account as AccountId;
  assert.equal((await store.directory.find('anna@example.org'))?.id, id);
  await using account = await store.open(id);
  for (const name of promises.created)
    assert.ok(await account.mailbox(mailboxName(name)), `mailbox ${name} is gone`);
  const inbox = await account.mailbox(mailboxName('INBOX'));
  assert.ok(inbox);
  const view = await account.view(inbox.id);
  for (const [uid, [n, lines]] of promises.appended) {
    const row = view.row(uid as Parameters<MailboxView['row']>[0]);
    if (row < 0) assert.ok(promises.expunging.has(uid), `UID ${uid} is gone`);
    else {
      assert.ok(!promises.expunged.has(uid), `UID ${uid} is back`);
      assert.equal(await bytesOf(account, view, row), message(n, lines), `UID ${uid} has changed`);
      if (promises.flagged.has(uid))
        assert.ok(view.flags(row).flags.includes(flagged), `UID ${uid} is not flagged`);
    }
  }
  // Whatever else is there is whole too.
  for (let row = 0; row < view.count; row++)
    assert.equal((await bytesOf(account, view, row)).length, view.size(row));
  await view[Symbol.asyncDispose]();
}

test(
  `what the store has said it keeps survives ${losses} power losses (seed ${seed})`,
  { timeout: 1_200_000 },
  async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'restante-power-'));
    try {
      const calls = await record(directory);
      const disk = new LossyDisk(join(directory, 'store'), calls);
      const luck = luckOf(seed + 1);
      const last = calls.at(-1)!.ended;
      for (let loss = 0; loss < losses; loss++) {
        const at = Math.ceil(luck() * (last + 1));
        const promises = new Promises();
        for (const call of calls)
          if (call.kind === 'said' && call.ended < at) promises.hear(call.text);
        const left = join(directory, 'left');
        disk.crash(at, left, luck);
        try {
          await verify(left, promises);
          if (promises.account !== undefined) checkPages(left, promises.account);
        } catch (error) {
          throw new Error(`the power failed at call ${at}: ${(error as Error).message}`, {
            cause: error,
          });
        }
        rmSync(left, { recursive: true });
      }
      const said = calls.filter(({ kind }) => kind === 'said').length;
      t.diagnostic(`${calls.length} system calls, ${said} promises`);
      assert.ok(said > 150 && calls.length > said * 3, 'there was something to lose');
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
);

function checkPages(directory: string, account: string): void {
  const database = new Database(join(directory, 'accounts', account, 'mail.db'));
  try {
    assert.equal(database.pragma('integrity_check', { simple: true }), 'ok');
  } finally {
    database.close();
  }
}
