import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import { defaultLimits } from '../../base/limits.ts';
import { silent } from '../../base/logger.ts';
import { anyone, grantees, type Acl, type AclChange } from '../../model/acl.ts';
import type { AccountId, MailboxId } from '../../model/ids.ts';
import { noRights, type Rights } from '../../model/rights.ts';
import type { SharingDirectory } from '../directory.ts';
import { changeAcl } from '../share.ts';
import type { Account, Store } from '../store.ts';
import { openSqliteStore } from './store.ts';

const run = promisify(execFile);

let root: string;
let store: Store;
let anna: Account;
let ids: Record<'anna' | 'bert' | 'carl', AccountId>;
let copies: number;
/** What was answered, by mailbox; during a change the mailbox that it is about may be either. */
let promised: Map<MailboxId, Acl>;
let changing: MailboxId | undefined;

const openStore = (directory: string): Promise<Store> =>
  openSqliteStore({ directory, limits: defaultLimits, logger: silent });

const original = (): string => join(root, 'store');

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'restante-shared-'));
  store = await openStore(original());
  const add = async (name: string): Promise<AccountId> =>
    (await store.directory.add({ address: `${name}@example.org`, passwordHash: 'h' })).id;
  ids = { anna: await add('anna'), bert: await add('bert'), carl: await add('carl') };
  anna = await store.open(ids.anna);
  [copies, promised, changing] = [0, new Map(), undefined];
});

afterEach(async () => {
  await anna[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

/** Kills the process here: another one opens what is left. */
async function crash(): Promise<void> {
  const directory = join(root, String(copies++));
  // Another process copies: closing a database's file here would drop our locks on it.
  await run('cp', ['-r', original(), directory]);
  const left = await openStore(directory);
  const account = await left.open(ids.anna);
  const all = new Set<string>();
  for (const { id, acl } of await account.mailboxes()) {
    for (const grantee of grantees(acl)) all.add(grantee);
    if (id !== changing) assert.deepEqual(acl ?? new Map(), promised.get(id) ?? new Map());
  }
  await verify(left, all, 'at least');
  // The next change sets right what the crash left too much.
  const [mailbox] = await account.mailboxes();
  const directoryOfLeft = { directory: left.directory, account };
  await changeAcl(directoryOfLeft, { id: mailbox!.id, change: change(ids.carl, 'lr') });
  const lists = (await account.mailboxes()).flatMap(({ acl }) => grantees(acl));
  await verify(left, new Set(lists), 'exactly');
  await account[Symbol.asyncDispose]();
  await left[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
}

/** Who is in a list finds the account; and nobody else does. */
async function verify(
  { directory }: Store,
  listed: ReadonlySet<string>,
  which: 'at least' | 'exactly',
): Promise<void> {
  for (const user of [ids.bert, ids.carl]) {
    const shared = await directory.sharing!.sharedWith(user);
    const finds = shared.some(({ id }) => id === ids.anna);
    const should = listed.has(user) || listed.has(anyone);
    if (should) assert.ok(finds, `crash ${copies}: a right was left out`);
    else if (which === 'exactly') assert.ok(!finds, `crash ${copies}: a name is left`);
  }
}

function change(identifier: string, rights: string): AclChange {
  const mode = rights === '' ? 'delete' : 'replace';
  return { identifier, mode, rights: rights as Rights, otherwise: noRights };
}

/** Changes a list; before each step and behind the last the process may be killed. */
async function changed(id: MailboxId, identifier: string, rights: string): Promise<void> {
  const sharing = store.directory.sharing!;
  const between = async <T>(step: () => Promise<T>): Promise<T> => {
    await crash();
    return await step();
  };
  const watched: SharingDirectory = {
    account: (one) => sharing.account(one),
    sharedWith: (user) => sharing.sharedWith(user),
    mailboxes: (owner) => sharing.mailboxes(owner),
    share: (...what) => between(() => sharing.share(...what)),
    version: sharing.version,
    watch: (listener) => sharing.watch(listener),
  };
  const directory = Object.create(store.directory, {
    sharing: { value: watched },
  }) as typeof store.directory;
  const account = Object.create(anna, {
    id: { value: anna.id },
    setAcl: {
      value: (...what: Parameters<NonNullable<Account['setAcl']>>) =>
        between(() => anna.setAcl!(...what)),
    },
    mailboxes: { value: () => anna.mailboxes() },
    refresh: { value: () => anna.refresh?.('all') },
  }) as Account;
  changing = id;
  const acl = await changeAcl({ directory, account }, { id, change: change(identifier, rights) });
  changing = undefined;
  promised.set(id, acl ?? new Map());
  await crash();
}

test('whoever was given a right finds it after a kill at any step, and a name too many goes with the next change', async () => {
  const [inbox, drafts] = await anna.mailboxes();
  await changed(inbox!.id, ids.bert, 'lr');
  await changed(drafts!.id, ids.carl, 'lrs');
  await changed(inbox!.id, ids.bert, '');
  await changed(drafts!.id, anyone, 'l');
  assert.ok(copies >= 4 * 4, String(copies));
});
