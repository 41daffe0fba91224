import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { flag, type FlagEdit, FlagSet } from '../../src/model/flag.ts';
import { asUid } from '../../src/model/ids.ts';
import { NumberSet } from '../../src/model/number-set.ts';
import type { Account, MailboxView, StagedMessage } from '../../src/store/store.ts';
import {
  bytes,
  type Contract,
  counted,
  counters,
  mailbox,
  newAccount,
  type Opened,
  received,
  text,
} from './context.ts';

/** The simplest thing that behaves like two mailboxes. */
interface ModelMessage {
  uid: number;
  flags: string[];
  readonly subject: string;
}

interface ModelMailbox {
  next: number;
  messages: ModelMessage[];
}

type Operation =
  | { readonly kind: 'append'; readonly box: number; readonly count: number }
  | {
      readonly kind: 'flag';
      readonly box: number;
      readonly set: NumberSet;
      readonly mode: FlagEdit['mode'];
      readonly flags: readonly string[];
    }
  | { readonly kind: 'expunge'; readonly box: number; readonly set: NumberSet }
  | {
      readonly kind: 'copy' | 'move';
      readonly box: number;
      readonly to: number;
      readonly set: NumberSet;
    };

const box = fc.nat(1);
const set = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 40 })), {
    minLength: 1,
    maxLength: 3,
  })
  .map((ranges) => NumberSet.ofRanges(ranges.map(([first, last]) => ({ first, last }))));
const flags = fc.subarray(['\\Answered', '\\Deleted', '\\Seen', 'one', 'Two']);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant('append' as const), box, count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    kind: fc.constant('flag' as const),
    box,
    set,
    mode: fc.constantFrom('add', 'remove', 'replace'),
    flags,
  }),
  fc.record({ kind: fc.constant('expunge' as const), box, set }),
  fc.record({ kind: fc.constantFrom('copy', 'move'), box, to: box, set }),
);

function edited(
  before: readonly string[],
  mode: FlagEdit['mode'],
  names: readonly string[],
): string[] {
  if (mode === 'replace') return [...names];
  if (mode === 'add') return [...new Set([...before, ...names])];
  return before.filter((name) => !names.includes(name));
}

function applyToModel(model: ModelMailbox[], op: Operation, subjects: readonly string[]): void {
  const source = model[op.box]!;
  if (op.kind === 'append') {
    for (const subject of subjects)
      source.messages.push({ uid: source.next++, flags: ['one'], subject });
    return;
  }
  const hit = source.messages.filter(({ uid }) => op.set.has(uid));
  if (op.kind === 'flag')
    for (const message of hit) message.flags = edited(message.flags, op.mode, op.flags);
  else if (op.kind === 'expunge')
    source.messages = source.messages.filter(
      (message) => !hit.includes(message) || !message.flags.includes('\\Deleted'),
    );
  else {
    const target = model[op.to]!;
    const copies = hit.map((message) => ({
      ...message,
      flags: [...message.flags],
      uid: target.next++,
    }));
    if (op.kind === 'move')
      source.messages = source.messages.filter((message) => !hit.includes(message));
    target.messages.push(...copies);
  }
}

const sorted = (names: Iterable<string>): string[] => [...names].sort();

/** Plain arrays kept by deltas alone, as a session would: they must equal the columns. */
class Follower {
  readonly entries: { uid: number; flags: string[] }[] = [];

  constructor(view: MailboxView) {
    for (let row = 0; row < view.count; row++)
      this.entries.push({ uid: view.uid(row), flags: sorted(view.flags(row).flags) });
    view.watch((delta) => {
      for (const { uid } of delta.expunged)
        this.entries.splice(
          this.entries.findIndex((entry) => entry.uid === uid),
          1,
        );
      for (const uid of delta.changed) {
        const entry = this.entries.find((candidate) => candidate.uid === uid);
        assert.ok(entry, 'a changed message was there');
        entry.flags = sorted(view.flags(view.row(uid)).flags);
      }
      for (let row = view.count - delta.added; row < view.count; row++) {
        this.entries.push({ uid: view.uid(row), flags: sorted(view.flags(row).flags) });
      }
    });
  }
}

async function run(
  account: Account,
  boxes: readonly MailboxView[],
  op: Operation,
): Promise<string[]> {
  const { id } = boxes[op.box]!.mailbox;
  if (op.kind === 'append') {
    const subjects = Array.from({ length: op.count }, (_, index) => `m${account.modSeq}.${index}`);
    const staged: StagedMessage[] = [];
    for (const subject of subjects) staged.push(await account.stage(bytes(text(subject))));
    await account.append(
      id,
      staged.map((message) => ({ staged: message, flags: [flag('one')], internalDate: received })),
    );
    return subjects;
  }
  const given = NumberSet.ofRanges(
    op.set.ranges.map(({ first, last }) => ({ first: asUid(first), last: asUid(last) })),
  );
  if (op.kind === 'flag')
    await account.flag(id, given, { mode: op.mode, flags: op.flags.map(flag) });
  else if (op.kind === 'expunge') await account.expunge(id, given);
  else await account[op.kind](id, given, boxes[op.to]!.mailbox.id);
  return [];
}

async function compare(
  account: Account,
  views: readonly MailboxView[],
  model: readonly ModelMailbox[],
): Promise<void> {
  for (const [index, view] of views.entries()) {
    const { messages, next } = model[index]!;
    const shown = Array.from({ length: view.count }, (_, row) => [
      view.uid(row),
      sorted(view.flags(row).flags),
    ]);
    assert.deepEqual(
      shown,
      messages.map(({ uid, flags: names }) => [uid, sorted(new FlagSet(names.map(flag)).flags)]),
    );
    assert.equal(view.mailbox.uidNext, next);
    assert.deepEqual(counters(view.mailbox), counted(view));
    const facts = await account.facts(
      Array.from({ length: view.count }, (_, row) => view.message(row)),
    );
    assert.deepEqual(
      facts.map((fact) => fact?.envelope.subject),
      messages.map(({ subject }) => subject),
    );
  }
}

/** Random operations on the store and on a model of it: never a difference, before and after reopening. */
export function modelContract(contract: Contract): void {
  let opened: Opened;
  before(async () => (opened = await contract.open()));
  after(() => opened[Symbol.asyncDispose]());

  test('the store and the simplest model agree', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 25 }), async (operations) => {
        const account = await newAccount(opened);
        const names = ['INBOX', 'Archive'];
        const views = await Promise.all(
          names.map(async (text) => await account.view((await mailbox(account, text)).id)),
        );
        const followers = views.map((view) => new Follower(view));
        const model: ModelMailbox[] = names.map(() => ({ next: 1, messages: [] }));
        let last = account.modSeq;
        for (const op of operations) {
          applyToModel(model, op, await run(account, views, op));
          assert.ok(account.modSeq >= last);
          last = account.modSeq;
        }
        await compare(account, views, model);
        for (const [index, view] of views.entries()) {
          assert.deepEqual(
            followers[index]!.entries.map(({ uid, flags: names }) => [uid, names]),
            Array.from({ length: view.count }, (_, row) => [
              view.uid(row),
              sorted(view.flags(row).flags),
            ]),
          );
        }
        await opened.reopen();
        const again = await opened.store.open(account.id);
        assert.equal(again.modSeq, last);
        const fresh = await Promise.all(
          names.map(async (text) => await again.view((await mailbox(again, text)).id)),
        );
        await compare(again, fresh, model);
      }),
      { numRuns: 12 },
    );
  });
}
