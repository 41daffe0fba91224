import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { flag } from '../../src/model/flag.ts';
import { asMailboxId, asModSeq, asUid } from '../../src/model/ids.ts';
import { NumberSet } from '../../src/model/number-set.ts';
import type { Delta } from '../../src/store/change.ts';
import {
  all,
  append,
  bytes,
  collect,
  type Contract,
  counted,
  counters,
  mailbox,
  name,
  newAccount,
  type Opened,
  read,
  received,
  rejects,
  rows,
  text,
  uids,
  flagged,
} from './context.ts';

/** Messages in mailboxes: append, flag, expunge, copy, move. */
export function messageContract(contract: Contract): void {
  let opened: Opened;
  before(
    async () =>
      (opened = await contract.open({ limits: { keywordsMax: 3, messageBytesMax: 1_000_000 } })),
  );
  after(() => opened[Symbol.asyncDispose]());

  test('append gives UIDs in order, and everything comes back', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const first = await append(account, id, flagged(['one', 'two'], '\\Flagged', 'Kept'));
    const second = await append(account, id, ['three']);
    assert.deepEqual([first.uids, second.uids], [[1, 2], [3]]);
    assert.ok(second.modSeq > first.modSeq);
    assert.equal(account.modSeq, second.modSeq);
    await using view = await account.view(id);
    assert.deepEqual(
      rows(view).map(({ uid, flags, modSeq }) => [uid, flags, modSeq]),
      [
        [1, ['\\Flagged', 'Kept'], first.modSeq],
        [2, ['\\Flagged', 'Kept'], first.modSeq],
        [3, [], second.modSeq],
      ],
    );
    assert.deepEqual(view.internalDate(0), received);
    assert.ok(Math.abs(view.saveDate(0).epochSeconds - Date.now() / 1000) < 60);
    assert.deepEqual(counters(view.mailbox), counted(view));
    assert.deepEqual(
      [view.mailbox.uidNext, view.mailbox.highestModSeq, view.mailbox.keywords],
      [4, second.modSeq, ['Kept']],
    );
    assert.equal((await read(account, view, 1)).toString(), text('two'));
    assert.deepEqual(await mailbox(account, 'INBOX'), view.mailbox);
  });

  test('append is all or nothing', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const staged = await account.stage(bytes(text('one')));
    const message = { staged, internalDate: received, flags: [] };
    const before = account.modSeq;
    const many = { ...message, flags: ['a', 'b', 'c', 'd'].map(flag) };
    await rejects(account.append(id, [message, many]), 'limit');
    assert.equal(account.modSeq, before);
    assert.equal((await mailbox(account, 'INBOX')).uidNext, 1);
    await rejects(account.append(asMailboxId('nowhere'), [message]), 'mailbox-not-found');
    // What was staged is still there, and may be appended more than once.
    const { uids: given } = await account.append(id, [message, message]);
    await account.append((await mailbox(account, 'Sent')).id, [message]);
    assert.deepEqual(given, [1, 2]);
    await staged[Symbol.asyncDispose]();
    await using view = await account.view(id);
    assert.equal((await read(account, view, 1)).toString(), text('one'));
  });

  test('append may replace a message in the same step, or does nothing', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const { id: other } = await mailbox(account, 'Sent');
    await append(account, id, ['one', 'two', 'three']);
    await using view = await account.view(id);
    const told: Delta[] = [];
    view.watch((delta) => void told.push(delta));
    await using staged = await account.stage(bytes('new'));
    const message = { staged, flags: [], internalDate: received };
    const { modSeq, uids: made } = await account.append(id, [message], {
      replaces: { mailbox: id, uid: asUid(2) },
    });
    assert.deepEqual(made, [4]);
    assert.deepEqual(
      rows(view).map(({ uid }) => uid),
      [1, 3, 4],
    );
    assert.deepEqual(
      told.map((delta) => [
        delta.modSeq,
        delta.added,
        Array.from(delta.expunged, ({ uid }) => uid),
      ]),
      [[modSeq, 1, [2]]],
    );
    assert.deepEqual(counters(view.mailbox), counted(view));

    // Into another mailbox, and what is gone already.
    await account.append(other, [message], { replaces: { mailbox: id, uid: asUid(1) } });
    assert.deepEqual(
      rows(view).map(({ uid }) => uid),
      [3, 4],
    );
    const again = account.append(other, [message], { replaces: { mailbox: id, uid: asUid(1) } });
    await rejects(again, 'message-not-found');
    assert.equal((await mailbox(account, 'Sent')).messages, 1);
    assert.deepEqual([...(await view.vanishedSince(asModSeq(0))).values()], [1, 2]);
  });

  test('flags: add, remove, replace; what does not change keeps its mod-sequence', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const { modSeq: start } = await append(account, id, ['one', 'two', 'three']);
    await append(account, id, flagged(['four'], '\\Seen'));
    await using view = await account.view(id);
    const flagsNow = (): string[] => rows(view).map(({ flags }) => flags.join(' '));
    const seen = await account.flag(id, uids(2, 3, 4, 99), {
      mode: 'add',
      flags: [flag('\\Seen'), flag('Work')],
    });
    assert.equal(seen.changed.toString(), '2:4');
    assert.deepEqual(flagsNow(), ['', '\\Seen Work', '\\Seen Work', '\\Seen Work']);
    assert.deepEqual(view.modSeq(0), start);
    const nothing = await account.flag(id, uids(2), { mode: 'add', flags: [flag('WORK')] });
    assert.deepEqual(
      [nothing.changed.isEmpty, nothing.modSeq, account.modSeq],
      [true, seen.modSeq, seen.modSeq],
    );
    await account.flag(id, uids(3), { mode: 'remove', flags: [flag('work'), flag('\\Seen')] });
    await account.flag(id, uids(4), {
      mode: 'replace',
      flags: [flag('\\Deleted'), flag('\\Recent')],
    });
    assert.deepEqual(flagsNow(), ['', '\\Seen Work', '', '\\Deleted']);
    assert.deepEqual(view.mailbox.keywords, ['Work']);
    assert.deepEqual(counters(view.mailbox), counted(view));
    const missing = await account.flag(id, uids(50), { mode: 'add', flags: [flag('\\Seen')] });
    assert.equal(missing.changed.isEmpty, true);
  });

  test('one edit never runs into its own result', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await append(account, id, ['one']);
    await append(account, id, flagged(['two'], '\\Seen'));
    await append(account, id, flagged(['three'], '\\Seen', '\\Answered'));
    const { changed } = await account.flag(id, all, { mode: 'replace', flags: [flag('\\Seen')] });
    assert.equal(changed.toString(), '1,3');
    await using view = await account.view(id);
    assert.deepEqual(
      rows(view).map(({ flags }) => flags.join()),
      ['\\Seen', '\\Seen', '\\Seen'],
    );
  });

  test('unchangedSince leaves what is newer and names it', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const { modSeq } = await append(account, id, ['one', 'two', 'three']);
    await account.flag(id, uids(2), { mode: 'add', flags: [flag('\\Seen')] });
    const result = await account.flag(
      id,
      all,
      { mode: 'add', flags: [flag('\\Deleted')] },
      { unchangedSince: modSeq },
    );
    assert.equal(result.modified.toString(), '2');
    assert.equal(result.changed.toString(), '1,3');
    const none = await account.flag(
      id,
      all,
      { mode: 'add', flags: [flag('\\Draft')] },
      { unchangedSince: asModSeq(0) },
    );
    assert.deepEqual(
      [none.modified.toString(), none.changed.isEmpty, none.modSeq],
      ['1:3', true, result.modSeq],
    );
  });

  test('keywords have a limit in each mailbox', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await append(account, id, flagged(['one', 'two'], 'a', 'b'));
    await account.flag(id, uids(1), { mode: 'replace', flags: [flag('c')] });
    await rejects(account.flag(id, all, { mode: 'add', flags: [flag('d')] }), 'limit');
    await account.flag(id, all, { mode: 'replace', flags: [flag('C'), flag('A')] });
    assert.deepEqual((await mailbox(account, 'INBOX')).keywords, ['a', 'b', 'c']);
    const other = await mailbox(account, 'Sent');
    await append(account, other.id, flagged(['x'], 'd', 'e'));
    await rejects(account.copy(id, all, other.id), 'limit');
    assert.equal((await mailbox(account, 'Sent')).messages, 1);
  });

  test('expunge takes only what has \\Deleted, and its bytes stay readable', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await append(account, id, ['one', 'two', 'three', 'four']);
    await account.flag(id, uids(1, 2, 4), { mode: 'add', flags: [flag('\\Deleted')] });
    await using view = await account.view(id);
    const gone = view.message(1);
    const start = account.modSeq;
    const removed = await account.expunge(id, uids(2, 3, 4));
    assert.equal(removed.toString(), '2,4');
    assert.deepEqual(
      rows(view).map(({ uid }) => uid),
      [1, 3],
    );
    assert.deepEqual(counters(view.mailbox), counted(view));
    assert.equal((await view.vanishedSince(start)).toString(), '2,4');
    assert.equal((await view.vanishedSince(account.modSeq)).toString(), '');
    const before = account.modSeq;
    assert.equal((await account.expunge(id, uids(3))).isEmpty, true);
    assert.equal(account.modSeq, before);
    const content = await account.content(gone);
    assert.equal(
      Buffer.concat(await collect(content.read(0, content.size))).toString(),
      text('two'),
    );
    assert.equal((await account.facts([gone]))[0]?.envelope.subject, 'two');
    assert.deepEqual((await append(account, id, ['five'])).uids, [5]);
  });

  test('copy keeps flags, dates and identity and gives new UIDs', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const target = await mailbox(account, 'Archive');
    await append(account, id, flagged(['one', 'two', 'three'], '\\Answered', 'k'));
    await append(account, target.id, ['there']);
    const copied = await account.copy(id, uids(1, 3, 7), target.id);
    assert.deepEqual(
      [copied.from, copied.to, copied.uidValidity],
      [[1, 3], [2, 3], target.uidValidity],
    );
    await using from = await account.view(id);
    await using to = await account.view(target.id);
    assert.deepEqual([from.count, to.count], [3, 3]);
    assert.deepEqual(rows(to)[2], {
      uid: 3,
      flags: ['\\Answered', 'k'],
      modSeq: copied.modSeq,
      size: text('three').length,
    });
    assert.deepEqual(to.internalDate(2), received);
    const [a, b] = await account.facts([from.message(2), to.message(2)]);
    assert.deepEqual([a?.emailId, a?.threadId], [b?.emailId, b?.threadId]);
    assert.deepEqual(counters(to.mailbox), counted(to));
    assert.deepEqual(to.mailbox.keywords, ['k']);
    const none = await account.copy(id, uids(40), target.id);
    assert.deepEqual([none.from, none.to, none.modSeq], [[], [], copied.modSeq]);
    await rejects(account.copy(id, all, asMailboxId('nowhere')), 'mailbox-not-found');
  });

  test('copy into the same mailbox does not chase its own tail', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await append(account, id, ['one', 'two']);
    await using view = await account.view(id);
    const copied = await account.copy(id, all, id);
    assert.deepEqual([copied.from, copied.to, view.count], [[1, 2], [3, 4], 4]);
    assert.deepEqual(counters(view.mailbox), counted(view));
  });

  test('move is one write; within one mailbox messages get new UIDs', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const trash = await mailbox(account, 'Trash');
    await append(account, id, ['one', 'two', 'three']);
    await using from = await account.view(id);
    await using to = await account.view(trash.id);
    const before = account.modSeq;
    const moved = await account.move(id, uids(1, 2), trash.id);
    assert.equal(account.modSeq, before + 1);
    assert.deepEqual(
      [moved.from, moved.to],
      [
        [1, 2],
        [1, 2],
      ],
    );
    assert.deepEqual(
      [rows(from).map(({ uid }) => uid), rows(to).map(({ uid }) => uid)],
      [[3], [1, 2]],
    );
    assert.deepEqual([counters(from.mailbox), counters(to.mailbox)], [counted(from), counted(to)]);
    assert.equal((await from.vanishedSince(before)).toString(), '1:2');
    const same = await account.move(trash.id, all, trash.id);
    assert.deepEqual(
      [same.from, same.to],
      [
        [1, 2],
        [3, 4],
      ],
    );
    assert.deepEqual(
      rows(to).map(({ uid }) => uid),
      [3, 4],
    );
    assert.deepEqual(counters(to.mailbox), counted(to));
    assert.equal((await read(account, to, 0)).toString(), text('one'));
  });

  test('many appends at once get distinct UIDs, each in the order of its call', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const given = await Promise.all(
      Array.from({ length: 60 }, (_, index) => append(account, id, [`m${index}`, `n${index}`])),
    );
    const flat = given.flatMap(({ uids: list }) => list);
    assert.deepEqual(
      flat.toSorted((a, b) => a - b),
      Array.from({ length: 120 }, (_, index) => index + 1),
    );
    for (const {
      uids: [a, b],
    } of given)
      assert.equal(b, (a ?? 0) + 1);
    await using view = await account.view(id);
    assert.equal(view.count, 120);
    assert.equal(new Set(rows(view).map(({ modSeq }) => modSeq)).size, 60);
  });

  test('thousands of messages move and vanish as one write each', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const trash = await mailbox(account, 'Trash');
    await append(account, id, ['seed']);
    for (let count = 1; count < 3000; count *= 2) await account.copy(id, all, id);
    await using view = await account.view(id);
    assert.equal(view.count, 4096);
    const { changed } = await account.flag(id, all, { mode: 'add', flags: [flag('\\Deleted')] });
    assert.equal(changed.count, 4096);
    assert.equal(
      (
        await account.move(
          id,
          NumberSet.ofRanges([{ first: view.uid(1000), last: view.uid(3999) }]),
          trash.id,
        )
      ).to.length,
      3000,
    );
    assert.equal((await account.expunge(id, all)).count, 1096);
    assert.equal(view.count, 0);
    assert.deepEqual(counters(await mailbox(account, 'Trash')), {
      messages: 3000,
      unseen: 3000,
      deleted: 3000,
      size: 3000 * text('seed').length,
      deletedSize: 3000 * text('seed').length,
    });
  });

  test('an aborted write that has not begun does nothing', async () => {
    const account = await newAccount(opened);
    const before = account.modSeq;
    await assert.rejects(
      account.create(name('never'), { signal: AbortSignal.abort(new Error('gone')) }),
      /gone/,
    );
    assert.equal(account.modSeq, before);
  });
}
