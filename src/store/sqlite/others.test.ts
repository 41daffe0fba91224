/** Two stores on one directory in one process stand for two processes: SQLite sees two connections either way. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { flag } from '../../model/flag.ts';
import { type AccountId, asUid, type MailboxId, type ModSeq } from '../../model/ids.ts';
import { mailboxName } from '../../model/mailbox-name.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Bus, BusMember } from '../bus.ts';
import type { Account, MailboxView, Store } from '../store.ts';
import type { SqliteAccount } from './account.ts';
import { openSqliteStore } from './store.ts';

/** What one publishes the others hear when `deliver` says so. */
class TestBus {
  readonly #members = new Map<BusMember, number>();
  readonly waiting: (() => void)[] = [];

  of(process: number): Bus {
    return {
      alone: false,
      join: (_, member) => {
        this.#members.set(member, process);
        return {
          publish: (modSeq: ModSeq) => {
            for (const [other, owner] of this.#members)
              if (owner !== process) this.waiting.push(() => other.heard(modSeq));
          },
          [Symbol.dispose]: () => void this.#members.delete(member),
        };
      },
    };
  }

  deliver(): void {
    for (const hint of this.waiting.splice(0)) hint();
  }
}

let directory: string;
let bus: TestBus;
let stores: Store[];
let accounts: Account[];
let syncs: number[];
let inbox: MailboxId;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restante-others-'));
  bus = new TestBus();
  [stores, accounts, syncs] = [[], [], []];
  let id: AccountId | undefined;
  for (const process of [0, 1]) {
    syncs.push(0);
    const store = await openSqliteStore({
      directory,
      limits: defaultLimits,
      logger: silent,
      bus: bus.of(process),
      onSync: () => (syncs[process]! += 1),
    });
    stores.push(store);
    id ??= (await store.directory.add({ address: 'anna@example.org', passwordHash: 'h' })).id;
    accounts.push(await store.open(id));
  }
  inbox = (await accounts[0]!.mailboxes()).find(({ name }) => name === 'INBOX')!.id;
  await accounts[1]?.refresh?.();
});

afterEach(async () => {
  for (const store of stores) await store[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function append(account: Account, size = 100): Promise<void> {
  async function* content(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`Subject: x\r\n\r\n`);
    yield crypto.getRandomValues(new Uint8Array(Math.min(size, 65_536)));
    for (let left = size - 65_536; left > 0; left -= 65_536)
      yield crypto.getRandomValues(new Uint8Array(65_536));
  }
  await using staged = await account.stage(content());
  const internalDate = { epochSeconds: 0, zoneMinutes: 0 };
  await account.append(inbox, [{ staged, flags: [], internalDate }]);
}

test('what another process was answered is here after a refresh, which is nothing when there is nothing', async () => {
  const [here, there] = accounts as [Account, Account];
  await using view = await here.view(inbox);
  assert.equal(here.refresh?.(), undefined);
  await append(there);
  const refreshing = here.refresh?.();
  // The file system's sign may have been quicker.
  assert.ok(refreshing !== undefined || view.count === 1);
  await refreshing;
  assert.equal(view.count, 1);
  assert.equal(here.refresh?.(), undefined);
  // Our own writes are no news.
  await append(here);
  assert.equal(here.refresh?.(), undefined);
  await there.create(mailboxName('new'));
  await here.refresh?.();
  assert.ok((await here.mailboxes()).some(({ name }) => name === 'new'));
});

test('who only writes need not know of messages, but of names', async () => {
  const [here, there] = accounts as [Account, Account];
  await append(there);
  assert.equal(here.refresh?.('names'), undefined);
  await append(here);
  assert.equal((await here.mailboxes()).find(({ id }) => id === inbox)?.messages, 2);
  await there.rename(mailboxName('Sent'), mailboxName('Gone'));
  await here.refresh?.('names');
  const names = (await here.mailboxes()).map(({ name }) => name);
  assert.ok(names.includes(mailboxName('Gone')) && !names.includes(mailboxName('Sent')));
  const { id } = await there.create(mailboxName('new'));
  await append(there);
  await here.refresh?.('names');
  await there.remove(mailboxName('new'));
  await here.refresh?.('names');
  assert.ok((await here.mailboxes()).every((mailbox) => mailbox.id !== id));
});

async function rest({ engine }: SqliteAccount): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  engine.queue.pause(async () => {
    engine.writer.close();
    engine.rest.shrink();
    resolve();
  });
  await promise;
}

test('an account that rests, with the connection that writes closed, sees what others write', async () => {
  const [here, there] = accounts as [SqliteAccount, SqliteAccount];
  await using view = await here.view(inbox);
  for (let count = 1; count < 10; count++) {
    await append(there);
    await here.refresh();
    assert.equal(view.count, count);
    // Each connection counts the writes of others from where it began.
    await rest(here);
    await here.refresh();
    assert.equal(view.count, count);
    if (count % 3 > 0) continue;
    await here.flag(inbox, NumberSet.of([asUid(count)]), { mode: 'add', flags: [flag('\\Seen')] });
    await rest(here);
  }
});

test('pieces of a large message are no news', async () => {
  const [here, there] = accounts as [Account, Account];
  async function* content(): AsyncGenerator<Uint8Array> {
    for (let piece = 0; piece < 20; piece++) yield crypto.getRandomValues(new Uint8Array(65_536));
  }
  await using _ = await there.stage(content());
  await using rows = await there.stage(content(), { cold: true });
  assert.equal(rows.size, 20 * 65_536);
  assert.equal(here.refresh?.(), undefined);
});

test('a hint brings news to those who watch, without a sync of their own', async () => {
  const [here, there] = accounts as [Account, Account];
  await using view = await here.view(inbox);
  let told = Promise.withResolvers<number>();
  view.watch(({ added }) => told.resolve(added));
  let withoutSync = 0;
  // On a busy machine the file system's sign may be quicker than we are, but hardly each time.
  for (let round = 0; round < 10 && withoutSync === 0; round++) {
    told = Promise.withResolvers();
    const before = syncs[0];
    await append(there);
    bus.deliver();
    assert.equal(await told.promise, 1);
    if (syncs[0] === before) withoutSync++;
  }
  assert.equal(withoutSync, 1);
  // Without the hint it is not known whether the disk has it.
  const before = syncs[0]!;
  const { count } = view;
  await append(there);
  await here.refresh?.();
  assert.equal(view.count, count + 1);
  assert.equal(syncs[0], before + 1);
});

test('as long as one process has an account open its WAL stays the same file, which is opened once to be synced', async () => {
  const [here] = accounts as [Account];
  await append(here);
  const [folder] = await readdir(join(directory, 'accounts'));
  const wal = (): Promise<number> =>
    stat(join(directory, 'accounts', folder!, 'mail.db-wal')).then(({ ino }) => ino);
  const before = await wal();
  await stores.pop()![Symbol.asyncDispose]();
  assert.equal(await wal(), before);
  await append(here);
  assert.equal(await wal(), before);
});

test('\\Recent is taken once by all together', async () => {
  const [here, there] = accounts as [Account, Account];
  await append(here);
  await there.refresh?.();
  await using view = await here.view(inbox);
  await using other = await there.view(inbox);
  assert.equal(view.takeRecent(), 1);
  // Not awaited by anybody: the next write comes behind it.
  await here.subscribe(mailboxName('x'), true);
  await there.refresh?.();
  assert.equal(other.takeRecent(), 2);
});

function picture(view: MailboxView): unknown[] {
  return Array.from({ length: view.count }, (_, row) => {
    const { uid, flags, modSeq } = view.entry(row);
    return [uid, [...flags.flags].sort().join(' '), modSeq];
  });
}

test('after any writes here and there, both show the same', async () => {
  const names = ['\\Seen', '\\Deleted', 'a', 'b', 'c', 'd'].map(flag);
  const views = await Promise.all(accounts.map((account) => account.view(inbox)));
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const write = async (account: Account): Promise<void> => {
    const first = asUid(1 + random(60));
    const uids = NumberSet.ofRanges([{ first, last: asUid(first + random(5)) }]);
    const mode = (['add', 'remove', 'replace'] as const)[random(3)]!;
    const flags = [names[random(names.length)]!, names[random(names.length)]!];
    const what = random(6);
    if (what < 2) await append(account, random(20) === 0 ? 300_000 : 50);
    else if (what < 4) await account.flag(inbox, uids, { mode, flags });
    else if (what < 5) await account.expunge(inbox, uids);
    else await account.copy(inbox, uids, inbox);
  };
  for (let step = 0; step < 150; step++) {
    // Sometimes both at once, sometimes with hints that come late or never.
    await Promise.all(accounts.filter(() => random(2) === 0).map(write));
    if (random(3) === 0) bus.deliver();
    else if (random(2) === 0) bus.waiting.length = 0;
    for (const account of accounts) await account.refresh?.();
    assert.deepEqual(picture(views[0]!), picture(views[1]!));
    assert.deepEqual(await accounts[0]!.mailboxes(), await accounts[1]!.mailboxes());
  }
  assert.ok(views[0]!.count > 10);
  for (const view of views) await view[Symbol.asyncDispose]();
});
