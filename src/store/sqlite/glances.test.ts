import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { deleted, flagged, seen, type Flag } from '../../model/flag.ts';
import { asUid, type AccountId, type Uid } from '../../model/ids.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Entry } from '../change.ts';
import type { Glance, Mailbox, MailboxView, Store } from '../store.ts';
import { SqliteAccount } from './account.ts';
import { openSqliteStore } from './store.ts';

/** An account whose INBOX is opened again and again by somebody whose server has just started. */
class Fixture {
  readonly #directory: string;
  #store: Store;
  #id!: AccountId;
  account!: SqliteAccount;

  private constructor(directory: string, store: Store) {
    this.#directory = directory;
    this.#store = store;
  }

  static async make(): Promise<Fixture> {
    const directory = await mkdtemp(join(tmpdir(), 'restante-glances-'));
    const fixture = new Fixture(directory, await open(directory));
    const { id } = await fixture.#store.directory.add({ address: 'a@a', passwordHash: 'h' });
    fixture.#id = id;
    await fixture.#account();
    return fixture;
  }

  async #account(): Promise<void> {
    const account = await this.#store.open(this.#id);
    assert.ok(account instanceof SqliteAccount);
    this.account = account;
  }

  async restart(): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
    this.#store = await open(this.#directory);
    await this.#account();
  }

  async inbox(): Promise<Mailbox> {
    const found = (await this.account.mailboxes()).find(({ name }) => name === 'INBOX');
    assert.ok(found);
    return found;
  }

  async append(flags: readonly Flag[]): Promise<void> {
    await using staged = await this.account.stage(text());
    const internalDate = { epochSeconds: 5, zoneMinutes: 60 };
    await this.account.append((await this.inbox()).id, [{ staged, flags, internalDate }]);
  }

  /** At least so many messages, all alike. */
  async many(count: number, flags: readonly Flag[]): Promise<void> {
    await this.append(flags);
    const { id } = await this.inbox();
    for (let there = 1; there < count; there *= 2) await this.account.copy(id, everything, id);
  }

  async flag(uids: NumberSet<Uid>, mode: 'add' | 'remove', name: Flag): Promise<void> {
    await this.account.flag((await this.inbox()).id, uids, { mode, flags: [name] });
  }

  async expunge(uids: NumberSet<Uid>): Promise<void> {
    await this.flag(uids, 'add', deleted);
    await this.account.expunge((await this.inbox()).id, uids);
  }

  async glance(readOnly = false): Promise<Glance | undefined> {
    return this.account.glance((await this.inbox()).id, { readOnly, numbers: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store[Symbol.asyncDispose]();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function open(directory: string): Promise<Store> {
  return openSqliteStore({ directory, limits: defaultLimits, logger: silent, sync: 'relaxed' });
}

async function* text(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('Subject: x\r\n\r\nx\r\n');
}

function uids(first: number, last = first): NumberSet<Uid> {
  return NumberSet.ofRanges([{ first: asUid(first), last: asUid(last) }]);
}
const everything = uids(1, 0xffff_ffff);

function entries(view: MailboxView): Entry[] {
  return Array.from({ length: view.count }, (_, row) => view.entry(row));
}

test('a glance tells what the view would, and leaves it to those who have the view', async () => {
  await using fixture = await Fixture.make();
  for (const flags of [[seen], [seen], [], [seen]]) await fixture.append(flags);
  const reading = await fixture.glance(true);
  assert.deepEqual([reading?.recent, reading?.firstRecentUid, reading?.firstUnseen], [4, 1, 3]);
  const first = await fixture.glance();
  assert.deepEqual([first?.recent, first?.firstRecentUid], [4, 1]);
  await fixture.append([]);
  const second = await fixture.glance();
  assert.deepEqual([second?.recent, second?.firstRecentUid, second?.firstUnseen], [1, 5, 3]);
  await using view = await second!.view();
  assert.equal(view.firstUnseenRow, 2);
  assert.equal(view.takeRecent(), 6);
  assert.equal(await fixture.glance(), undefined);
});

test('what went between a glance and its view is told as it was', async () => {
  await using fixture = await Fixture.make();
  for (let count = 0; count < 6; count++) await fixture.append(count % 2 === 0 ? [seen] : []);
  const before = entries(await fixture.account.view((await fixture.inbox()).id));
  await fixture.restart();
  const glance = await fixture.glance();
  assert.ok(glance);
  assert.deepEqual(glance.gone(), []);
  await fixture.expunge(uids(2));
  await fixture.append([]);
  await fixture.flag(uids(3), 'add', flagged);
  await fixture.expunge(uids(5, 7));
  await fixture.append([]);
  await using view = await glance.view();
  const known = entries(view).filter(({ uid }) => uid < glance.mailbox.uidNext);
  const gone = glance.gone();
  assert.deepEqual(
    gone.map(({ uid }) => uid),
    [2, 5, 6],
  );
  for (const { modSeq, flags, ...rest } of gone) {
    const was = before.find(({ uid }) => uid === rest.uid)!;
    assert.deepEqual({ ...was, ...rest }, was);
    assert.ok(flags.has(deleted) && modSeq <= glance.mailbox.highestModSeq);
    assert.equal(flags.has(seen), was.flags.has(seen));
  }
  assert.equal(known.length + gone.length, glance.mailbox.messages);
});

test('the first message not seen is found deep in a large mailbox, whatever happened since it was loaded', async () => {
  await using fixture = await Fixture.make();
  await fixture.many(4096, [seen]);
  await fixture.flag(uids(4000), 'remove', seen);
  await fixture.restart();
  // Nobody has looked at it, and so many messages are not looked through.
  assert.equal(await fixture.glance(), undefined);
  const told = async (): Promise<number | undefined> => {
    await fixture.restart();
    const glance = await fixture.glance();
    await using view = await fixture.account.view((await fixture.inbox()).id);
    if (glance !== undefined) assert.equal(glance.firstUnseen, view.firstUnseenRow + 1);
    return glance?.firstUnseen;
  };
  await told();
  assert.equal(await told(), 4000);
  await fixture.expunge(uids(11, 20));
  assert.equal(await told(), 3990);
  await fixture.flag(uids(4000), 'add', seen);
  await fixture.append([]);
  assert.equal(await told(), 4087);
  // Before the place that is known: looked for from the beginning.
  await fixture.flag(uids(30), 'remove', seen);
  assert.equal(await told(), 20);
  await fixture.flag(everything, 'add', seen);
  assert.equal(await told(), 0);
});
