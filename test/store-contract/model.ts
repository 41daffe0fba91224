import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { flag, type FlagEdit, FlagSet } from '../../src/model/flag.ts';
import { asUid } from '../../src/model/ids.ts';
import type { QuotaLimits } from '../../src/model/quota.ts';
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
  rejects,
  text,
} from './context.ts';

/** The simplest thing that behaves like two mailboxes. */
interface ModelMessage {
  uid: number;
  flags: string[];
  readonly subject: string;
}

/** What the account may have in both. */
type Limits = Pick<QuotaLimits, 'storage' | 'messages'>;

interface ModelMailbox {
  next: number;
  messages: ModelMessage[];
}

type Operation =
  | { readonly kind: 'quota'; readonly box: number; readonly limits: Limits }
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
  fc.record({
    kind: fc.constant('quota' as const),
    box,
    limits: fc.record(
      { storage: fc.integer({ min: 0, max: 3000 }), messages: fc.integer({ min: 0, max: 20 }) },
      { requiredKeys: [], noNullPrototype: true },
    ),
  }),
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
  if (op.kind === 'quota') return;
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

const bytesOf = (messages: readonly Pick<ModelMessage, 'subject'>[]): number =>
  messages.reduce((sum, { subject }) => sum + text(subject).length, 0);

/** Whether an operation brings more than there is room for. */
function isTooMuch(
  model: readonly ModelMailbox[],
  op: Operation,
  { limits, subjects }: { limits: Limits; subjects: readonly string[] },
): boolean {
  let more: readonly Pick<ModelMessage, 'subject'>[] = [];
  if (op.kind === 'append') more = subjects.map((subject) => ({ subject }));
  else if (op.kind === 'copy') more = model[op.box]!.messages.filter(({ uid }) => op.set.has(uid));
  if (more.length === 0) return false;
  const after = [...model.flatMap(({ messages }) => messages), ...more];
  return (
    after.length > (limits.messages ?? Infinity) || bytesOf(after) > (limits.storage ?? Infinity)
  );
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
      for (const uid of delta.changed.values()) {
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
  { op, subjects }: { op: Operation; subjects: readonly string[] },
): Promise<void> {
  const { id } = boxes[op.box]!.mailbox;
  if (op.kind === 'quota') {
    await account.setQuota(op.limits);
    assert.deepEqual(account.quota.limits, op.limits);
    return;
  }
  if (op.kind === 'append') {
    const staged: StagedMessage[] = [];
    for (const subject of subjects) staged.push(await account.stage(bytes(text(subject))));
    await account.append(
      id,
      staged.map((message) => ({ staged: message, flags: [flag('one')], internalDate: received })),
    );
    return;
  }
  const given = NumberSet.ofRanges(
    op.set.ranges.map(({ first, last }) => ({ first: asUid(first), last: asUid(last) })),
  );
  if (op.kind === 'flag')
    await account.flag(id, given, { mode: op.mode, flags: op.flags.map(flag) });
  else if (op.kind === 'expunge') await account.expunge(id, given);
  else await account[op.kind](id, given, boxes[op.to]!.mailbox.id);
}

async function compare(
  account: Account,
  views: readonly MailboxView[],
  model: readonly ModelMailbox[],
): Promise<void> {
  const held = model.flatMap(({ messages }) => messages);
  const usage = { storage: bytesOf(held), messages: held.length, mailboxes: 6 };
  assert.deepEqual(account.quota.usage, usage);
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
        let limits: Limits = {};
        for (const op of operations) {
          const subjects =
            op.kind === 'append'
              ? Array.from({ length: op.count }, (_, index) => `m${account.modSeq}.${index}`)
              : [];
          if (op.kind === 'quota') ({ limits } = op);
          const isRefused = isTooMuch(model, op, { limits, subjects });
          const running = run(account, views, { op, subjects });
          if (isRefused) await rejects(running, 'over-quota');
          else await running;
          if (!isRefused) applyToModel(model, op, subjects);
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
