import assert from 'node:assert/strict';
import { test } from 'node:test';
import { singly } from '../../test/support/fetch-run.ts';
import { MemoryAccount } from '../../test/support/memory-account.ts';
import { inShort } from '../../test/support/memory-session.ts';
import { deleted, flag, seen, type Flag } from '../model/flag.ts';
import { asUid } from '../model/ids.ts';
import { NumberSet, type SequenceRange } from '../model/number-set.ts';
import type { ExpungeRule } from './command.ts';
import { Selected } from './selected.ts';
import type { Extension } from './state.ts';

interface Scene {
  readonly account: MemoryAccount;
  readonly selected: Selected;
  readonly told: (expunges?: ExpungeRule) => string[];
  readonly add: (
    uids: readonly number[],
    flags: readonly Flag[],
    origin?: object,
  ) => Promise<unknown>;
}

function scene(
  messages: number,
  { extensions = [], readOnly = false }: { extensions?: Extension[]; readOnly?: boolean } = {},
): Scene {
  const account = new MemoryAccount();
  if (messages > 0) account.put('INBOX', [], messages);
  const selected = new Selected(account.named('INBOX').view(), {
    readOnly,
    enabled: new Set(extensions),
    limits: { queuedChangesMax: 10, keywordsMax: 3 },
  });
  return {
    account,
    selected,
    told: (expunges = 'announced') =>
      [...selected.announcements(expunges)]
        .flatMap((one) => (one.kind === 'FETCH run' ? singly(one) : [one]))
        .map(inShort),
    add: (uids, flags, origin) =>
      account.flag(
        selected.id,
        NumberSet.of(uids.map(asUid)),
        { mode: 'add', flags },
        { ...(origin && { origin }) },
      ),
  };
}

const set = (...ranges: SequenceRange[]) => ({ kind: 'ranges', ranges }) as const;
const everything = NumberSet.ofRanges([{ first: asUid(1), last: asUid(999) }]);

test('sets of numbers and of UIDs', async () => {
  const { selected, account, add, told } = scene(5);
  await add([2], [deleted]);
  await account.expunge(selected.id, everything);
  told();
  const resolve = (range: SequenceRange, uid: boolean) =>
    selected.resolve(set(range), uid).toString();
  assert.equal(resolve({ first: 2, last: 4 }, false), '3:5');
  assert.equal(resolve({ first: '*', last: 3 }, false), '4:5');
  assert.equal(resolve({ first: 3, last: 900 }, true), '3:5');
  assert.equal(resolve({ first: 900, last: '*' }, true), '5');
  assert.throws(() => resolve({ first: 5, last: 5 }, false), /only 4 messages/);
  assert.equal(selected.numbers(NumberSet.of([asUid(2), asUid(3), asUid(9)])).toString(), '2');
  assert.equal(selected.sequence(asUid(2)), undefined);
});

test('in an empty mailbox * is no number and no UID', () => {
  const { selected } = scene(0);
  const star = set({ first: 1, last: '*' });
  assert.throws(() => selected.resolve(star, false), /only 0 messages/);
  assert.ok(selected.resolve(star, true).isEmpty && selected.all.isEmpty);
});

test('messages that are not told of yet do not exist', async () => {
  const { selected, account, add, told } = scene(1);
  account.put('INBOX');
  await add([2], [seen]);
  assert.equal(selected.sequence(asUid(2)), undefined);
  assert.equal(selected.resolve(set({ first: 1, last: '*' }), true).toString(), '1');
  assert.deepEqual(told('held back'), ['* 2 EXISTS', '* 2 RECENT']);
});

test('a message that came and went unseen is never told of', async () => {
  const { selected, account, told } = scene(1);
  account.put('INBOX', [deleted]);
  await account.expunge(selected.id, everything);
  assert.deepEqual(told(), []);
});

test('a ghost keeps its number until it is told of', async () => {
  const { selected, account, add, told } = scene(3);
  await add([1], [deleted]);
  await account.expunge(selected.id, everything);
  assert.deepEqual(told('held back'), []);
  assert.equal(selected.count, 3);
  assert.equal(selected.uid(1), 1);
  assert.ok(selected.hasGhosts(everything) && !selected.hasGhosts(NumberSet.of([asUid(2)])));
  const found = [...selected.messages(everything)];
  assert.deepEqual(
    found.map(({ sequence, uid, row }) => [sequence, uid, row]),
    [
      [1, 1, -1],
      [2, 2, 0],
      [3, 3, 1],
    ],
  );
  assert.ok(selected.entry(found[0]!).flags.has(deleted));
  assert.deepEqual(told(), ['* 1 EXPUNGE']);
});

test('silent changes are not told, but their mod-sequence is', async () => {
  const plain = scene(1);
  await plain.add([1], [seen], plain.selected.silently);
  assert.deepEqual(plain.told(), []);
  const condstore = scene(1, { extensions: ['CONDSTORE'] });
  await condstore.add([1], [seen], condstore.selected.silently);
  assert.deepEqual(condstore.told(), ['* 1 FETCH UID 1 MODSEQ 3']);
  await condstore.add([1], [deleted]);
  await condstore.add([1], [flag('x')], condstore.selected.silently);
  assert.equal(
    condstore.told().at(-1),
    '* 1 FETCH UID 1 FLAGS (\\Deleted \\Seen x \\Recent) MODSEQ 5',
  );
});

test('what a client was just sent is not told again, unless it changed since', async () => {
  const { selected, add, told } = scene(2);
  await add([1, 2], [seen]);
  selected.reported(asUid(1), selected.view.modSeq(0));
  selected.reported(asUid(2), selected.view.modSeq(1));
  await add([2], [deleted]);
  selected.reported(asUid(2), selected.view.modSeq(0));
  assert.deepEqual(told(), ['* 2 FETCH FLAGS (\\Deleted \\Seen \\Recent)']);
});

test('marked messages are told though nothing changed', () => {
  const { selected, told } = scene(2);
  selected.mark(NumberSet.of([asUid(2), asUid(7)]));
  assert.deepEqual(told(), ['* 2 FETCH FLAGS (\\Recent)']);
});

test('many flags are told together, with the numbers that the client knows', async () => {
  const { account, selected, add, told } = scene(100);
  await add([7, 50, 51], [deleted]);
  told();
  await account.expunge(selected.id, everything);
  selected.mark(everything);
  const said = told('held back');
  assert.equal(said.length, 97);
  assert.deepEqual(
    [said[5], said[6], said.at(-1)],
    [6, 8, 100].map((number) => `* ${number} FETCH FLAGS (\\Recent)`),
  );
});

test('messages that go while others are told as gone still have their numbers', async () => {
  const { account, selected, add, told } = scene(6);
  await add([2, 5], [deleted]);
  await account.expunge(selected.id, everything);
  const announcements = selected.announcements('announced')[Symbol.iterator]();
  assert.equal(inShort(announcements.next().value!), '* 5 EXPUNGE');
  await add([1, 6], [deleted]);
  await account.expunge(selected.id, everything);
  assert.deepEqual(Array.from({ [Symbol.iterator]: () => announcements }, inShort), [
    '* 2 EXPUNGE',
  ]);
  assert.equal(selected.count, 4);
  assert.deepEqual(told(), ['* 4 EXPUNGE', '* 1 EXPUNGE']);
});

test('a keyword is told before the first message with it, even when it comes between two', async () => {
  const { selected, add } = scene(2);
  await add([1, 2], [seen]);
  const announcements = selected.announcements('announced')[Symbol.iterator]();
  assert.equal(inShort(announcements.next().value!), '* 1 FETCH FLAGS (\\Seen \\Recent)');
  await add([2], [flag('new')]);
  const rest = Array.from({ [Symbol.iterator]: () => announcements }, inShort);
  assert.match(rest[0]!, /^\* FLAGS .* new$/);
  assert.equal(rest.at(-1), '* 2 FETCH FLAGS (\\Seen new \\Recent)');
});

test('more changes than the queue holds are found again', async () => {
  const { add, told } = scene(30);
  const uids = Array.from({ length: 20 }, (_, index) => index + 1);
  await add(uids, [seen]);
  assert.equal(told().length, 20);
  assert.deepEqual(told(), []);
});

test('\\Recent goes to one session, and EXAMINE only looks', () => {
  const { account, selected } = scene(2, { readOnly: true });
  const options = {
    enabled: new Set<Extension>(),
    limits: { queuedChangesMax: 1, keywordsMax: 1 },
  };
  const open = (readOnly: boolean): Selected =>
    new Selected(account.named('INBOX').view(), { readOnly, ...options });
  const first = open(false);
  const second = open(false);
  assert.deepEqual(
    [selected, first, second].map(({ recentCount }) => recentCount),
    [2, 2, 0],
  );
  account.put('INBOX');
  assert.deepEqual([...second.announcements('announced')].map(inShort), [
    '* 3 EXISTS',
    '* 1 RECENT',
  ]);
  assert.deepEqual([...first.announcements('announced')].map(inShort), [
    '* 3 EXISTS',
    '* 2 RECENT',
  ]);
  assert.ok(second.isRecent(asUid(3)) && !first.isRecent(asUid(3)));
});

test('PERMANENTFLAGS has \\* while there is room for keywords', async () => {
  const { selected, add } = scene(1);
  const room = (): unknown => {
    const [, response] = selected.flagResponses();
    return response?.kind === 'status' && response.code?.kind === 'PERMANENTFLAGS'
      ? response.code.newKeywords
      : undefined;
  };
  assert.equal(room(), true);
  await add([1], [flag('a'), flag('b'), flag('c')]);
  assert.equal(room(), false);
});

test('a saved result loses what is expunged', async () => {
  const { selected, account, add, told } = scene(3);
  selected.save(NumberSet.of([asUid(1), asUid(3)]));
  await add([3], [deleted]);
  await account.expunge(selected.id, everything);
  assert.equal(selected.resolve({ kind: 'saved' }, false).toString(), '1,3');
  told();
  assert.equal(selected.saved.toString(), '1');
});
