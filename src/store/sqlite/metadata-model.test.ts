/** Random metadata of an owner and a guest by two stores on one account, cut and opened anew at random, against a model. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { type AccountId, asAccountId, asModSeq, type MailboxId } from '../../model/ids.ts';
import { mailboxName } from '../../model/mailbox-name.ts';
import type { EntryName } from '../../model/metadata.ts';
import { noRights, type Rights } from '../../model/rights.ts';
import type { Bus } from '../bus.ts';
import type { Store } from '../store.ts';
import { SqliteAccount } from './account.ts';
import { cutLog } from './fold.ts';
import { openSqliteStore } from './store.ts';

const names = ['/private/a', '/private/a/b', '/shared/c'] as readonly string[] as EntryName[];
const everything = ['/private', '/shared'] as readonly string[] as EntryName[];
const boxes = ['INBOX', 'Box', 'server'] as const;
const users = ['owner', 'guest'] as const;
const guest = asAccountId('bert');
const granted = {
  identifier: guest,
  mode: 'replace',
  rights: 'lr' as Rights,
  otherwise: noRights,
} as const;

const side = fc.constantFrom(0, 1);
const box = fc.constantFrom(...boxes);
const operation = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      side,
      box,
      who: fc.constantFrom(...users),
      entries: fc.array(
        fc.tuple(fc.constantFrom(...names), fc.option(fc.string({ maxLength: 3 }))),
        { minLength: 1, maxLength: 3 },
      ),
    }),
  },
  fc.record({
    kind: fc.constantFrom('remove' as const, 'rename' as const, 'revoke' as const),
    side,
  }),
  fc.record({
    kind: fc.constantFrom('cut' as const, 'reopen' as const, 'subscribe' as const),
    side,
  }),
);

type User = (typeof users)[number];

/** Whose entry it is: everybody's, or that of who sets it. */
function keyOf(at: string, name: string, who: User): string {
  return `${at} ${name} ${name.startsWith('/shared') ? 'all' : who}`;
}

/** Values by box, name and whose they are, and when each was last set or removed. */
class Model {
  readonly values = new Map<string, string>();
  readonly changed = new Map<string, number>();

  set(key: string, value: string | null, modSeq: number): void {
    if (value === null && !this.values.delete(key)) return;
    if (value !== null) this.values.set(key, value);
    this.changed.set(key, modSeq);
  }

  forget(isGone: (key: string) => boolean): void {
    for (const key of [...this.values.keys()].filter(isGone)) this.values.delete(key);
    for (const key of [...this.changed.keys()].filter(isGone)) this.changed.delete(key);
  }
}

/** Nobody is told anything, but each question whether others have written is looked into. */
const bus: Bus = {
  alone: false,
  join: () => ({ publish: () => undefined, [Symbol.dispose]: () => undefined }),
};

/** One of two stores, with the account open. */
class Side {
  readonly #directory: string;
  store: Store | undefined;
  account!: SqliteAccount;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async open(id: AccountId | undefined): Promise<AccountId> {
    const { store = await this.#store() } = this;
    const address = 'anna@example.org';
    const known = id ?? (await store.directory.add({ address, passwordHash: 'h' })).id;
    const account = await store.open(known);
    assert.ok(account instanceof SqliteAccount);
    this.account = account;
    return known;
  }

  async #store(): Promise<Store> {
    const options = { directory: this.#directory, limits: defaultLimits, logger: silent, bus };
    return (this.store = await openSqliteStore({ ...options, sync: 'relaxed' }));
  }

  async close(): Promise<void> {
    await this.store?.[Symbol.asyncDispose]();
    this.store = undefined;
  }

  async id(at: (typeof boxes)[number]): Promise<MailboxId | undefined> {
    const { account } = this;
    await account.refresh();
    if (at === 'server') return undefined;
    const found =
      at === 'INBOX' ? at : account.engine.state.byName(mailboxName('Box')) ? 'Box' : 'Sack';
    return (await account.mailbox(mailboxName(found)))!.id;
  }
}

async function act(
  op: ReturnType<typeof operation.generate>['value'],
  self: Side,
  model: Model,
): Promise<void> {
  const { account } = self;
  if (op.kind === 'set') {
    const entries = op.entries.map(([name, value]) => [name, value && Buffer.from(value)] as const);
    const fixed = entries.map(
      ([name, value]) => [name, value === '' ? Buffer.from('') : value] as const,
    );
    // The account's own entries are nobody else's.
    const who = op.box === 'server' ? 'owner' : op.who;
    const his = who === 'owner' ? account : account.as(guest);
    await his.setMetadata(await self.id(op.box), { entries: fixed });
    for (const [name, value] of op.entries)
      model.set(keyOf(op.box, name, who), value, account.modSeq);
  } else if (op.kind === 'cut') {
    await account.engine.folder.all();
    await account.engine.queue.submit((tx) => cutLog(tx, { rows: 2, bytes: 1e9 }));
  } else if (op.kind === 'subscribe') {
    await account.subscribe(mailboxName(`x${account.modSeq}`), true);
  } else if (op.kind !== 'reopen') {
    const id = await self.id('Box');
    const { name } = account.engine.state.byId(id!)!.mailbox;
    const other = mailboxName(name === 'Box' ? 'Sack' : 'Box');
    if (op.kind === 'rename') await account.rename(name, other);
    else if (op.kind === 'revoke') {
      await account.setAcl(id!, { ...granted, mode: 'delete' });
      await account.setAcl(id!, granted);
      model.forget((key) => key.startsWith('Box ') && key.endsWith(' guest'));
    } else {
      await account.remove(name);
      await account.setAcl((await account.create(other)).id, granted);
      model.forget((key) => key.startsWith('Box '));
    }
  }
}

interface Checked {
  readonly who: User;
  readonly since: number;
}

async function check(self: Side, model: Model, { who, since }: Checked): Promise<void> {
  const account = who === 'owner' ? self.account : self.account.as(guest);
  const isHis = (key: string): boolean => key.endsWith(' all') || key.endsWith(` ${who}`);
  const ids = new Map<string, string>();
  for (const at of boxes) {
    if (at === 'server' && who === 'guest') continue;
    const id = await self.id(at);
    ids.set(id ?? 'server', at);
    const found = new Map<string, string>();
    for await (const { name, value } of account.metadata(id, {
      entries: everything,
      depth: Infinity,
    }))
      found.set(keyOf(at, name, who), Buffer.from(value ?? []).toString());
    const wanted = [...model.values].filter(([key]) => key.startsWith(`${at} `) && isHis(key));
    assert.deepEqual(found, new Map(wanted));
  }
  const told = new Set<string>();
  let last = since;
  for await (const change of account.changes(asModSeq(since), { only: 'metadata' })) {
    assert.ok(change.kind === 'metadata' && change.modSeq >= last);
    last = change.modSeq;
    const at = ids.get(change.mailbox ?? 'server') ?? 'server';
    told.add(change.entry === undefined ? `${at} something` : keyOf(at, change.entry, who));
  }
  for (const [key, modSeq] of model.changed) {
    if (modSeq <= since || !isHis(key) || (who === 'guest' && key.startsWith('server'))) continue;
    const isGone = !model.values.has(key);
    const hint = `${key.split(' ')[0]} something`;
    assert.ok(told.has(key) || (isGone && told.has(hint)), `${key} is told`);
  }
}

test('two stores and the simplest model agree, and the feed forgets nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(operation, { minLength: 5, maxLength: 25 }),
      fc.nat(),
      async (ops, at) => {
        const directory = await mkdtemp(join(tmpdir(), 'restante-metadata-'));
        const sides = [new Side(directory), new Side(directory)];
        try {
          let id: AccountId | undefined;
          for (const each of sides) id = await each.open(id);
          const { account: first } = sides[0]!;
          await first.setAcl((await first.create(mailboxName('Box'))).id, granted);
          const start = sides[0]!.account.modSeq;
          const model = new Model();
          for (const op of ops) {
            const self = sides[op.side]!;
            await act(op, self, model);
            if (op.kind !== 'reopen') continue;
            await self.close();
            await self.open(id);
          }
          for (const each of sides) {
            await each.account.refresh();
            const { modSeq } = each.account;
            const since = start + (at % (modSeq - start + 1));
            for (const who of users) await check(each, model, { who, since });
          }
        } finally {
          for (const each of sides) await each.close();
          await rm(directory, { recursive: true, force: true });
        }
      },
    ),
    { numRuns: 12 },
  );
});
