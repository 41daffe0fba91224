import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { flag } from '../../src/model/flag.ts';
import { asModSeq } from '../../src/model/ids.ts';
import type { Hint } from '../../src/store/change.ts';

import {
  all,
  append,
  collect,
  type Contract,
  kinds,
  mailbox,
  name,
  newAccount,
  type Opened,
  uids,
} from './context.ts';

/** One clock, one feed. */
export function changeContract(contract: Contract): void {
  let opened: Opened;
  before(async () => (opened = await contract.open()));
  after(() => opened[Symbol.asyncDispose]());

  test('changes come in order, folded into the last state', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const start = account.modSeq;
    assert.deepEqual(await collect(account.changes(start)), []);
    await append(account, id, ['one', 'two', 'three']);
    const made = await account.create(name('made'));
    await account.flag(id, uids(1), { mode: 'add', flags: [flag('\\Seen')] });
    await account.flag(id, uids(2), { mode: 'add', flags: [flag('\\Deleted')] });
    await account.expunge(id, all);
    const changes = await collect(account.changes(start));
    assert.deepEqual(
      changes.map(({ modSeq }) => modSeq - start),
      [1, 2, 3, 5],
    );
    assert.deepEqual(kinds(changes), ['message', 'mailbox', 'message', 'vanished']);
    const [third, mailboxMade, first, gone] = changes;
    assert.ok(third?.kind === 'message' && first?.kind === 'message' && gone?.kind === 'vanished');
    assert.deepEqual([third.entry.uid, first.entry.uid, gone.uid], [3, 1, 2]);
    assert.deepEqual(first.entry.flags.flags, ['\\Seen']);
    assert.equal(mailboxMade?.mailbox, made.id);
    await using view = await account.view(id);
    assert.deepEqual(first.entry, view.entry(0));
    assert.equal(first.entry.flags, view.flags(0));
  });

  test('changes of one mailbox, and of one that is gone', async () => {
    const account = await newAccount(opened);
    const start = account.modSeq;
    const a = await account.create(name('a'));
    const b = await account.create(name('b'));
    await append(account, a.id, ['one']);
    await append(account, b.id, ['two', 'three']);
    const ofB = await collect(account.changes(start, { mailbox: b.id }));
    assert.deepEqual(kinds(ofB), ['mailbox', 'message', 'message']);
    await account.rename(name('a'), name('c'));
    await account.remove(name('b'));
    const changes = await collect(account.changes(start));
    assert.deepEqual(kinds(changes), ['message', 'mailbox', 'mailbox-removed']);
    assert.deepEqual(
      changes.map(({ mailbox: id }) => id),
      [a.id, a.id, b.id],
    );
  });

  test('the feed of many pages misses nothing while others write', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const start = account.modSeq;
    await append(account, id, ['seed']);
    for (let count = 1; count < 4000; count *= 2) await account.copy(id, all, id);
    const upTo = account.modSeq;
    const seen = new Set<number>();
    let last = 0;
    for await (const change of account.changes(start)) {
      assert.ok(change.modSeq >= last && change.modSeq <= upTo);
      last = change.modSeq;
      if (change.kind === 'message') seen.add(change.entry.uid);
      if (seen.size === 1500)
        await account.flag(id, uids(1, 4000), { mode: 'add', flags: [flag('\\Seen')] });
    }
    // What changed meanwhile is in the next feed instead.
    for await (const change of account.changes(asModSeq(last)))
      if (change.kind === 'message') seen.add(change.entry.uid);
    assert.equal(seen.size, 4096);
  });

  test('watchers are told after every durable write', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const hints: Hint[] = [];
    const watching = account.watch((hint) => {
      assert.ok(account.modSeq >= hint.modSeq);
      hints.push(hint);
    });
    const { modSeq } = await append(account, id, ['one']);
    assert.ok(hints.some((hint) => hint.mailbox === id && hint.modSeq === modSeq));
    await account.create(name('new'));
    assert.ok(hints.some((hint) => hint.mailbox === undefined && hint.modSeq === account.modSeq));
    const told = hints.length;
    await account.flag(id, all, { mode: 'remove', flags: [flag('\\Seen')] });
    assert.equal(hints.length, told);
    watching[Symbol.dispose]();
    await append(account, id, ['two']);
    assert.equal(hints.length, told);
  });
}
