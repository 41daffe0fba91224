import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { anyone } from '../../src/model/acl.ts';
import {
  deleted,
  flag,
  flagged as flaggedFlag,
  seen,
  type FlagEdit,
} from '../../src/model/flag.ts';
import { asModSeq, type MailboxId, type Uid } from '../../src/model/ids.ts';
import { allRights, type Rights } from '../../src/model/rights.ts';
import type { Delta } from '../../src/store/change.ts';
import type { MailboxView } from '../../src/store/store.ts';
import {
  all,
  append,
  counters,
  flagged,
  mailbox,
  name,
  newAccount,
  rejects,
  rows,
  uids,
  type Contract,
  type Opened,
} from './context.ts';
import { bert, chris, grant, type SharedGround } from './shared-ground.ts';

const edit = (mode: FlagEdit['mode'], ...flags: string[]): FlagEdit => ({
  mode,
  flags: flags.map(flag),
});
const marks = (view: MailboxView): string[] =>
  rows(view).map(({ uid, flags }) => `${uid} ${flags.join(' ')}`.trim());

/** What a store that knows sharing does; others have neither `setAcl` nor `as`. */
export function sharingContract(contract: Contract): void {
  let opened: Opened;
  before(async () => (opened = await contract.open()));
  after(() => opened[Symbol.asyncDispose]());

  /** An account with a few messages in INBOX, shared with bert. */
  async function ground(messages = 3): Promise<SharedGround> {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    if (messages > 0)
      await append(
        account,
        id,
        Array.from({ length: messages }, (_, at) => `m${at + 1}`),
      );
    await account.setAcl?.(id, grant(bert, allRights));
    const guest = account.as?.(bert);
    assert.ok(guest);
    return { account, guest, id };
  }

  test('a list is changed entry by entry, and is there again when the store was closed', async () => {
    const own = await contract.open();
    try {
      const account = await newAccount(own);
      const { id, acl } = await mailbox(account, 'INBOX');
      assert.equal(acl, undefined);
      await account.setAcl?.(id, grant(bert, 'lr'));
      const modSeq = account.modSeq;
      await account.setAcl?.(id, grant(bert, 'lr'));
      assert.equal(account.modSeq, modSeq);
      await account.setAcl?.(id, { ...grant(bert, 's'), mode: 'add' });
      await account.setAcl?.(id, grant(`-${anyone}`, 'p'));
      const wanted = { [bert]: 'lrs', [`-${anyone}`]: 'p' };
      assert.deepEqual(Object.fromEntries((await mailbox(account, 'INBOX')).acl ?? []), wanted);
      const again = await (await own.reopen()).open(account.id);
      assert.deepEqual(Object.fromEntries((await mailbox(again, 'INBOX')).acl ?? []), wanted);
      await again.setAcl?.(id, { ...grant(`-${anyone}`, ''), mode: 'delete' });
      assert.equal(await again.setAcl?.(id, { ...grant(bert, 'lrs'), mode: 'remove' }), undefined);
      assert.equal((await mailbox(again, 'INBOX')).acl, undefined);
      await rejects(again.setAcl!('nowhere' as MailboxId, grant(bert, 'l')), 'mailbox-not-found');
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });

  test('a new mailbox has the list of the one above it, a renamed one its own (RFC 4314 section 4)', async () => {
    const account = await newAccount(opened);
    const top = await account.create(name('Projects'));
    await account.setAcl?.(top.id, grant(bert, 'lrk'));
    const below = await account.create(name('Projects/a/b'));
    assert.deepEqual([...(below.acl ?? [])], [[bert, 'lrk']]);
    assert.deepEqual([...((await mailbox(account, 'Projects/a')).acl ?? [])], [[bert, 'lrk']]);
    await account.rename(name('Projects/a'), name('Elsewhere'));
    assert.deepEqual([...((await mailbox(account, 'Elsewhere/b')).acl ?? [])], [[bert, 'lrk']]);
    await account.remove(name('Projects'));
    assert.equal((await account.create(name('Projects'))).acl, undefined);
    const acl = new Map([[chris, 'lr' as Rights]]);
    assert.deepEqual((await account.create(name('Top/below'), { acl })).acl, acl);
    assert.deepEqual((await mailbox(account, 'Top')).acl, acl);
  });

  test('each has \\Seen of his own, and all other flags together', async () => {
    const { account, guest, id } = await ground();
    await account.flag(id, uids(1), edit('add', '\\Seen'));
    await guest.flag(id, uids(2, 3), edit('add', '\\Seen', '\\Flagged'));
    await using mine = await account.view(id);
    await using his = await guest.view(id);
    await using others = await account.as!(chris).view(id);
    assert.deepEqual(marks(mine), ['1 \\Seen', '2 \\Flagged', '3 \\Flagged']);
    assert.deepEqual(marks(his), ['1', '2 \\Flagged \\Seen', '3 \\Flagged \\Seen']);
    assert.deepEqual(marks(others), ['1', '2 \\Flagged', '3 \\Flagged']);
    assert.deepEqual([mine.firstUnseenRow, his.firstUnseenRow], [1, 0]);
    assert.deepEqual([mine.mailbox.unseen, his.mailbox.unseen], [2, 1]);
    await guest.flag(id, uids(2), { ...edit('replace', '\\Deleted'), keeps: ['others'] });
    assert.deepEqual(marks(his), ['1', '2 \\Flagged \\Deleted', '3 \\Flagged \\Seen']);
    await guest.flag(id, uids(3), { ...edit('replace'), keeps: ['seen'] });
    await guest.flag(id, uids(1), edit('replace', '\\Seen', 'blue'));
    assert.deepEqual(marks(his), ['1 \\Seen blue', '2 \\Flagged \\Deleted', '3 \\Seen']);
    assert.deepEqual(marks(mine), ['1 \\Seen blue', '2 \\Flagged \\Deleted', '3']);
    await guest.flag(id, all, edit('remove', '\\Seen'));
    assert.deepEqual((await guest.mailbox(name('INBOX')))?.unseen, 3);
    assert.deepEqual((await account.mailbox(name('INBOX')))?.unseen, 2);
  });

  test('counters of each are what his view shows, whatever comes and goes', async () => {
    const { account, guest, id } = await ground(6);
    await guest.flag(id, uids(1, 2, 3), edit('add', '\\Seen'));
    await account.flag(id, uids(2, 5), edit('add', '\\Deleted'));
    await account.expunge(id, all);
    await append(guest, id, flagged(['x', 'y'], '\\Seen', 'blue'));
    await append(account, id, flagged(['z'], '\\Seen'));
    await using his = await guest.view(id);
    assert.deepEqual(marks(his), [
      '1 \\Seen',
      '3 \\Seen',
      '4',
      '6',
      '7 \\Seen blue',
      '8 \\Seen blue',
      '9',
    ]);
    const told = (await guest.mailboxes()).find((one) => one.id === id);
    assert.deepEqual(told && counters(told), counters(his.mailbox));
    assert.equal(told?.unseen, 3);
    assert.equal((await mailbox(account, 'INBOX')).unseen, 6);
    assert.equal(told.specialUse, undefined);
    assert.equal((await guest.mailbox(name('Sent')))?.specialUse, undefined);
    assert.equal(his.takeRecent(), his.mailbox.uidNext);
  });

  test('copies and moves take along what their maker has seen, where he may', async () => {
    const { account, guest, id } = await ground();
    const { id: to } = await account.create(name('Target'));
    await account.setAcl?.(to, grant(bert, allRights));
    await account.flag(id, uids(1), edit('add', '\\Seen', 'blue'));
    await guest.flag(id, uids(2), edit('add', '\\Seen'));
    await guest.copy(id, uids(1, 2), to);
    await guest.copy(id, uids(1, 2), to, { edit: { mode: 'replace', flags: [], keeps: [] } });
    const moved = await guest.move(id, uids(2, 3), to, {
      edit: { mode: 'replace', flags: [], keeps: ['seen'] },
    });
    assert.deepEqual(
      [moved.from, moved.to],
      [
        [2, 3],
        [5, 6],
      ],
    );
    await using mine = await account.view(to);
    await using his = await guest.view(to);
    assert.deepEqual(marks(mine), ['1 \\Seen blue', '2', '3 \\Seen', '4', '5', '6']);
    assert.deepEqual(marks(his), ['1 blue', '2 \\Seen', '3', '4', '5 \\Seen', '6']);
    assert.equal(his.mailbox.unseen, 4);
    await account.copy(to, uids(1), to, {
      edit: { mode: 'replace', flags: [], keeps: ['others'] },
    });
    assert.deepEqual(marks(mine).at(-1), '7 blue');
  });

  test('the mod-sequence that a user sees moves with his own \\Seen', async () => {
    const { account, guest, id } = await ground();
    await using mine = await account.view(id);
    await using his = await guest.view(id);
    const before = account.modSeq;
    const { modSeq } = await guest.flag(id, uids(2), edit('add', '\\Seen'));
    assert.ok(modSeq > before);
    assert.equal(his.modSeq(1), modSeq);
    assert.ok(mine.modSeq(1) <= before);
    assert.equal(his.changedSince(before).toString(), '2');
    assert.ok(mine.changedSince(before).isEmpty);
    assert.equal(his.mailbox.highestModSeq, modSeq);
    assert.equal(his.changedSince(asModSeq(0)).toString(), '1:3');
    const late = await guest.flag(id, uids(1, 2), edit('remove', '\\Seen'), {
      unchangedSince: before,
    });
    assert.deepEqual([late.changed.toString(), late.modified.toString()], ['', '2']);
    await using again = await guest.view(id);
    assert.deepEqual(rows(again), rows(his));
  });

  test('views tell each what changed for him, and of the \\Seen of others at most the mod-sequence', async () => {
    const { account, guest, id } = await ground();
    await using mine = await account.view(id);
    await using his = await guest.view(id);
    const told: { who: string; changed: Uid[]; only: Uid[] }[] = [];
    const note = (who: string) => (delta: Delta) =>
      void told.push({
        who,
        changed: [...delta.changed.values()],
        only: [...(delta.modSeqOnly?.values() ?? [])],
      });
    using _mine = mine.watch(note('owner'));
    using _his = his.watch(note('guest'));
    const taken = () =>
      told
        .splice(0)
        .filter(({ changed, only }) => changed.length + only.length > 0)
        .map(({ who, changed, only }) => `${who}: ${changed.join()} (${only.join()})`)
        .sort();
    await guest.flag(id, uids(1, 2), edit('add', '\\Seen'));
    assert.deepEqual(taken(), ['guest: 1,2 ()']);
    await account.flag(id, uids(2, 3), edit('add', '\\Seen'));
    assert.deepEqual(taken(), ['guest:  (2,3)', 'owner: 2,3 ()']);
    await account.flag(id, uids(3), { mode: 'add', flags: [flaggedFlag, deleted] });
    assert.deepEqual(taken(), ['guest: 3 ()', 'owner: 3 ()']);
    await guest.flag(id, uids(3), { mode: 'replace', flags: [seen, flaggedFlag] });
    assert.deepEqual(taken(), ['guest: 3 ()', 'owner: 3 ()']);
  });

  test('without a list nothing is kept of what others have seen, which is a change of their flags (RFC 7162 section 3.1)', async () => {
    const own = await contract.open();
    try {
      const account = await newAccount(own);
      const { id } = await mailbox(account, 'INBOX');
      await append(account, id, ['m1', 'm2', 'm3']);
      await account.setAcl?.(id, grant(bert, 'lrs'));
      const guest = account.as!(bert);
      await guest.flag(id, uids(1, 2), edit('add', '\\Seen'));
      await using his = await guest.view(id);
      await using others = await account.as!(chris).view(id);
      const known = his.mailbox.highestModSeq;
      const [ofOthers, ofThird] = [others.modSeq(0), his.modSeq(2)];
      await account.setAcl?.(id, { ...grant(bert, ''), mode: 'delete' });
      await account.flag(id, uids(2), edit('add', '\\Deleted'));
      await account.expunge(id, all);
      await append(account, id, ['m4']);
      await account.setAcl?.(id, grant(bert, 'lrs'));
      assert.equal(others.modSeq(0), ofOthers);
      const check = (view: MailboxView): void => {
        assert.deepEqual(marks(view), ['1', '3', '4']);
        assert.equal(view.mailbox.unseen, 3);
        assert.ok(view.modSeq(0) > known && view.modSeq(0) <= view.mailbox.highestModSeq);
        assert.equal(view.modSeq(1), ofThird);
        assert.equal(view.changedSince(known).toString(), '1,4');
      };
      check(his);
      const again = (await (await own.reopen()).open(account.id)).as!(bert);
      await using read = await again.view(id);
      check(read);
      await again.flag(id, all, edit('add', '\\Seen'));
      assert.equal(read.mailbox.unseen, 0);
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });

  test('what others may see is told without the account', async () => {
    const { sharing } = opened.store.directory;
    assert.ok(sharing);
    const { account, id } = await ground(0);
    const seen = async () =>
      (await sharing.mailboxes(account.id)).map((shared) => `${shared.name} ${shared.selectable}`);
    assert.deepEqual(await seen(), ['INBOX true']);
    assert.deepEqual(
      (await sharing.mailboxes(account.id))[0]?.acl,
      (await account.mailbox(name('INBOX')))?.acl,
    );
    const { id: top } = await account.create(name('Projects'));
    await account.setAcl?.(top, grant(bert, 'lr'));
    // It has the list of the one above.
    await account.create(name('Projects/a'));
    assert.deepEqual(await seen(), ['INBOX true', 'Projects true', 'Projects/a true']);
    await account.rename(name('Projects/a'), name('a'));
    await account.setAcl?.(id, { ...grant(bert, ''), mode: 'delete' });
    assert.deepEqual(await seen(), ['Projects true', 'a true']);
    await account.remove(name('a'));
    assert.deepEqual(await seen(), ['Projects true']);
    assert.deepEqual(await sharing.mailboxes(bert), []);
  });

  test('who shares with whom is found without the accounts', async () => {
    const { directory } = opened.store;
    const { sharing } = directory;
    assert.ok(sharing);
    const add = (address: string, passwordHash?: string) =>
      directory.add({ address, passwordHash });
    const anna = await add('anna@sharing.example', 'h');
    const user = await add('user@sharing.example', 'h');
    const info = await add('info@sharing.example');
    assert.deepEqual([anna.shared, info.shared], [undefined, true]);
    let hints = 0;
    using watching = sharing.watch(() => hints++);
    const { version } = sharing;
    assert.equal(await directory.credentials('info@sharing.example'), undefined);
    const withUser = async () => (await sharing.sharedWith(user.id)).map(({ address }) => address);
    await sharing.share(info.id, [user.id], 'also');
    assert.notEqual(sharing.version, version);
    assert.ok(hints > 0);
    watching[Symbol.dispose]();
    const told = hints;
    await sharing.share(anna.id, [user.id, anna.id], 'also');
    assert.equal(hints, told);
    await sharing.share(user.id, [anyone], 'also');
    assert.deepEqual(await withUser(), ['anna@sharing.example', 'info@sharing.example']);
    assert.deepEqual(
      (await sharing.sharedWith(anna.id)).map(({ id }) => id),
      [user.id],
    );
    await sharing.share(anna.id, [anyone], 'all');
    await sharing.share(info.id, [], 'all');
    assert.deepEqual(await withUser(), ['anna@sharing.example']);
    assert.deepEqual(await sharing.account(info.id), info);
    await directory.remove('anna@sharing.example');
    assert.deepEqual(await withUser(), []);
    assert.equal(await sharing.account(anna.id), undefined);
  });
}
