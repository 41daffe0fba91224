import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { flag, type Flag } from '../../src/model/flag.ts';
import type { Account } from '../../src/store/store.ts';
import {
  all,
  append,
  bytes,
  type Contract,
  counted,
  counters,
  flagged,
  mailbox,
  name,
  newAccount,
  type Opened,
  received,
  rejects,
  text,
  uids,
} from './context.ts';

/** What an account has, and may have. */
export function quotaContract(contract: Contract): void {
  let opened: Opened;
  before(async () => (opened = await contract.open()));
  after(() => opened[Symbol.asyncDispose]());

  const counts = async (account: Account): Promise<number[]> =>
    (await account.mailboxes()).map(({ messages }) => messages);

  test('every copy counts, what was expunged does not, and a mailbox that cannot be selected is none', async () => {
    const account = await newAccount(opened);
    const inbox = await mailbox(account, 'INBOX');
    const sent = await mailbox(account, 'Sent');
    assert.deepEqual(account.quota, {
      usage: { storage: 0, messages: 0, mailboxes: 6 },
      limits: {},
      rule: {},
    });
    const size = text('one').length;
    await append(account, inbox.id, ['one', 'two']);
    await account.copy(inbox.id, uids(1), sent.id);
    await account.copy(inbox.id, uids(1), inbox.id);
    assert.deepEqual(account.quota.usage, { storage: 4 * size, messages: 4, mailboxes: 6 });
    await account.flag(inbox.id, uids(1, 2), { mode: 'add', flags: flagsOf('\\Deleted') });
    assert.equal(account.quota.usage.messages, 4);
    await account.expunge(inbox.id, uids(1));
    await account.move(inbox.id, uids(2), sent.id);
    assert.deepEqual(account.quota.usage, { storage: 3 * size, messages: 3, mailboxes: 6 });
    await account.create(name('A/B'));
    assert.equal(account.quota.usage.mailboxes, 8);
    await account.remove(name('A'));
    assert.equal(account.quota.usage.mailboxes, 7);
    await account.remove(name('Sent'));
    assert.deepEqual(account.quota.usage, { storage: size, messages: 1, mailboxes: 6 });
    const again = await (await opened.reopen()).open(account.id);
    assert.deepEqual(again.quota.usage, { storage: size, messages: 1, mailboxes: 6 });
  });

  test('the size of what has \\Deleted is kept', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await append(account, id, flagged(['one', 'three'], '\\Deleted'));
    await append(account, id, ['five']);
    await account.flag(id, uids(1, 3), { mode: 'add', flags: flagsOf('\\Deleted', 'x') });
    await account.flag(id, uids(2), { mode: 'remove', flags: flagsOf('\\Deleted') });
    await using view = await account.view(id);
    assert.equal(view.mailbox.deletedSize, text('one').length + text('five').length);
    assert.deepEqual(counters(view.mailbox), counted(view));
    const again = await (await opened.reopen()).open(account.id);
    assert.deepEqual(counters(await mailbox(again, 'INBOX')), counters(view.mailbox));
  });

  test('what brings too much fails as a whole', async () => {
    const account = await newAccount(opened);
    const inbox = await mailbox(account, 'INBOX');
    const sent = await mailbox(account, 'Sent');
    await append(account, inbox.id, ['a', 'b']);
    await account.setQuota({ messages: 3 });
    await rejects(append(account, inbox.id, ['c', 'd']), 'over-quota');
    await rejects(account.copy(inbox.id, all, sent.id), 'over-quota');
    assert.deepEqual(await counts(account), [0, 0, 2, 0, 0, 0]);
    assert.equal((await mailbox(account, 'INBOX')).uidNext, 3);
    assert.equal((await mailbox(account, 'Sent')).uidNext, 1);
    await append(account, inbox.id, ['c']);
    await rejects(append(account, inbox.id, ['d']), 'over-quota');
    await account.setQuota({ messages: 4, storage: account.quota.usage.storage + 10 });
    await rejects(append(account, inbox.id, ['d']), 'over-quota');
    assert.equal(account.quota.usage.messages, 3);
  });

  test('what brings nothing, or gives back, is done whatever there is', async () => {
    const account = await newAccount(opened);
    const inbox = await mailbox(account, 'INBOX');
    const sent = await mailbox(account, 'Sent');
    await append(account, inbox.id, ['aaa', 'b', 'c']);
    await account.setQuota({ messages: 0, storage: 0, mailboxes: 0 });
    await account.flag(inbox.id, all, { mode: 'add', flags: flagsOf('new', '\\Deleted') });
    await account.move(inbox.id, uids(1), sent.id);
    await account.rename(name('Sent'), name('Gone'));
    await account.subscribe(name('Gone'), true);
    await account.expunge(inbox.id, uids(2));
    await account.remove(name('Junk'));
    assert.deepEqual(await counts(account), [0, 0, 1, 1, 0]);
  });

  test('a message that stands for another needs room for what it has more', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await append(account, id, ['long', 'b']);
    const { usage } = account.quota;
    await account.setQuota({ messages: 2, storage: usage.storage });
    const replace = async (subject: string, uid: number): Promise<unknown> => {
      await using staged = await account.stage(bytes(text(subject)));
      const message = { staged, flags: [], internalDate: received };
      const [only] = uids(uid).ranges;
      return await account.append(id, [message], { replaces: { mailbox: id, uid: only!.first } });
    };
    await rejects(replace('longer', 1), 'over-quota');
    await replace('lone', 1);
    assert.deepEqual(account.quota.usage, usage);
    await account.setQuota({ messages: 1, storage: 1 });
    await replace('b', 3);
    assert.equal(account.quota.usage.messages, 2);
  });

  test('mailboxes are limited with the parents that are made for them', async () => {
    const account = await newAccount(opened);
    await account.setQuota({ mailboxes: 8 });
    await rejects(account.create(name('A/B/C')), 'over-quota');
    assert.equal(await account.mailbox(name('A')), undefined);
    await account.create(name('A/B'));
    await rejects(account.create(name('D')), 'over-quota');
    await rejects(account.rename(name('A/B'), name('D/E')), 'over-quota');
    await account.rename(name('A/B'), name('D'));
    await account.remove(name('A'));
    await account.create(name('E'));
    await rejects(account.rename(name('INBOX'), name('Old')), 'over-quota');
  });

  test('an operator may go beyond, and it counts', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await account.setQuota({ messages: 1, mailboxes: 6 });
    await using staged = await account.stage(bytes(text('one')));
    const message = { staged, flags: [], internalDate: received };
    await account.append(id, [message, message], { beyondQuota: true });
    await account.create(name('More'), { beyondQuota: true });
    assert.deepEqual([account.quota.usage.messages, account.quota.usage.mailboxes], [2, 7]);
    await rejects(account.append(id, [message]), 'over-quota');
  });

  test('however many write at once, the limit is met and never passed', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await account.setQuota({ messages: 20 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => append(account, id, [`m${index}`])),
    );
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 20);
    assert.equal(account.quota.usage.messages, 20);
    // The new limit counts for those behind it, and for none before.
    await using staged = await account.stage(bytes(text('raced')));
    const put = () => account.append(id, [{ staged, flags: [], internalDate: received }]);
    const raced = await Promise.allSettled([
      put(),
      account.setQuota({ messages: 21 }),
      put(),
      put(),
    ]);
    assert.deepEqual(
      raced.map(({ status }) => status),
      ['rejected', 'fulfilled', 'fulfilled', 'rejected'],
    );
  });

  test('an account has what all may have, where nothing else is laid down', async () => {
    await using limited = await contract.open({
      quota: { storage: 5000, messages: 2, mailboxes: 3 },
    });
    const account = await newAccount(limited);
    const { id } = await mailbox(account, 'INBOX');
    assert.deepEqual(account.quota.limits, { storage: 5000, messages: 2, mailboxes: 3 });
    assert.equal(account.quota.usage.mailboxes, 6);
    await append(account, id, ['one', 'two']);
    await rejects(append(account, id, ['three']), 'over-quota');
    const before = account.modSeq;
    await account.setQuota({ messages: 3, mailboxes: null });
    assert.ok(account.modSeq > before);
    await append(account, id, ['three']);
    await account.create(name('Seventh'));
    await rejects(append(account, id, ['four']), 'over-quota');
    const again = await (await limited.reopen()).open(account.id);
    assert.deepEqual(again.quota, {
      usage: { ...account.quota.usage },
      limits: { storage: 5000, messages: 3 },
      rule: { messages: 3, mailboxes: null },
    });
    await rejects(append(again, id, ['four']), 'over-quota');
    await again.setQuota({});
    assert.deepEqual(again.quota.limits, { storage: 5000, messages: 2, mailboxes: 3 });
  });
}

const flagsOf = (...names: string[]): Flag[] => names.map(flag);
