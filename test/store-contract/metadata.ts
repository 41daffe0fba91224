import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { MailboxId, ModSeq } from '../../src/model/ids.ts';
import { type EntryName, isEntryName } from '../../src/model/metadata.ts';
import type { MetadataQuery } from '../../src/store/metadata.ts';
import type { Hint } from '../../src/store/change.ts';
import type { Account } from '../../src/store/store.ts';
import {
  append,
  collect,
  type Contract,
  mailbox,
  name,
  newAccount,
  type Opened,
  rejects,
} from './context.ts';

function entry(text: string): EntryName {
  assert.ok(isEntryName(text), text);
  return text;
}

type Edit = readonly (readonly [string, string | null])[];

async function set(account: Account, id: MailboxId | undefined, edit: Edit): Promise<void> {
  await account.setMetadata(id, {
    entries: edit.map(([text, value]) => [entry(text), value === null ? null : Buffer.from(value)]),
  });
}

/** Names and values, or the sizes of those that were not read. */
async function get(
  account: Account,
  id: MailboxId | undefined,
  { entries, ...query }: Omit<MetadataQuery, 'entries'> & { readonly entries: readonly string[] },
): Promise<[string, string | number][]> {
  const found = await collect(
    account.metadata(id, { ...query, entries: entries as readonly EntryName[] }),
  );
  return found.map(({ name: text, size, value }) => {
    if (value === undefined) return [text, size];
    assert.equal(value.length, size);
    return [text, Buffer.from(value).toString()];
  });
}

async function noted(
  account: Account,
  since: ModSeq,
): Promise<[MailboxId | undefined, EntryName | undefined][]> {
  const changes = await collect(account.changes(since, { only: 'metadata' }));
  return changes.map((change) => {
    assert.ok(change.kind === 'metadata' && change.modSeq > since);
    return [change.mailbox, change.entry];
  });
}

/** Metadata of mailboxes and of the account (RFC 5464). */
export function metadataContract(contract: Contract): void {
  let opened: Opened;
  const limits = {
    metadataValueBytesMax: 2000,
    metadataEntriesPerMailboxMax: 12,
    metadataEntriesPerAccountMax: 20,
  };
  before(async () => (opened = await contract.open({ limits })));
  after(() => opened[Symbol.asyncDispose]());

  test('what is set is there, by mailbox and by account, whatever the case of its name', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const other = await mailbox(account, 'Sent');
    await set(account, id, [
      ['/private/comment', 'mine'],
      ['/Shared/Comment', 'ours'],
    ]);
    await set(account, undefined, [['/private/comment', 'the account']]);
    const all = ['/PRIVATE/comment', '/shared/comment', '/private/COMMENT', '/private/none'];
    assert.deepEqual(await get(account, id, { entries: all }), [
      ['/private/comment', 'mine'],
      ['/Shared/Comment', 'ours'],
    ]);
    assert.deepEqual(await get(account, undefined, { entries: all }), [
      ['/private/comment', 'the account'],
    ]);
    assert.deepEqual(await get(account, other.id, { entries: all }), []);
    await set(account, id, [
      ['/private/Comment', ''],
      ['/shared/comment', null],
      ['/shared/none', null],
    ]);
    assert.deepEqual(await get(account, id, { entries: all }), [['/private/Comment', '']]);
    const octets = Buffer.from([0, 255, 13, 10, 0]);
    await account.setMetadata(id, { entries: [[entry('/private/octets'), octets]] });
    const query = { entries: [entry('/private/octets')] };
    const [found] = await collect(account.metadata(id, query));
    assert.deepEqual(Buffer.from(found?.value ?? []), octets);
  });

  test('entries below a name, as deep as asked, and only small ones', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await set(account, id, [
      ['/private/a/b/c', '3'],
      ['/private/a/b', '22'],
      ['/private/a', '1'],
      ['/private/a-/b', 'no'],
      ['/private/ab', 'no'],
    ]);
    const of = async (query: Omit<MetadataQuery, 'entries'>, ...entries: string[]) =>
      (await get(account, id, { ...query, entries })).map((pair) => pair.join('='));
    assert.deepEqual(await of({ depth: 1 }, '/private/a'), ['/private/a=1', '/private/a/b=22']);
    const whole = ['/private/a=1', '/private/a/b=22', '/private/a/b/c=3'];
    assert.deepEqual(await of({ depth: Infinity }, '/private/a'), whole);
    assert.deepEqual(await of({ depth: Infinity }, '/private/a', '/private/A/b'), whole);
    assert.equal((await of({ depth: Infinity }, '/private')).length, 5);
    assert.deepEqual(await of({ depth: 1 }, '/private'), ['/private/a=1', '/private/ab=no']);
    assert.deepEqual(await of({ bytesMax: 1 }, '/private/a', '/private/a/b'), [
      '/private/a=1',
      '/private/a/b=2',
    ]);
  });

  test('all of an edit or none of it, and limits', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const { id: sent } = await mailbox(account, 'Sent');
    const many = (count: number, from = 0): Edit =>
      Array.from({ length: count }, (_, index) => [`/private/n/${from + index}`, 'x']);
    await set(account, id, many(12));
    const before = account.modSeq;
    const none = { entries: ['/private/comment'] };
    for (const edit of [
      [['/private/n/0', null] as const, ...many(2, 12)],
      [['/private/n/0', 'other'] as const, ['/private/n/1', 'x'.repeat(2001)] as const],
    ])
      await rejects(set(account, id, edit), 'limit');
    await rejects(set(account, 'gone' as MailboxId, [['/private/a', 'x']]), 'mailbox-not-found');
    assert.deepEqual(await get(account, id, { entries: ['/private/n/0'] }), [
      ['/private/n/0', 'x'],
    ]);
    assert.equal(account.modSeq, before);
    // One goes, one comes.
    await set(account, id, [...many(1, 12), ['/private/n/0', null]]);
    await set(account, sent, many(8));
    await rejects(set(account, sent, many(1, 8)), 'limit');
    await rejects(set(account, undefined, many(1)), 'limit');
    await account.remove(name('Sent'));
    await set(account, undefined, many(8));
    assert.deepEqual(await get(account, undefined, none), []);
    const nothing = account.modSeq;
    await set(account, undefined, [['/private/none', null]]);
    assert.equal(account.modSeq, nothing);
  });

  test('entries go with their mailbox', async () => {
    const account = await newAccount(opened);
    const query = { entries: ['/shared/comment', '/private/n/1'] };
    const edit: Edit = [
      ['/shared/comment', 'kept'],
      ['/private/n/1', 'too'],
    ];
    const made = await account.create(name('a/b'));
    await set(account, made.id, edit);
    await account.rename(name('a'), name('c'));
    assert.deepEqual(await get(account, made.id, query), edit);
    await account.remove(name('c/b'));
    await assert.rejects(get(account, made.id, query), { code: 'mailbox-not-found' });
    const again = await account.create(name('c/b'));
    assert.deepEqual(await get(account, again.id, query), []);
    const inbox = await mailbox(account, 'INBOX');
    await set(account, inbox.id, edit);
    await append(account, inbox.id, ['one']);
    const copy = await account.rename(name('INBOX'), name('old'));
    for (const id of [inbox.id, copy.id]) assert.deepEqual(await get(account, id, query), edit);
    // What has children stays as a name, without entries but able to have some.
    await account.remove(name('c'));
    const { id, selectable } = await mailbox(account, 'c');
    assert.deepEqual([selectable, await get(account, id, query)], [false, []]);
    await set(account, id, edit);
    assert.deepEqual(await get(account, id, query), edit);
  });

  test('a special use is set with entries, one mailbox for each', async () => {
    const account = await newAccount(opened);
    const { id } = await account.create(name('x'));
    const { id: sent } = await mailbox(account, 'Sent');
    const edit = { entries: [[entry('/private/comment'), Buffer.from('x')]] as const };
    const start = account.modSeq;
    await rejects(account.setMetadata(id, { ...edit, specialUse: '\\Sent' }), 'special-use-taken');
    assert.deepEqual(await get(account, id, { entries: ['/private/comment'] }), []);
    await account.setMetadata(sent, { entries: [], specialUse: null });
    await account.setMetadata(id, { ...edit, specialUse: '\\Sent' });
    assert.equal((await mailbox(account, 'x')).specialUse, '\\Sent');
    assert.equal((await mailbox(account, 'Sent')).specialUse, undefined);
    assert.deepEqual(await noted(account, start), [
      [sent, '/private/specialuse'],
      [id, '/private/comment'],
      [id, '/private/specialuse'],
    ]);
    const { id: inbox } = await mailbox(account, 'INBOX');
    await rejects(
      account.setMetadata(inbox, { entries: [], specialUse: '\\Sent' }),
      'mailbox-refused',
    );
    await account.remove(name('x'));
    await account.setMetadata(sent, { entries: [], specialUse: '\\Sent' });
  });

  test('changes has what was set and removed, and watchers are told from where', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const start = account.modSeq;
    const hints: Hint[] = [];
    using _ = account.watch((hint) => hints.push(hint));
    await set(account, id, [
      ['/private/a', '1'],
      ['/private/b', '1'],
    ]);
    await append(account, id, ['between']);
    await set(account, undefined, [['/private/c', '1']]);
    await set(account, id, [
      ['/private/a', '2'],
      ['/private/b', null],
    ]);
    const told = await noted(account, start);
    // One that is gone may be told twice.
    assert.deepEqual(told.slice(-3), [
      [undefined, '/private/c'],
      [id, '/private/a'],
      [id, '/private/b'],
    ]);
    assert.ok(told.slice(0, -3).every(([, text]) => text === '/private/b'));
    const kinds = (await collect(account.changes(start))).map(({ kind }) => kind);
    assert.deepEqual(kinds.slice(-4), ['message', 'metadata', 'metadata', 'metadata']);
    const since = hints.flatMap(({ metadataSince }) => metadataSince ?? []);
    assert.deepEqual(since, [start, start + 2, start + 3]);
    const of = await collect(account.changes(start, { only: 'metadata', mailbox: id }));
    assert.ok(of.length > 0 && of.every((change) => change.mailbox === id));
  });

  test('the mod-sequence of a mailbox moves with its entries', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const moved = async (): Promise<boolean> => {
      const { highestModSeq, messages } = await mailbox(account, 'INBOX');
      await using view = await account.view(id);
      assert.equal(view.mailbox.highestModSeq, highestModSeq);
      assert.equal(view.count, messages);
      return highestModSeq === account.modSeq;
    };
    await append(account, id, ['one']);
    await set(account, undefined, [['/private/a', '1']]);
    assert.equal(await moved(), false);
    for (const value of ['1', '2', null]) {
      await account.subscribe(name(`x${value}`), true);
      await set(account, id, [['/private/a', value]]);
      assert.equal(await moved(), true);
    }
    await account.subscribe(name('y'), true);
    await set(account, id, [['/private/a', null]]);
    assert.equal(await moved(), false);
    await account.setMetadata(id, { entries: [['/private/b' as EntryName, Buffer.from('1')]] });
    const before = account.modSeq;
    await opened.reopen();
    await using again = await opened.store.open(account.id);
    assert.equal((await mailbox(again, 'INBOX')).highestModSeq, before);
  });

  test('metadata is as it was after reopening', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const start = account.modSeq;
    await set(account, id, [['/private/a', '1']]);
    await set(account, undefined, [['/private/b', '2']]);
    await set(account, id, [['/private/a', null]]);
    await set(account, id, [['/private/c', '3']]);
    const before = await noted(account, start);
    await opened.reopen();
    const again = await opened.store.open(account.id);
    const entries = ['/private/a', '/private/b', '/private/c'];
    assert.deepEqual(await get(again, id, { entries }), [['/private/c', '3']]);
    assert.deepEqual(await get(again, undefined, { entries }), [['/private/b', '2']]);
    assert.deepEqual(await noted(again, start), before);
  });
}
