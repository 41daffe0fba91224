import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { flag } from '../../src/model/flag.ts';
import { asMailboxId, asModSeq, asUid } from '../../src/model/ids.ts';
import type { Delta } from '../../src/store/change.ts';
import type { MailboxView } from '../../src/store/store.ts';
import {
  all,
  append,
  type Contract,
  counted,
  counters,
  flagged,
  mailbox,
  name,
  newAccount,
  type Opened,
  rejects,
  rows,
  uids,
} from './context.ts';

/** Views and what they are told. */
export function viewContract(contract: Contract): void {
  let opened: Opened;
  before(async () => (opened = await contract.open()));
  after(() => opened[Symbol.asyncDispose]());

  test('every write is one delta, told before its writer and with the columns already changed', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await append(account, id, ['zero']);
    await using view = await account.view(id);
    const log: string[] = [];
    const origins: unknown[] = [];
    const modSeqs: number[] = [];
    view.watch((delta) => {
      log.push(
        `+${delta.added} ~${[...delta.changed.values()].join()} -${Array.from(delta.expunged, ({ uid }) => uid).join()} =${view.count}`,
      );
      origins.push(delta.origin);
      modSeqs.push(delta.modSeq);
      assert.equal(view.mailbox.highestModSeq, delta.modSeq);
      assert.equal(account.modSeq, delta.modSeq);
      assert.deepEqual(counters(view.mailbox), counted(view));
    });
    const origin = { me: true };
    await append(account, id, ['one', 'two']).then(() => log.push('appended'));
    await account
      .flag(id, uids(1, 3), { mode: 'add', flags: [flag('\\Deleted')] }, { origin })
      .then(() => log.push('flagged'));
    await account.move(id, uids(1, 2), id, { origin }).then(() => log.push('moved'));
    await account.expunge(id, all).then(() => log.push('expunged'));
    assert.deepEqual(log, [
      '+2 ~ - =3',
      'appended',
      '+0 ~1,3 - =3',
      'flagged',
      '+2 ~ -1,2 =3',
      'moved',
      '+0 ~ -3,4 =1',
      'expunged',
    ]);
    assert.deepEqual(origins, [undefined, origin, origin, undefined]);
    assert.deepEqual(
      modSeqs,
      modSeqs.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(modSeqs).size, 4);
  });

  test('an expunged entry is told as it was last', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const { modSeq } = await append(account, id, flagged(['one'], '\\Deleted', 'k'));
    await using view = await account.view(id);
    const last = view.entry(0);
    const told: Delta[] = [];
    view.watch((delta) => told.push(delta));
    await account.expunge(id, all);
    assert.deepEqual([...(told[0]?.expunged ?? [])], [last]);
    assert.equal(last.modSeq, modSeq);
    assert.deepEqual(last.flags.flags, ['\\Deleted', 'k']);
  });

  test('writes sent together are told one by one, in order', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await append(account, id, ['one']);
    await using view = await account.view(id);
    const seen: [number, string][] = [];
    view.watch((delta) => seen.push([delta.modSeq, view.flags(0).flags.join(' ')]));
    const start = account.modSeq;
    await Promise.all(
      ['a', 'b', 'c'].map((text) => account.flag(id, all, { mode: 'add', flags: [flag(text)] })),
    );
    assert.deepEqual(seen, [
      [start + 1, 'a'],
      [start + 2, 'a b'],
      [start + 3, 'a b c'],
    ]);
  });

  test('a delta reaches every view of the mailbox and no other; dispose ends it', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const other = await mailbox(account, 'Sent');
    const first = await account.view(id);
    await using second = await account.view(id);
    await using third = await account.view(other.id);
    let told = 0;
    const count = (): void => void told++;
    first.watch(count);
    const watching = second.watch(count);
    second.watch(count);
    third.watch(() => assert.fail('another mailbox'));
    await append(account, id, ['one']);
    assert.equal(told, 3);
    await first[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    watching[Symbol.dispose]();
    await append(account, id, ['two']);
    assert.equal(told, 4);
    assert.equal(second.count, 2);
  });

  test('rows are found by UID, with holes', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await append(
      account,
      id,
      Array.from({ length: 10 }, (_, index) => `m${index}`),
    );
    await account.flag(id, uids(1, 4, 5, 10), { mode: 'add', flags: [flag('\\Deleted')] });
    await account.expunge(id, all);
    const check = (view: MailboxView): void => {
      assert.deepEqual(
        rows(view).map(({ uid }) => uid),
        [2, 3, 6, 7, 8, 9],
      );
      assert.deepEqual(
        [1, 2, 4, 6, 9, 10, 11].map((uid) => view.row(asUid(uid))),
        [-1, 0, -1, 2, 5, -1, -1],
      );
      assert.deepEqual(
        [0, 1, 2, 4, 6, 9, 10, 99].map((uid) => view.rowFrom(uid)),
        [0, 0, 0, 2, 2, 5, 6, 6],
      );
    };
    await using view = await account.view(id);
    check(view);
    await opened.reopen();
    const again = await opened.store.open(account.id);
    await using loaded = await again.view(id);
    check(loaded);
  });

  test('changedSince and vanishedSince tell exactly what happened after', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await append(account, id, ['one', 'two', 'three', 'four']);
    const start = account.modSeq;
    await using view = await account.view(id);
    assert.ok(view.changedSince(start).isEmpty);
    await account.flag(id, uids(3), { mode: 'add', flags: [flag('\\Deleted')] });
    await account.flag(id, uids(2), { mode: 'add', flags: [flag('\\Seen')] });
    await account.expunge(id, all);
    await append(account, id, ['five']);
    assert.equal(view.changedSince(start).toString(), '2,5');
    assert.equal(view.changedSince(asModSeq(0)).toString(), '1:2,4:5');
    assert.ok(view.changedSince(account.modSeq).isEmpty);
    assert.equal((await view.vanishedSince(start)).toString(), '3');
  });

  test('the first unseen row is kept through all changes', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await using view = await account.view(id);
    assert.equal(view.firstUnseenRow, -1);
    await append(account, id, flagged(['1', '2', '3'], '\\Seen'));
    assert.equal(view.firstUnseenRow, -1);
    await append(account, id, ['4', '5']);
    assert.equal(view.firstUnseenRow, 3);
    await account.flag(id, uids(2), { mode: 'remove', flags: [flag('\\Seen')] });
    assert.equal(view.firstUnseenRow, 1);
    await account.flag(id, uids(1, 2), { mode: 'add', flags: [flag('\\Deleted')] });
    await account.expunge(id, all);
    assert.equal(view.firstUnseenRow, 1);
    await account.flag(id, all, { mode: 'add', flags: [flag('\\Seen')] });
    assert.equal(view.firstUnseenRow, -1);
  });

  test('\\Recent is taken once', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await append(account, id, ['one', 'two']);
    await using first = await account.view(id);
    await using second = await account.view(id);
    assert.deepEqual([first.takeRecent(), second.takeRecent()], [1, 3]);
    assert.equal(first.mailbox.firstRecentUid, 3);
    await append(account, id, ['three']);
    assert.equal(second.mailbox.firstRecentUid, 3);
    assert.deepEqual([second.takeRecent(), first.takeRecent()], [3, 4]);
    assert.equal((await mailbox(account, 'INBOX')).firstRecentUid, 4);
  });

  test('a view follows its mailbox through a rename', async () => {
    const account = await newAccount(opened);
    const made = await account.create(name('one'));
    await using view = await account.view(made.id);
    await account.rename(name('one'), name('two'));
    assert.equal(view.mailbox.name, 'two');
    await append(account, made.id, ['x']);
    assert.equal(view.count, 1);
  });

  test('there is no view of what is not there', async () => {
    const account = await newAccount(opened);
    await rejects(account.view(asMailboxId('nowhere')), 'mailbox-not-found');
    const { id } = await account.create(name('short'));
    await account.remove(name('short'));
    await rejects(account.view(id), 'mailbox-not-found');
  });

  test('a view that loads while others write is right', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await append(account, id, ['seed']);
    for (let count = 1; count < 8000; count *= 2) await account.copy(id, all, id);
    await opened.reopen();
    const again = await opened.store.open(account.id);
    const loading = Promise.all([again.view(id), again.view(id)]);
    const writing = (async () => {
      for (let round = 0; round < 10; round++) {
        const uid = asUid(round * 700 + 5);
        await again.flag(id, uids(uid, uid + 1), { mode: 'add', flags: [flag('\\Deleted')] });
        await again.expunge(id, uids(uid));
        await append(again, id, ['more']);
      }
    })();
    const [view, second] = await loading;
    await writing;
    assert.equal(view.count, 8192);
    assert.deepEqual(counters(view.mailbox), counted(view));
    assert.deepEqual([view.mailbox.deleted, view.mailbox.uidNext], [10, 8203]);
    assert.deepEqual(rows(view), rows(second));
    const shown = rows(view);
    await opened.reopen();
    await using fresh = await (await opened.store.open(account.id)).view(id);
    assert.deepEqual(rows(fresh), shown);
  });

  test('a glance, where a store has it, and its view are one mailbox', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const read = { mode: 'add', flags: [flag('\\Seen')] } as const;
    await append(account, id, ['a', 'b', 'c', 'd']);
    await account.flag(id, uids(1, 2), read);
    await opened.reopen();
    const again = await opened.store.open(account.id);
    const told = again.glance?.(id, { readOnly: false, numbers: true });
    await again.flag(id, uids(2, 3), { mode: 'add', flags: [flag('\\Deleted')] });
    await again.expunge(id, all);
    await append(again, id, ['e']);
    await using view = (await told?.view()) ?? (await again.view(id));
    assert.deepEqual(
      rows(view).map(({ uid }) => uid),
      [1, 4, 5],
    );
    if (told === undefined) return;
    const { messages, uidNext } = told.mailbox;
    assert.deepEqual([messages, uidNext, told.firstUnseen, told.recent], [4, 5, 3, 4]);
    assert.equal(view.takeRecent(), 5);
    const gone = told.gone();
    assert.deepEqual(
      gone.map(({ uid, flags }) => [uid, flags.has(flag('\\Seen'))]),
      [
        [2, true],
        [3, false],
      ],
    );
  });
}
