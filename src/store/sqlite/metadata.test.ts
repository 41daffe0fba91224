/** Metadata of an account that two processes have open: two stores stand for them. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { type MailboxId, type ModSeq } from '../../model/ids.ts';
import { mailboxName } from '../../model/mailbox-name.ts';
import { specialUseEntry, type EntryName } from '../../model/metadata.ts';
import type { Hint } from '../change.ts';
import type { Store } from '../store.ts';
import { SqliteAccount } from './account.ts';
import { cutLog } from './fold.ts';
import { openSqliteStore } from './store.ts';

let directory: string;
let stores: Store[];
let here: SqliteAccount;
let there: SqliteAccount;
let inbox: MailboxId;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restante-metadata-'));
  stores = [];
  const open = async (): Promise<Store> => {
    const store = await openSqliteStore({ directory, limits: defaultLimits, logger: silent });
    stores.push(store);
    return store;
  };
  const first = await open();
  const { id } = await first.directory.add({ address: 'anna@example.org', passwordHash: 'h' });
  const accounts = [await first.open(id), await (await open()).open(id)];
  assert.ok(accounts.every((account) => account instanceof SqliteAccount));
  [here, there] = accounts as [SqliteAccount, SqliteAccount];
  inbox = (await here.mailbox(mailboxName('INBOX')))!.id;
});

afterEach(async () => {
  for (const store of stores) await store[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const a = '/private/a' as EntryName;
const b = '/private/b' as EntryName;

async function set(account: SqliteAccount, name: EntryName, value: string | null): Promise<void> {
  const entries = [[name, value === null ? null : Buffer.from(value)]] as const;
  await account.setMetadata(inbox, { entries });
}

async function get(account: SqliteAccount, name: EntryName): Promise<string | undefined> {
  for await (const { value } of account.metadata(inbox, { entries: [name] }))
    return Buffer.from(value ?? []).toString();
  return undefined;
}

async function told(account: SqliteAccount, since: ModSeq): Promise<unknown[]> {
  const entries: unknown[] = [];
  for await (const change of account.changes(since, { only: 'metadata' }))
    if (change.kind === 'metadata') entries.push(change.entry);
  return entries;
}

test('what another process set, or removed, is read once it is published here', async () => {
  await set(there, a, '1');
  assert.equal(await get(here, a), '1');
  assert.equal(here.modSeq, there.modSeq);
  await set(there, a, null);
  assert.equal(await get(here, a), undefined);
  assert.equal(here.modSeq, there.modSeq);
  // Beside what is read here: nobody has to wait for it.
  await set(here, a, '2');
  await there.refresh();
  await set(there, b, 'x');
  const before = here.modSeq;
  assert.equal(await get(here, a), '2');
  assert.equal(here.modSeq, before);
});

test('another process is told what has changed, and the special use with it', async () => {
  const hints: Hint[] = [];
  const start = here.modSeq;
  using _ = here.watch((hint) => hints.push(hint));
  await set(there, a, '1');
  await there.create(mailboxName('new'));
  await set(there, a, null);
  const { id } = (await there.mailbox(mailboxName('Sent')))!;
  await there.setMetadata(id, { entries: [], specialUse: null });
  await here.refresh();
  const since = hints.flatMap(({ metadataSince }) => metadataSince ?? []);
  assert.equal(since[0], start);
  assert.deepEqual([...new Set(await told(here, start))], [a, specialUseEntry]);
  assert.equal((await here.mailbox(mailboxName('Sent')))!.specialUse, undefined);
});

test('the feed goes back beyond the log, and tells of what is no longer known', async () => {
  const start = here.modSeq;
  await set(here, a, '1');
  await set(here, b, '1');
  await set(here, a, null);
  await here.subscribe(mailboxName('x'), true);
  await set(here, b, '2');
  await here.engine.folder.all();
  const before = here.modSeq;
  await here.engine.queue.submit((tx) => cutLog(tx, { rows: 1, bytes: 1e9 }));
  // The last row is the clock, and stays.
  assert.deepEqual(await told(here, start), [undefined, b]);
  await set(here, a, '3');
  assert.deepEqual(await told(here, start), [undefined, b, a]);
  assert.deepEqual(await told(here, before), [a]);
  const kinds: string[] = [];
  for await (const { kind } of here.changes(start)) kinds.push(kind);
  assert.deepEqual(kinds, ['metadata', 'metadata', 'metadata']);
});

test('a process that was away while the log was cut is told to look', async () => {
  const hints: Hint[] = [];
  using _ = there.watch((hint) => hints.push(hint));
  await there.engine.queue.submit(() => undefined);
  await set(here, a, '1');
  await set(here, b, '2');
  await set(here, b, '3');
  await here.engine.folder.all();
  await here.engine.queue.submit((tx) => cutLog(tx, { rows: 1, bytes: 1e9 }));
  await there.refresh();
  assert.ok(hints.some(({ metadataSince }) => metadataSince !== undefined));
  assert.equal(await get(there, a), '1');
});

test('an edit that fails half-way leaves nothing', async () => {
  const before = here.modSeq;
  const failing = here.engine.queue.submit((tx) => {
    tx.statements.setMetadata.run(0, '', a, a, tx.tick(), Buffer.from('x'));
    throw new Error('stopped');
  });
  await assert.rejects(failing, /stopped/);
  assert.equal(here.modSeq, before);
  assert.equal(await get(here, a), undefined);
});
