import assert from 'node:assert/strict';
import { chmod, copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { flag } from '../../model/flag.ts';
import { type AccountId, asUid } from '../../model/ids.ts';
import { mailboxName } from '../../model/mailbox-name.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Mailbox, Store } from '../store.ts';
import { SqliteAccount } from './account.ts';
import { entryColumns } from './columns.ts';
import type { SharedView } from './shared-view.ts';
import { openSqliteStore } from './store.ts';
import { sweep } from './sweep.ts';

const day = 24 * 60 * 60 * 1000;
const received = { epochSeconds: 0, zoneMinutes: 0 };

async function* message(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`Subject: ${text}\r\n\r\n`);
}

/** A store with one account whose INBOX is looked at, and its files. */
class Fixture {
  readonly directory: string;
  now = Date.now();
  store: Store;
  id!: AccountId;
  readonly warnings: unknown[] = [];
  account!: SqliteAccount;

  private constructor(directory: string, store: Store) {
    this.directory = directory;
    this.store = store;
  }

  static async make(): Promise<Fixture> {
    const directory = await mkdtemp(join(tmpdir(), 'restante-columns-'));
    const fixture = new Fixture(directory, undefined as never);
    fixture.store = await fixture.#openStore();
    const password = { address: 'anna@example.org', passwordHash: 'h' };
    fixture.id = (await fixture.store.directory.add(password)).id;
    await fixture.open();
    return fixture;
  }

  #openStore(): Promise<Store> {
    const { directory } = this;
    const logger = { ...silent, warn: (fields: unknown) => this.warnings.push(fields) };
    const options = { directory, limits: defaultLimits, logger, clock: () => this.now };
    return openSqliteStore(options);
  }

  async open(): Promise<void> {
    const account = await this.store.open(this.id);
    assert.ok(account instanceof SqliteAccount);
    // So few rows would be read from the sealed file.
    account.engine.reader.open();
    this.account = account;
  }

  async reopen(between: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    await this.store[Symbol.asyncDispose]();
    await between();
    this.store = await this.#openStore();
    await this.open();
  }

  get mailFile(): string {
    return join(this.directory, 'accounts', this.id, 'mail.db');
  }

  get columnFolder(): string {
    return join(this.directory, 'accounts', this.id, 'columns');
  }

  async inbox(): Promise<Mailbox> {
    const found = (await this.account.mailboxes()).find(({ name }) => name === 'INBOX');
    assert.ok(found);
    return found;
  }

  async append(count: number): Promise<void> {
    await using staged = await this.account.stage(message('x'));
    const one = { staged, flags: [], internalDate: received };
    const { id } = await this.inbox();
    await this.account.append(
      id,
      Array.from({ length: count }, () => one),
    );
  }

  /** The loaded view of INBOX. */
  async view(): Promise<SharedView> {
    await using view = await this.account.view((await this.inbox()).id);
    const shared = this.account.engine.views
      .all()
      .find(({ mailbox }) => mailbox.id === view.mailbox.id);
    assert.ok(shared);
    return shared;
  }

  async save(): Promise<void> {
    await this.account.engine.snapshots.save(await this.view());
  }

  /** The view's columns must be the rows; how many differ from the file they came from, infinite when from none. */
  async check(): Promise<number> {
    const { id, messages } = await this.inbox();
    const glance = this.account.glance(id, { readOnly: true, numbers: true });
    const { columns, key, drift, firstUnseenRow } = await this.view();
    if (glance !== undefined) {
      assert.equal(glance.firstUnseen, firstUnseenRow + 1);
      assert.deepEqual([glance.mailbox.messages, glance.recent], [messages, messages]);
    }
    await this.account.engine.folder.all();
    const database = new Database(this.mailFile, { readonly: true });
    const sql = `SELECT ${entryColumns} FROM entry WHERE mailbox = ? ORDER BY uid`;
    const rows = database.prepare(sql).raw().all(key) as number[][];
    database.close();
    const shown = Array.from({ length: columns.count }, (_, row) =>
      columns.arrays.map((column) => column[row]),
    );
    assert.deepEqual(shown, rows);
    assert.equal(
      firstUnseenRow,
      rows.findIndex((row) => (row[1]! & 8) === 0),
    );
    return drift;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true, force: true });
  }
}

const numbers = (first: number, last = first): NumberSet<ReturnType<typeof asUid>> =>
  NumberSet.ofRanges([{ first: asUid(first), last: asUid(Math.max(first, last)) }]);
const all = numbers(1, 0xffff_ffff);

type Step =
  | { readonly kind: 'append' | 'save' | 'reopen' | 'backup' | 'restore' | 'forget' | 'damage' }
  | {
      readonly kind: 'flag' | 'unflag' | 'expunge' | 'copy' | 'move' | 'save while';
      readonly uids: [number, number];
    };

const uids = fc.tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('append', 'save', 'reopen', 'reopen') }),
  fc.record({ kind: fc.constantFrom('backup', 'restore', 'forget', 'damage') }),
  fc.record({
    kind: fc.constantFrom('flag', 'unflag', 'expunge', 'copy', 'move', 'save while'),
    uids,
  }),
) as fc.Arbitrary<Step>;

async function run(fixture: Fixture, taken: Step): Promise<void> {
  const { account } = fixture;
  const { id } = await fixture.inbox();
  const backup = join(fixture.directory, 'backup');
  const expunge = async (set: typeof all): Promise<void> => {
    await account.flag(id, set, { mode: 'add', flags: [flag('\\Deleted'), flag('kw')] });
    await account.expunge(id, set);
  };
  if ('uids' in taken) {
    const set = numbers(...taken.uids);
    if (taken.kind === 'flag')
      await account.flag(id, set, { mode: 'add', flags: [flag('\\Seen')] });
    if (taken.kind === 'unflag')
      await account.flag(id, set, { mode: 'remove', flags: [flag('\\Seen')] });
    if (taken.kind === 'copy') await account.copy(id, set, id);
    if (taken.kind === 'move') await account.move(id, set, id);
    if (taken.kind === 'expunge') await expunge(set);
    if (taken.kind === 'save while')
      await Promise.all([fixture.save(), account.copy(id, set, id), expunge(set)]);
    return;
  }
  if (taken.kind === 'append') await fixture.append(8);
  if (taken.kind === 'save') await fixture.save();
  if (taken.kind === 'reopen') await fixture.reopen();
  if (taken.kind === 'backup') await fixture.reopen(() => copyFile(fixture.mailFile, backup));
  if (taken.kind === 'restore')
    await fixture.reopen(() => copyFile(backup, fixture.mailFile).catch(() => undefined));
  if (taken.kind === 'forget') {
    fixture.now += 31 * day;
    await sweep(account.engine);
  }
  if (taken.kind === 'damage') await fixture.reopen(() => damage(fixture));
}

async function damage({ columnFolder }: Fixture): Promise<void> {
  for (const name of await readdir(columnFolder).catch(() => [])) {
    const content = await readFile(join(columnFolder, name));
    content[content.length >> 1]! ^= 1;
    await writeFile(join(columnFolder, name), content);
  }
}

describe('column files', () => {
  test('columns from a file, caught up, are what rows would give, whatever happened', async () => {
    const drifts: number[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        await using fixture = await Fixture.make();
        await fixture.append(20);
        for (const taken of steps) {
          await run(fixture, taken);
          drifts.push(await fixture.check());
          if (taken.kind === 'append' && drifts.length % 2 === 0) {
            await fixture.reopen();
            drifts.push(await fixture.check());
          }
          assert.deepEqual(fixture.warnings, []);
        }
      }),
      // What is random may have none that is caught up.
      { numRuns: 25, examples: [[[{ kind: 'save' }, { kind: 'append' }, { kind: 'reopen' }]]] },
    );
    const caughtUp = drifts.filter((drift) => drift > 0 && drift < Infinity);
    assert.ok(caughtUp.length > 0, 'no view was ever caught up from a file');
  });

  test('a file is used, and holds what was saved', async () => {
    await using fixture = await Fixture.make();
    await fixture.append(50);
    await fixture.save();
    await fixture.append(1);
    await fixture.reopen();
    assert.equal(await fixture.check(), 1);
    assert.equal((await stat(fixture.columnFolder)).mode & 0o777, 0o700);
    const [name = ''] = await readdir(fixture.columnFolder);
    assert.equal((await stat(join(fixture.columnFolder, name))).mode & 0o777, 0o600);
  });

  test('a change of flags that is on its way to the disk is not shown, also by a file that is read meanwhile', async () => {
    await using fixture = await Fixture.make();
    await fixture.append(50);
    await fixture.save();
    const { engine } = fixture.account;
    const [syncing, synced] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    engine.sync = () => {
      syncing.resolve();
      return synced.promise;
    };
    const { id } = await fixture.inbox();
    const edit = { mode: 'add', flags: [flag('\\Flagged')] } as const;
    const flagged = fixture.account.flag(id, NumberSet.of([asUid(7)]), edit);
    await syncing.promise;
    assert.equal(engine.reader.inTransaction, false);
    engine.views.clear();
    const row = engine.state.byId(id)!;
    // Nor is it in the way of who selects the mailbox.
    const glance = engine.glances.of(row, { readOnly: true, numbers: true });
    assert.equal(glance?.firstUnseen, 1);
    const loading = engine.views.open(row.key);
    const shown = engine.views.all()[0]!;
    for (let turn = 0; turn < 1000 && !shown.loaded; turn++) await nextTurn();
    const flags = (): number => shown.columns.flags[6]!;
    const before = flags();
    const neighbour = shown.columns.flags[5]!;
    synced.resolve();
    await flagged;
    await loading;
    assert.equal(before, neighbour);
    assert.notEqual(flags(), before);
    assert.equal(await fixture.check(), 1);
  });

  test('a large mailbox is saved when it was loaded and the store is closed', async () => {
    await using fixture = await Fixture.make();
    await fixture.append(1);
    const { id } = await fixture.inbox();
    for (let round = 0; round < 12; round++) await fixture.account.copy(id, all, id);
    await fixture.view();
    await fixture.reopen();
    assert.ok((await fixture.check()) < Infinity);
  });

  test('a damaged, cut or foreign file is passed over; a missing one too', async () => {
    await using fixture = await Fixture.make();
    await fixture.append(50);
    await fixture.save();
    const [name = ''] = await readdir(fixture.columnFolder);
    const path = join(fixture.columnFolder, name);
    const whole = await readFile(path);
    for (let at = 0; at < 120; at += 8) {
      const content = Buffer.from(whole);
      content[at + 1]! ^= 4;
      await fixture.reopen(() => writeFile(path, content));
      assert.equal(await fixture.check(), Infinity, `byte ${at}`);
    }
    for (const length of [0, 64, 128, whole.length - 1]) {
      await fixture.reopen(() => writeFile(path, whole.subarray(0, length)));
      assert.equal(await fixture.check(), Infinity, `${length} bytes`);
    }
    await fixture.reopen(() => rm(path));
    assert.equal(await fixture.check(), Infinity);
    await fixture.reopen(() => writeFile(path, whole));
    assert.ok((await fixture.check()) < Infinity);
  });

  test('a backup of mail.db alone is not taken for the history of the file', async () => {
    await using fixture = await Fixture.make();
    const backup = join(fixture.directory, 'backup');
    await fixture.append(20);
    await fixture.reopen(() => copyFile(fixture.mailFile, backup));
    await fixture.append(5);
    await fixture.save();
    await fixture.reopen(() => copyFile(backup, fixture.mailFile));
    // Other messages under the same UIDs and mod-sequences.
    const { id } = await fixture.inbox();
    await fixture.account.copy(id, numbers(1, 5), id);
    await fixture.append(5);
    await fixture.reopen();
    assert.equal(await fixture.check(), Infinity);
  });

  test('what cannot be written is not written, and nobody minds', async () => {
    await using fixture = await Fixture.make();
    await fixture.append(20);
    await writeFile(fixture.columnFolder, 'in the way');
    await fixture.save();
    await fixture.append(1);
    await fixture.reopen();
    assert.equal(await fixture.check(), Infinity);
    await chmod(fixture.columnFolder, 0o600);
  });

  test('the file goes with its mailbox', async () => {
    await using fixture = await Fixture.make();
    const { account } = fixture;
    const { id } = await account.create(mailboxName('other'));
    await fixture.append(3);
    await account.copy((await fixture.inbox()).id, all, id);
    await using _view = await account.view(id);
    const [shared] = account.engine.views.all();
    assert.ok(shared);
    await account.engine.snapshots.save(shared);
    assert.equal((await readdir(fixture.columnFolder)).length, 1);
    await account.remove(mailboxName('other'));
    for (let tries = 0; (await readdir(fixture.columnFolder)).length > 0; tries++)
      assert.ok(tries < 1000);
  });
});
