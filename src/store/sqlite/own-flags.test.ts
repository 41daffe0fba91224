/** Writes to neighbours that have each their own flags: what is told of them in memory, in the log, in rows and of what is gone. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { flag, type FlagEdit } from '../../model/flag.ts';
import { type AccountId, asUid } from '../../model/ids.ts';
import { mailboxName } from '../../model/mailbox-name.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Entry } from '../change.ts';
import type { Mailbox, MailboxView, Store } from '../store.ts';
import { SqliteAccount } from './account.ts';
import { fold } from './fold.ts';
import { openSqliteStore } from './store.ts';

interface Ground extends AsyncDisposable {
  readonly account: SqliteAccount;
  /** Another process, as far as the account can tell: it has nothing in memory. */
  other(): Promise<SqliteAccount>;
}

async function ground(): Promise<Ground> {
  const directory = await mkdtemp(join(tmpdir(), 'restante-own-'));
  const stores: Store[] = [];
  const open = async (id?: AccountId): Promise<SqliteAccount> => {
    const store = await openSqliteStore({ directory, limits: defaultLimits, logger: silent });
    stores.push(store);
    const known = id ?? (await store.directory.add({ address: 'a@b.org', passwordHash: 'h' })).id;
    const account = await store.open(known);
    assert.ok(account instanceof SqliteAccount);
    return account;
  };
  const account = await open();
  return {
    account,
    other: () => open(account.id),
    async [Symbol.asyncDispose]() {
      for (const store of stores) await store[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function append(account: SqliteAccount, each: readonly (readonly string[])[]): Promise<void> {
  await using staged = await account.stage(
    (async function* () {
      yield Buffer.from('Subject: x\r\n\r\n');
    })(),
  );
  const internalDate = { epochSeconds: 0, zoneMinutes: 0 };
  const messages = each.map((own) => ({ staged, flags: own.map(flag), internalDate }));
  await account.append((await inbox(account)).id, messages);
}

const inbox = async (account: SqliteAccount): Promise<Mailbox> =>
  (await account.mailboxes()).find(({ name }) => name === 'INBOX')!;

const said = ({ uid, flags, modSeq }: Entry): string =>
  `${uid} ${[...flags.flags].sort().join()} ${modSeq}`;

const picture = (view: MailboxView): string[] =>
  Array.from({ length: view.count }, (_, row) => said(view.entry(row)));

/** A UID whose message has gone. */
const hole = 15;

const flags = fc.subarray(['\\Answered', '\\Deleted', '\\Seen', 'one', 'two']);
const edit = fc.record({
  mode: fc.constantFrom<FlagEdit['mode']>('add', 'remove', 'replace'),
  flags,
  range: fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 40 })),
  fold: fc.boolean(),
});

test('what each of many neighbours has is the same in memory, in the log and in rows, and of what is gone', async () => {
  const each = fc.array(flags, { minLength: 30, maxLength: 40 });
  const property = fc.asyncProperty(
    each,
    fc.array(edit, { minLength: 1, maxLength: 5 }),
    async (own, edits) => {
      await using all = await ground();
      const { account } = all;
      await append(
        account,
        own.map((one, index) => (index + 1 === hole ? [...new Set([...one, '\\Deleted'])] : one)),
      );
      const { id, highestModSeq } = await inbox(account);
      await account.expunge(id, NumberSet.of([asUid(hole)]));
      await using view = await account.view(id);
      const model = own.map((one) => ({ flags: [...one].sort(), modSeq: highestModSeq }));
      const expected = (): string[] =>
        model.flatMap((one, index) =>
          index + 1 === hole ? [] : [`${index + 1} ${one.flags.join()} ${one.modSeq}`],
        );
      for (const { mode, flags: given, range, fold: folds } of edits) {
        const [first, last] = [Math.min(...range), Math.max(...range)];
        const uids = NumberSet.ofRanges([{ first: asUid(first), last: asUid(last) }]);
        const { modSeq } = await account.flag(id, uids, { mode, flags: given.map(flag) });
        for (const one of model.slice(first - 1, last)) {
          const kept = one.flags.filter((name) => mode !== 'replace' && !given.includes(name));
          const now = mode === 'remove' ? kept : [...kept, ...given].sort();
          if (now.join() !== one.flags.join()) Object.assign(one, { flags: now, modSeq });
        }
        if (folds) await account.engine.queue.submit((tx) => fold(tx, modSeq));
      }
      assert.deepEqual(picture(view), expected());
      const left = model.filter((_, index) => index + 1 !== hole);
      const deleted = left.filter((one) => one.flags.includes('\\Deleted')).length;
      const unseen = left.filter((one) => !one.flags.includes('\\Seen')).length;
      assert.deepEqual([view.mailbox.deleted, view.mailbox.unseen], [deleted, unseen]);
      assert.equal(view.mailbox.deletedSize * left.length, view.mailbox.size * deleted);

      await using logged = await (await all.other()).view(id);
      assert.deepEqual(picture(logged), expected());
      const glanced = (await all.other()).glance(id, { readOnly: true, numbers: false })!;

      await account.engine.queue.submit((tx) => fold(tx, account.modSeq));
      await using folded = await (await all.other()).view(id);
      assert.deepEqual(picture(folded), expected());

      await account.expunge(id, NumberSet.ofRanges([{ first: asUid(1), last: asUid(40) }]));
      await using after = await glanced.view();
      const isGone = (text: string): boolean => text.includes('\\Deleted');
      assert.deepEqual(
        picture(after),
        expected().filter((text) => !isGone(text)),
      );
      const gone = glanced
        .gone()
        .map(({ uid, flags: last }) => `${uid} ${[...last.flags].sort().join()}`);
      assert.deepEqual(
        gone,
        expected()
          .filter(isGone)
          .map((text) => text.slice(0, text.lastIndexOf(' '))),
      );
    },
  );
  await fc.assert(property, { numRuns: 6 });
});

test('messages that are expunged before they are folded are gone like others', async () => {
  await using all = await ground();
  const { account } = all;
  await append(
    account,
    Array.from({ length: 12 }, (_, at) => (at % 3 === 0 ? ['\\Seen'] : [])),
  );
  const { id } = await inbox(account);
  const glanced = (await all.other()).glance(id, { readOnly: true, numbers: false })!;
  {
    await using view = await account.view(id);
    const uids = NumberSet.ofRanges([{ first: asUid(2), last: asUid(9) }]);
    await account.flag(id, uids, { mode: 'add', flags: [flag('\\Deleted')] });
    await account.expunge(id, NumberSet.ofRanges([{ first: asUid(3), last: asUid(7) }]));
    // What is gone needs no folding.
    assert.deepEqual(
      [...account.engine.unfolded.overlay.keys].flatMap((key) =>
        account.engine.unfolded.overlay.get(key)!.runs.map(([first, last]) => [first, last]),
      ),
      [
        [2, 2],
        [8, 9],
      ],
    );
    assert.equal(view.count, 7);
  }
  await using after = await glanced.view();
  assert.equal(after.count, 7);
  assert.deepEqual(
    glanced.gone().map(({ uid, flags: last }) => `${uid} ${[...last.flags].sort().join()}`),
    ['3 \\Deleted', '4 \\Deleted,\\Seen', '5 \\Deleted', '6 \\Deleted', '7 \\Deleted,\\Seen'],
  );
});

test('many messages that come into an empty mailbox are a view at once, which follows what is written', async () => {
  await using all = await ground();
  const { account } = all;
  await append(
    account,
    Array.from({ length: 130 }, (_, at) => (at % 3 === 0 ? ['\\Seen'] : ['one'])),
  );
  const { id } = await inbox(account);
  await account.create(mailboxName('Few'));
  await account.create(mailboxName('Many'));
  const [few, many] = ['Few', 'Many'].map((name) => mailboxName(name));
  const named = async (name: string | undefined): Promise<Mailbox> =>
    (await account.mailboxes()).find((mailbox) => mailbox.name === name)!;
  const range = (last: number) => NumberSet.ofRanges([{ first: asUid(1), last: asUid(last) }]);
  await account.copy(id, range(20), (await named(few)).id);
  const { id: target } = await named(many);
  const glance = { readOnly: true, numbers: false };
  assert.notEqual(account.glance((await named(few)).id, glance), undefined);
  await account.copy(id, range(110), (await named(few)).id);
  assert.notEqual(account.glance((await named(few)).id, glance), undefined);
  await account.move(id, range(120), target);
  // It is in memory already, so there is nothing to glance at.
  assert.equal(account.glance(target, glance), undefined);
  await account.flag(target, range(50), { mode: 'add', flags: [flag('\\Deleted')] });
  await account.expunge(target, range(30));
  await account.copy(id, range(130), target);
  await using view = await account.view(target);
  await using read = await (await all.other()).view(target);
  assert.equal(view.count, 100);
  assert.deepEqual(picture(view), picture(read));
});
