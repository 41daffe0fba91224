import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  append,
  type Contract,
  mailbox,
  name,
  newAccount,
  type Opened,
  rejects,
  rows,
  flagged,
} from './context.ts';

/** Mailboxes by name: create, rename, remove, subscribe. */
export function mailboxContract(contract: Contract): void {
  let opened: Opened;
  before(
    async () =>
      (opened = await contract.open({ limits: { mailboxesMax: 20, mailboxDepthMax: 5 } })),
  );
  after(() => opened[Symbol.asyncDispose]());
  const names = async (account: Awaited<ReturnType<typeof newAccount>>): Promise<string[]> =>
    (await account.mailboxes()).map((box) => (box.selectable ? box.name : `(${box.name})`));

  test('a new account has its six mailboxes, for their uses, subscribed', async () => {
    const account = await newAccount(opened);
    const boxes = await account.mailboxes();
    assert.deepEqual(
      boxes.map(({ name: text, specialUse, subscribed, selectable }) => [
        text,
        specialUse,
        subscribed,
        selectable,
      ]),
      [
        ['Archive', '\\Archive', true, true],
        ['Drafts', '\\Drafts', true, true],
        ['INBOX', undefined, true, true],
        ['Junk', '\\Junk', true, true],
        ['Sent', '\\Sent', true, true],
        ['Trash', '\\Trash', true, true],
      ],
    );
    for (const box of boxes) assert.deepEqual(await account.mailbox(box.name), box);
    assert.equal(await account.mailbox(name('Nowhere')), undefined);
    assert.equal(new Set(boxes.map(({ id }) => id)).size, 6);
    assert.equal(new Set(boxes.map(({ uidValidity }) => uidValidity)).size, 6);
    for (const box of boxes) {
      assert.match(box.id, /^[A-Za-z0-9_-]{1,255}$/);
      assert.deepEqual(
        [box.uidNext, box.messages, box.unseen, box.size, box.firstRecentUid],
        [1, 0, 0, 0, 1],
      );
      assert.ok(box.highestModSeq >= 1);
    }
    assert.deepEqual(
      await account.subscriptions(),
      boxes.map((box) => box.name),
    );
  });

  test('create makes the missing parents, which can be selected', async () => {
    const account = await newAccount(opened);
    const before = account.modSeq;
    const made = await account.create(name('a/b/c'));
    assert.equal(made.name, 'a/b/c');
    assert.ok(account.modSeq > before);
    assert.deepEqual((await names(account)).slice(-3), ['a', 'a/b', 'a/b/c']);
    assert.deepEqual(await mailbox(account, 'a/b/c'), made);
    await rejects(account.create(name('a/b')), 'mailbox-exists');
    await rejects(account.create(name('INBOX')), 'mailbox-exists');
    await rejects(account.create(name('x//y')), 'mailbox-refused');
    await rejects(account.create(name('1/2/3/4/5/6')), 'mailbox-refused');
  });

  test('one mailbox for a special use, and a limit on mailboxes', async () => {
    const account = await newAccount(opened);
    await rejects(account.create(name('other'), { specialUse: '\\Sent' }), 'special-use-taken');
    const made = await account.create(name('other'), { specialUse: '\\All' });
    assert.equal(made.specialUse, '\\All');
    for (let count = 7; count < 20; count++) await account.create(name(`m${count}`));
    await rejects(account.create(name('one-too-many')), 'limit');
    await account.remove(name('other'));
    assert.equal(
      (await account.create(name('again'), { specialUse: '\\All' })).specialUse,
      '\\All',
    );
  });

  test('rename takes the children along and keeps ids, UIDs and subscriptions by name', async () => {
    const account = await newAccount(opened);
    const old = await account.create(name('old'));
    const child = await account.create(name('old/child'));
    await account.create(name('older'));
    await append(account, child.id, ['one']);
    await account.subscribe(name('old'), true);
    const renamed = await account.rename(name('old'), name('new/place'));
    assert.equal(renamed.id, old.id);
    assert.equal(renamed.uidValidity, old.uidValidity);
    assert.equal(renamed.subscribed, false);
    assert.deepEqual((await names(account)).slice(-4), [
      'new',
      'new/place',
      'new/place/child',
      'older',
    ]);
    const moved = await mailbox(account, 'new/place/child');
    assert.deepEqual([moved.id, moved.messages, moved.uidNext], [child.id, 1, 2]);
    assert.ok((await account.subscriptions()).includes(name('old')));
    assert.equal((await account.create(name('old'))).subscribed, true);
  });

  test('rename refuses what cannot be', async () => {
    const account = await newAccount(opened);
    await account.create(name('a/b'));
    await rejects(account.rename(name('nothing'), name('x')), 'mailbox-not-found');
    await rejects(account.rename(name('a'), name('Sent')), 'mailbox-exists');
    await rejects(account.rename(name('a'), name('a/c')), 'mailbox-refused');
    await rejects(account.rename(name('a'), name('1/2/3/4/5')), 'mailbox-refused');
    await rejects(account.rename(name('Sent'), name('INBOX')), 'mailbox-exists');
    assert.deepEqual((await names(account)).slice(-2), ['a', 'a/b']);
  });

  test('renaming INBOX moves its messages and leaves it and its children', async () => {
    const account = await newAccount(opened);
    const inbox = await mailbox(account, 'INBOX');
    await account.create(name('INBOX/child'));
    await append(account, inbox.id, flagged(['one', 'two'], '\\Seen'));
    await using view = await account.view(inbox.id);
    const made = await account.rename(name('INBOX'), name('put/away'));
    assert.equal(made.name, 'put/away');
    assert.equal(made.messages, 2);
    assert.notEqual(made.id, inbox.id);
    assert.equal(view.count, 0);
    assert.deepEqual((await names(account)).slice(2), [
      'INBOX',
      'INBOX/child',
      'Junk',
      'Sent',
      'Trash',
      'put',
      'put/away',
    ]);
    const left = await mailbox(account, 'INBOX');
    assert.deepEqual(
      [left.id, left.uidNext, left.uidValidity, left.messages],
      [inbox.id, 3, inbox.uidValidity, 0],
    );
    await using moved = await account.view(made.id);
    assert.deepEqual(
      rows(moved).map(({ flags }) => flags),
      [['\\Seen'], ['\\Seen']],
    );
  });

  test('remove leaves a name with children that cannot be selected, until it is made anew', async () => {
    const account = await newAccount(opened);
    const parent = await account.create(name('p'), { specialUse: '\\Important' });
    await append(account, parent.id, ['one']);
    await account.create(name('p/c'));
    await using view = await account.view(parent.id);
    const removed: boolean[] = [];
    view.watch((delta) => removed.push(delta.removed));
    await account.remove(name('p'));
    assert.deepEqual(removed, [true]);
    assert.deepEqual((await names(account)).slice(-2), ['(p)', 'p/c']);
    const left = await mailbox(account, 'p');
    assert.deepEqual([left.specialUse, left.messages], [undefined, 0]);
    await rejects(account.view(parent.id), 'mailbox-not-found');
    await rejects(account.view(left.id), 'mailbox-not-found');
    await rejects(append(account, left.id, ['no']), 'mailbox-not-found');
    await rejects(append(account, parent.id, ['no']), 'mailbox-not-found');
    await rejects(account.remove(name('p')), 'mailbox-refused');
    const again = await account.create(name('p'));
    assert.ok(again.uidValidity > parent.uidValidity);
    assert.deepEqual([again.selectable, again.messages, again.uidNext], [true, 0, 1]);
    await append(account, again.id, ['new']);
    await account.remove(name('p/c'));
    await account.remove(name('p'));
    assert.equal((await names(account)).length, 6);
    await rejects(account.remove(name('p')), 'mailbox-not-found');
    await rejects(account.remove(name('INBOX')), 'mailbox-refused');
  });

  test('a name never gets the same UIDVALIDITY twice, however fast it comes and goes', async () => {
    const account = await newAccount(opened);
    const seen: number[] = [];
    for (let round = 0; round < 5; round++) {
      seen.push((await account.create(name('again'))).uidValidity);
      await account.remove(name('again'));
    }
    assert.deepEqual(
      seen,
      [...new Set(seen)].sort((a, b) => a - b),
    );
  });

  test('subscriptions are of names, whether or not there is a mailbox', async () => {
    const account = await newAccount(opened);
    const before = account.modSeq;
    await account.subscribe(name('ghost'), true);
    assert.ok(account.modSeq > before);
    const after = account.modSeq;
    await account.subscribe(name('ghost'), true);
    assert.equal(account.modSeq, after);
    assert.ok((await account.subscriptions()).includes(name('ghost')));
    await account.subscribe(name('Sent'), false);
    assert.equal((await mailbox(account, 'Sent')).subscribed, false);
    await account.subscribe(name('ghost'), false);
    assert.ok(!(await account.subscriptions()).includes(name('ghost')));
  });

  test('writes sent together run one after another', async () => {
    const account = await newAccount(opened);
    const made = await Promise.allSettled([
      account.create(name('x')),
      account.create(name('x')),
      account.rename(name('x'), name('y')),
      account.create(name('x')),
      account.remove(name('y')),
    ]);
    assert.deepEqual(
      made.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled'],
    );
    assert.deepEqual((await names(account)).slice(-1), ['x']);
  });
}
