/**
 * `node bench/openings.ts`: what it costs to open an account that is not open, in this process, without a server. The figures of
 * docs/decisions/0016, 0017 and 0025 come from it, those of 0018 on syncing from `--sync`. `--writes` has the first and further writes of
 * accounts that stay open.
 */
import { closeSync, cpSync, fdatasync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { defaultLimits } from '../src/base/limits.ts';
import { silent } from '../src/base/logger.ts';
import { utc } from '../src/model/date-time.ts';
import { flag } from '../src/model/flag.ts';
import { type AccountId, asUid } from '../src/model/ids.ts';
import { inbox } from '../src/model/mailbox-name.ts';
import { NumberSet } from '../src/model/number-set.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import type { Account, MailboxView, Store } from '../src/store/store.ts';
import { message } from './messages.ts';
import { median, percentile } from './statistics.ts';

const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '300' },
    rounds: { type: 'string', default: '3' },
    directory: { type: 'string', default: tmpdir() },
    sync: { type: 'boolean', default: false },
    writes: { type: 'boolean', default: false },
  },
});
const count = Number(values.accounts);
/** Stamps of files are not believed at once; and the last accounts are closed within so long. */
const restMs = 200;
/** In each account. */
const messages = 10;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

type Work = (account: Account, view: MailboxView) => Promise<unknown>;

async function deliver(account: Account, number: number): Promise<void> {
  async function* content(): AsyncGenerator<Uint8Array> {
    yield message(number, { bytes: 4096, exact: true });
  }
  const box = await account.mailbox(inbox);
  await using staged = await account.stage(content());
  await account.append(box!.id, [{ staged, flags: [], internalDate: utc(1e9) }]);
}

async function change(account: Account, number: number): Promise<void> {
  const box = await account.mailbox(inbox);
  const uids = NumberSet.of([asUid(1 + (number % messages))]);
  await account.flag(box!.id, uids, { mode: 'add', flags: [flag('\\Flagged')] });
}

const works: Readonly<Record<string, Work>> = {
  'opening, viewing INBOX, closing': async () => undefined,
  '… with a change of flags': async (account) => await change(account, 0),
  '… with a delivery': async (account) => await deliver(account, 7),
};

async function fill(store: Store): Promise<void> {
  const lane = async (first: number): Promise<void> => {
    for (let number = first; number < count; number += 8) {
      const address = `a${number}@bench.test`;
      const { id } = await store.directory.add({ address, passwordHash: 'none' });
      await using account = await store.open(id);
      for (let one = 0; one < messages; one += 1) await deliver(account, one);
    }
  };
  await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(lane));
}

async function make(directory: string): Promise<void> {
  const store = await openSqliteStore({ directory, limits: defaultLimits, logger: silent });
  await fill(store);
  await store[Symbol.asyncDispose]();
}

async function visit(store: Store, id: AccountId, work: Work): Promise<void> {
  await using account = await store.open(id, { soon: inbox });
  const box = await account.mailbox(inbox);
  await using view = await account.view(box!.id);
  view.takeRecent();
  await work(account, view);
}

/** Each account in turn, so few staying open that none is found open. */
async function openings(filled: string): Promise<void> {
  for (const [what, work] of Object.entries(works)) {
    const directory = mkdtempSync(join(values.directory, 'restante-openings-'));
    cpSync(filled, directory, { recursive: true });
    await wait(restMs);
    const limits = { ...defaultLimits, idleAccountsBytesMax: 1024 * 1024 };
    const store = await openSqliteStore({ directory, limits, logger: silent });
    const ids = (await store.directory.list()).map(({ id }) => id);
    for (let round = 1; round <= Number(values.rounds); round += 1) {
      const times: number[] = [];
      const before = process.cpuUsage();
      for (const id of ids) {
        const start = performance.now();
        await visit(store, id, work);
        times.push(performance.now() - start);
        // Those before it are closed meanwhile.
        await nextTurn();
      }
      await wait(restMs);
      const { user, system } = process.cpuUsage(before);
      const cpu = ((user + system) / 1000 / count).toFixed(2);
      const [middle, low] = [median(times), percentile(times, 0.25)].map((ms) => ms.toFixed(2));
      say(`${what}, round ${round}: CPU ${cpu} ms, time ${middle} ms, lower quartile ${low}`);
    }
    await store[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  }
}

/** So many accounts are written to at a time. */
const lanes = 10;
/** Until all connections that write are closed since nobody writes. */
const quietMs = 13_000;

/** Does it in each account, some at a time. */
async function inEach(
  what: string,
  ids: readonly AccountId[],
  one: (id: AccountId) => Promise<void>,
): Promise<void> {
  const times: number[] = [];
  let next = 0;
  const before = process.cpuUsage();
  const thread = process.threadCpuUsage();
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let id = ids[next++]; id !== undefined; id = ids[next++]) {
        const start = performance.now();
        await one(id);
        times.push(performance.now() - start);
      }
    }),
  );
  const { user, system } = process.cpuUsage(before);
  const own = process.threadCpuUsage(thread);
  const each = (cpu: number): string => (cpu / 1000 / ids.length).toFixed(3);
  say(
    `${what}: CPU ${each(user + system)} ms, of the main thread ${each(own.user + own.system)}, time ${median(times).toFixed(2)} ms`,
  );
}

/** What the first and later writes of an account cost that stays open: with a session that has viewed it, and without one. */
async function writes(): Promise<void> {
  for (const isViewed of [true, false]) {
    const directory = mkdtempSync(join(values.directory, 'restante-openings-'));
    // Not a copy: whoever empties a WAL leaves a mark for the first write that nobody believes of a copy.
    await make(directory);
    await wait(restMs);
    const store = await openSqliteStore({ directory, limits: defaultLimits, logger: silent });
    const ids = (await store.directory.list()).map(({ id }) => id);
    const sessions = new Map<AccountId, AsyncDisposableStack>();
    if (isViewed)
      await inEach('opening and viewing INBOX', ids, async (id) => {
        const stack = new AsyncDisposableStack();
        const account = stack.use(await store.open(id, { soon: inbox }));
        const box = await account.mailbox(inbox);
        stack.use(await account.view(box!.id));
        sessions.set(id, stack);
      });
    const kinds = { 'change of flags': change, delivery: deliver };
    for (const [kind, work] of Object.entries(kinds).slice(isViewed ? 0 : 1)) {
      for (const [number, which] of ['first', 'second', 'third', 'rested'].entries()) {
        if (which === 'rested') await wait(quietMs);
        await inEach(`${isViewed ? 'viewed' : 'not open'}: ${which} ${kind}`, ids, async (id) => {
          await using account = await store.open(id, { toWrite: true });
          await work(account, number);
        });
      }
    }
    for (const stack of sessions.values()) await stack.disposeAsync();
    await store[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  }
}

/** A page and its sync, 1,200 times: at the end of a file, and over zeros that are there. */
async function syncs(): Promise<void> {
  const pages = 1200;
  const page = Buffer.alloc(8216, 1);
  const path = join(mkdtempSync(join(values.directory, 'restante-syncs-')), 'file');
  for (const what of ['appended', 'over zeros']) {
    const file = openSync(path, what === 'appended' ? 'w' : 'r+');
    if (what !== 'appended')
      for (let at = 0; at < pages; at += 1) writeSync(file, Buffer.alloc(8216), 0, 8216, at * 8216);
    await promisify(fdatasync)(file);
    const times: number[] = [];
    const before = process.cpuUsage();
    for (let at = 0; at < pages; at += 1) {
      const start = performance.now();
      writeSync(file, page, 0, page.length, at * page.length);
      await promisify(fdatasync)(file);
      times.push((performance.now() - start) * 1000);
    }
    const { user, system } = process.cpuUsage(before);
    const cpu = Math.round((user + system) / pages);
    say(`a page ${what} and synced: ${Math.round(median(times))} µs, CPU ${cpu} µs`);
    closeSync(file);
  }
  rmSync(join(path, '..'), { recursive: true });
}

if (values.sync) {
  await syncs();
} else if (values.writes) {
  await writes();
} else {
  const filled = mkdtempSync(join(values.directory, 'restante-openings-'));
  await make(filled);
  await openings(filled);
  rmSync(filled, { recursive: true });
}
