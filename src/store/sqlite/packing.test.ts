import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { defaultLimits, type Limits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import type { AccountId, MailboxId } from '../../model/ids.ts';
import type { StageOptions, Store } from '../store.ts';
import { SqliteAccount } from './account.ts';
import { chunkBytes } from './chunks.ts';
import { openSqliteStore } from './store.ts';
import { sweep } from './sweep.ts';

const { packAfterMs } = defaultLimits;
const day = 24 * 60 * 60 * 1000;

describe('packing', () => {
  let directory: string;
  let store: Store;
  let id: AccountId;
  let now: number;

  const openStore = (limits: Limits = defaultLimits): Promise<Store> =>
    openSqliteStore({ directory, limits, logger: silent, clock: () => now });
  const open = async (from = store): Promise<SqliteAccount> => {
    const account = await from.open(id);
    assert.ok(account instanceof SqliteAccount);
    return account;
  };
  const inboxOf = async (account: SqliteAccount): Promise<MailboxId> =>
    (await account.mailboxes())[0]!.id;

  beforeEach(async () => {
    // An account does not pack at first.
    now = Date.now() - packAfterMs;
    directory = await mkdtemp(join(tmpdir(), 'restante-packing-'));
    store = await openStore();
    ({ id } = await store.directory.add({ address: 'anna@example.org', passwordHash: 'h' }));
    now += packAfterMs;
  });

  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  async function append(
    account: SqliteAccount,
    body: Uint8Array,
    options: StageOptions = {},
  ): Promise<void> {
    async function* content(): AsyncGenerator<Uint8Array> {
      yield body;
    }
    await using staged = await account.stage(content(), options);
    const internalDate = { epochSeconds: 0, zoneMinutes: 0 };
    await account.append(await inboxOf(account), [{ staged, flags: [], internalDate }]);
  }

  /** What each row of `body` is stored as: its codec. */
  const codecs = ({ engine }: SqliteAccount): unknown[] =>
    engine.writer.connection.prepare('SELECT codec FROM body ORDER BY id').pluck().all();

  async function contents(account: SqliteAccount): Promise<Buffer[]> {
    await using view = await account.view(await inboxOf(account));
    const found: Buffer[] = [];
    for (let index = 0; index < view.count; index++) {
      const content = await account.content(view.message(index));
      const pieces: Uint8Array[] = [];
      for await (const piece of content.read(0, content.size)) pieces.push(Uint8Array.from(piece));
      const whole = Buffer.concat(pieces);
      found.push(whole);
      const slice = { size: content.size, from: 0, to: Math.min(content.size, 262_144) };
      const through = view.message(view.count - 1);
      const lent = account.lend(view.message(index), { ...slice, through });
      assert.ok(lent !== undefined && whole.subarray(0, slice.to).equals(lent));
    }
    return found;
  }

  const text = Buffer.alloc(5000, 'the same again and again ');

  test('mail is packed once it is old, unless it gains nothing by it, and reads as before', async () => {
    const account = await open();
    const noise = randomBytes(5000);
    const large = Buffer.concat([Buffer.alloc(chunkBytes + 10, 'abc'), randomBytes(chunkBytes)]);
    const bodies = [text, noise, text.subarray(0, 100), large];
    for (const body of bodies) await append(account, body);
    const fresh = codecs(account);
    // The large one is in a file.
    assert.deepEqual(fresh, [0, 0, 0]);
    await sweep(account.engine);
    now += packAfterMs - 1;
    await sweep(account.engine);
    assert.deepEqual(codecs(account), fresh);
    now += 1;
    await sweep(account.engine);
    // The large one: text, text and noise, noise.
    assert.deepEqual(codecs(account), [1, 0, 0, 1, 0, 0]);
    assert.deepEqual(await contents(account), bodies);
  });

  test('what came meanwhile waits for its own time', async () => {
    const account = await open();
    await append(account, text);
    await sweep(account.engine);
    now += packAfterMs - day;
    await append(account, text);
    now += day;
    await sweep(account.engine);
    assert.deepEqual(codecs(account), [1, 0]);
    now += packAfterMs;
    await sweep(account.engine);
    assert.deepEqual(codecs(account), [1, 1]);
    await append(account, text);
    // A clock that was put back does not keep mail from being packed for years.
    now -= 365 * day;
    await sweep(account.engine);
    now += packAfterMs;
    await sweep(account.engine);
    assert.deepEqual(codecs(account), [1, 1, 1]);
  });

  test('processes that pack at the same time, while mail comes, pack everything once', async () => {
    const account = await open();
    const bodies = Array.from({ length: 300 }, (_, index) =>
      Buffer.alloc(3000 + index, `message ${index} `),
    );
    for (const body of bodies) await append(account, body);
    await sweep(account.engine);
    now += packAfterMs;
    await using other = await openStore();
    const neighbour = await open(other);
    const coming = async (): Promise<void> => {
      for (let count = 0; count < 20; count++) await append(neighbour, text);
    };
    await Promise.all([sweep(account.engine), sweep(neighbour.engine), coming()]);
    assert.deepEqual(
      codecs(account).slice(0, 300),
      bodies.map(() => 1),
    );
    assert.deepEqual((await contents(account)).slice(0, 300), bodies);
    await neighbour[Symbol.asyncDispose]();
  });

  test('old mail, and where the operator wants it all mail, is packed as it comes', async () => {
    const account = await open();
    const large = Buffer.alloc(chunkBytes + 5000, 'abc');
    await append(account, text, { cold: true });
    await append(account, large, { cold: true });
    assert.deepEqual(codecs(account), [1, 1, 1]);
    await using other = await openStore({ ...defaultLimits, packAfterMs: 0 });
    const there = await open(other);
    await append(there, text);
    assert.deepEqual(codecs(there), [1, 1, 1, 1]);
    assert.deepEqual(await contents(there), [text, large, text]);
    await there[Symbol.asyncDispose]();
  });
});
