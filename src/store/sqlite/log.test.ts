/** Random writes by two stores on one account, folded, cut and opened anew at random, against a model. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { flag, type FlagEdit } from '../../model/flag.ts';
import { type AccountId, asModSeq, asUid, type MailboxId } from '../../model/ids.ts';
import { mailboxName } from '../../model/mailbox-name.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Change } from '../change.ts';
import type { MailboxView, Store } from '../store.ts';
import { SqliteAccount } from './account.ts';
import { cutLog, fold } from './fold.ts';
import { openSqliteStore } from './store.ts';

const names = ['INBOX', 'Archive'].map(mailboxName);

interface Message {
  flags: string[];
  modSeq: number;
  readonly size: number;
}

/** A mailbox as a model has it: what is there, and what went when. */
class Model {
  next = 1;
  highest = 0;
  readonly messages = new Map<number, Message>();
  readonly gone = new Map<number, number>();

  hit(first: number, last: number): [number, Message][] {
    return [...this.messages].filter(([uid]) => uid >= first && uid <= last);
  }

  remove(uid: number, modSeq: number): void {
    this.messages.delete(uid);
    this.gone.set(uid, modSeq);
    this.highest = modSeq;
  }

  add(message: Message): void {
    this.messages.set(this.next++, message);
    this.highest = message.modSeq;
  }

  picture(): unknown[] {
    return [...this.messages].map(([uid, { flags, modSeq, size }]) => [
      uid,
      flags.join(),
      modSeq,
      size,
    ]);
  }

  changes(box: number, since: number): string[] {
    const changed = [...this.messages].map(([uid, m]) => [
      m.modSeq,
      `${box} ${uid} ${m.flags.join()} ${m.size}`,
    ]);
    const gone = [...this.gone].map(([uid, modSeq]) => [modSeq, `${box} ${uid} gone`]);
    return [...changed, ...gone]
      .filter(([at]) => Number(at) > since)
      .map(([at, text]) => `${at}: ${text}`);
  }
}

const box = fc.nat(1);
const range = fc
  .tuple(fc.integer({ min: 1, max: 25 }), fc.nat(20))
  .map(([first, more]) => [first, first + more] as const);
const flags = fc.subarray(['\\Answered', '\\Deleted', '\\Seen', 'one', 'two']);
const mode = fc.constantFrom<FlagEdit['mode']>('add', 'remove', 'replace');
const operation = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      box,
      // Of each message: what neighbours have is mostly not the same.
      each: fc.array(flags, { minLength: 1, maxLength: 8, size: 'max' }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('flag' as const),
      box,
      range,
      mode,
      flags,
      limit: fc.option(fc.nat(40), { freq: 2 }),
    }),
  },
  fc.record({ kind: fc.constant('expunge' as const), box, range }),
  fc.record({ kind: fc.constantFrom('copy' as const, 'move' as const), box, to: box, range }),
  fc.record({ kind: fc.constant('fold' as const), rows: fc.integer({ min: 1, max: 12 }) }),
  fc.record({ kind: fc.constant('cut' as const), rows: fc.nat(6) }),
  fc.record({
    kind: fc.constantFrom('look' as const, 'leave' as const, 'reopen' as const, 'refresh' as const),
  }),
  fc.record({ kind: fc.constant('rename' as const) }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** One of the two stores: sometimes it has views, sometimes not. */
class Side {
  readonly #directory: string;
  readonly #id: AccountId;
  store!: Store;
  account!: SqliteAccount;
  views: MailboxView[] = [];

  constructor(directory: string, id: AccountId) {
    this.#directory = directory;
    this.#id = id;
  }

  async open(): Promise<this> {
    this.store = await openSqliteStore({
      directory: this.#directory,
      limits: defaultLimits,
      logger: silent,
      bus: deaf,
    });
    const account = await this.store.open(this.#id);
    assert.ok(account instanceof SqliteAccount);
    this.account = account;
    return this;
  }

  async look(): Promise<void> {
    await this.leave();
    for (const id of await this.ids()) this.views.push(await this.account.view(id));
  }

  async leave(): Promise<void> {
    for (const view of this.views.splice(0)) await view[Symbol.asyncDispose]();
  }

  async ids(): Promise<MailboxId[]> {
    const all = await this.account.mailboxes();
    return names.map((name) => all.find((mailbox) => mailbox.name === name)!.id);
  }

  async close(): Promise<void> {
    await this.leave();
    await this.store[Symbol.asyncDispose]();
  }
}

/** A bus that tells nothing: what others wrote is asked for. */
const deaf = {
  alone: false,
  join: () => ({ publish: () => undefined, [Symbol.dispose]: () => undefined }),
};

function edited(
  before: readonly string[],
  { mode: how, flags: given }: { mode: FlagEdit['mode']; flags: readonly string[] },
): string[] {
  const after =
    how === 'replace'
      ? given
      : how === 'add'
        ? [...before, ...given]
        : before.filter((name) => !given.includes(name));
  return [...new Set(after)].sort();
}

const set = ([first, last]: readonly [number, number]): NumberSet<ReturnType<typeof asUid>> =>
  NumberSet.ofRanges([{ first: asUid(first), last: asUid(last) }]);

async function write(side: Side, models: readonly Model[], op: Operation): Promise<void> {
  const { account } = side;
  const ids = await side.ids();
  if (op.kind === 'append') {
    const content = (async function* () {
      yield Buffer.from(`Subject: x\r\n\r\n${'x'.repeat(models[op.box]!.next)}`);
    })();
    await using staged = await account.stage(content);
    const internalDate = { epochSeconds: 0, zoneMinutes: 0 };
    const { modSeq } = await account.append(
      ids[op.box]!,
      op.each.map((own) => ({ staged, flags: own.map(flag), internalDate })),
    );
    for (const own of op.each)
      models[op.box]!.add({ flags: [...own].sort(), modSeq, size: staged.size });
  } else if (op.kind === 'flag') {
    const edit = { mode: op.mode, flags: op.flags.map(flag) };
    const limit = op.limit === null ? Infinity : op.limit;
    const options = op.limit === null ? {} : { unchangedSince: asModSeq(op.limit) };
    const { modSeq, changed, modified } = await account.flag(
      ids[op.box]!,
      set(op.range),
      edit,
      options,
    );
    const hit = models[op.box]!.hit(...op.range);
    const expected = hit.filter(
      ([, m]) => m.modSeq <= limit && edited(m.flags, op).join() !== m.flags.join(),
    );
    assert.deepEqual(
      [...changed.values()],
      expected.map(([uid]) => uid),
    );
    assert.deepEqual(
      [...modified.values()],
      hit.filter(([, m]) => m.modSeq > limit).map(([uid]) => uid),
    );
    for (const [, message] of expected)
      Object.assign(message, { flags: edited(message.flags, op), modSeq });
    if (expected.length > 0) models[op.box]!.highest = modSeq;
  } else if (op.kind === 'expunge') {
    const removed = await account.expunge(ids[op.box]!, set(op.range));
    const expected = models[op.box]!.hit(...op.range).filter(([, m]) =>
      m.flags.includes('\\Deleted'),
    );
    assert.deepEqual(
      [...removed.values()],
      expected.map(([uid]) => uid),
    );
    for (const [uid] of expected) models[op.box]!.remove(uid, account.modSeq);
  } else if (op.kind === 'copy' || op.kind === 'move') {
    const { modSeq, from } = await account[op.kind](ids[op.box]!, set(op.range), ids[op.to]!);
    const hit = models[op.box]!.hit(...op.range);
    assert.deepEqual(
      from,
      hit.map(([uid]) => uid),
    );
    for (const [uid, message] of hit) {
      models[op.to]!.add({ ...message, modSeq });
      if (op.kind === 'move') models[op.box]!.remove(uid, modSeq);
    }
  } else if (op.kind === 'rename') {
    await account.refresh();
    const free = (await account.mailboxes()).some(({ name }) => name === 'Sent');
    await account.rename(mailboxName(free ? 'Sent' : 'Gone'), mailboxName(free ? 'Gone' : 'Sent'));
  } else if (op.kind === 'fold')
    await account.engine.queue.submit((tx) => fold(tx, account.engine.unfolded.folded + op.rows));
  else if (op.kind === 'cut')
    await account.engine.queue.submit((tx) => cutLog(tx, { rows: op.rows, bytes: 1e9 }));
  else if (op.kind === 'reopen') {
    await side.close();
    await side.open();
  } else if (op.kind !== 'refresh') await side[op.kind]();
}

function told(change: Change, ids: readonly MailboxId[]): string[] {
  const at = change.mailbox === undefined ? -1 : ids.indexOf(change.mailbox);
  if (at < 0) return [];
  if (change.kind === 'vanished') return [`${change.modSeq}: ${at} ${change.uid} gone`];
  if (change.kind !== 'message') return [];
  const {
    uid,
    flags: { flags: set },
    size,
    modSeq,
  } = change.entry;
  assert.equal(modSeq, change.modSeq);
  return [`${modSeq}: ${at} ${uid} ${[...set].sort().join()} ${size}`];
}

async function check(side: Side, models: readonly Model[], since: number): Promise<void> {
  const { account } = side;
  await account.refresh();
  const ids = await side.ids();
  const mailboxes = await account.mailboxes();
  const held = models.flatMap(({ messages }) => [...messages.values()]);
  const storage = held.reduce((sum, { size }) => sum + size, 0);
  const usage = { storage, messages: held.length, mailboxes: mailboxes.length };
  assert.deepEqual(account.quota.usage, usage);
  for (const [index, model] of models.entries()) {
    const mailbox = mailboxes.find(({ id }) => id === ids[index])!;
    const all = [...model.messages.values()];
    const gone = all.filter(({ flags: f }) => f.includes('\\Deleted'));
    const { uidNext, messages, unseen, deleted, size: bytes, deletedSize } = mailbox;
    assert.deepEqual(
      [uidNext, messages, unseen, deleted, bytes, deletedSize],
      [
        model.next,
        all.length,
        all.filter(({ flags: f }) => !f.includes('\\Seen')).length,
        gone.length,
        all.reduce((sum, { size }) => sum + size, 0),
        gone.reduce((sum, { size }) => sum + size, 0),
      ],
    );
    if (model.highest > 0) assert.equal(mailbox.highestModSeq, model.highest);
  }
  for (const [index, view] of side.views.entries()) {
    const picture = Array.from({ length: view.count }, (_, row) => {
      const { uid, flags: f, modSeq, size } = view.entry(row);
      return [uid, [...f.flags].sort().join(), modSeq, size];
    });
    assert.deepEqual(picture, models[index]!.picture());
    const gone = [...models[index]!.gone].filter(([, at]) => at > since).map(([uid]) => asUid(uid));
    assert.equal(
      (await view.vanishedSince(asModSeq(since))).toString(),
      NumberSet.of(gone.sort((a, b) => a - b)).toString(),
    );
  }
  const changes: string[] = [];
  let last = since;
  for await (const change of account.changes(asModSeq(since))) {
    assert.ok(change.modSeq >= last, 'in order');
    last = change.modSeq;
    changes.push(...told(change, ids));
  }
  assert.deepEqual(
    changes.sort(),
    models.flatMap((model, index) => model.changes(index, since)).sort(),
  );
}

test('rows, log, and what is folded of it are together what was written', async () => {
  const step = fc.tuple(fc.nat(1), operation, fc.nat(60));
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 60 }),
      fc.nat(2),
      async (steps, looking) => {
        const directory = await mkdtemp(join(tmpdir(), 'restante-log-'));
        const first = await openSqliteStore({ directory, limits: defaultLimits, logger: silent });
        const { id } = await first.directory.add({
          address: 'anna@example.org',
          passwordHash: 'h',
        });
        await first[Symbol.asyncDispose]();
        const sides = [await new Side(directory, id).open(), await new Side(directory, id).open()];
        try {
          const models = names.map(() => new Model());
          for (const side of sides.slice(0, looking)) await side.look();
          for (const [who, op, since] of steps) {
            const side = sides[who]!;
            await write(side, models, op);
            if (since % 2 === 0) await check(side, models, since);
            if (since % 5 === 0) await check(sides[1 - who]!, models, since);
          }
          // What a killed process leaves: nothing is folded for those who open it.
          const third = await new Side(directory, id).open();
          await third.look();
          for (const side of [...sides, third])
            for (const since of [0, 7, 20]) await check(side, models, since);
          await third.close();
        } finally {
          for (const side of sides) await side.close();
          await rm(directory, { recursive: true, force: true });
        }
      },
    ),
    { numRuns: 20 },
  );
});
