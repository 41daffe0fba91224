/** Which accounts of others a command opens: hundreds may share something with everybody. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { anyone } from '../src/model/acl.ts';
import type { AccountId } from '../src/model/ids.ts';
import { inbox } from '../src/model/mailbox-name.ts';
import { noRights, type Rights } from '../src/model/rights.ts';
import { changeAcl } from '../src/store/share.ts';
import { House, password } from './support/dialogue-house.ts';
import { give, login, responseTimeMs } from './support/dialogue-prepare.ts';
import { ImapConnection } from './support/imap-connection.ts';

const accountsMax = 12;
const user = 'user@example.org';

let directory: string;
let house: House;
let client: ImapConnection;
/** Accounts as they are opened, and those that are open. */
const opened: AccountId[] = [];
let openNow = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restante-sharers-'));
  house = await House.open(directory);
  const { store } = house;
  const { id: own } = await store.directory.add({ address: user, passwordHash: '' });
  for (let i = 0; i < accountsMax; i++) {
    const address = `team${String(i).padStart(2, '0')}@example.org`;
    const { id } = await store.directory.add({ address, passwordHash: undefined });
    await using account = await store.open(id);
    const mailbox = await account.mailbox(inbox);
    assert.ok(mailbox);
    const rights = 'lr' as Rights;
    const change = { identifier: anyone, mode: 'replace', rights, otherwise: noRights } as const;
    const { directory: of } = store;
    await changeAcl({ directory: of, account }, { id: mailbox.id, change });
  }
  const open = store.open.bind(store);
  store.open = async (id, options) => {
    const account = await open(id, options);
    const guest = account.as?.bind(account);
    if (id === own || guest === undefined) return account;
    opened.push(id);
    openNow++;
    account.as = (as) => {
      const seen = guest(as);
      const dispose = seen[Symbol.asyncDispose].bind(seen);
      seen[Symbol.asyncDispose] = async () => {
        openNow--;
        await dispose();
      };
      return seen;
    };
    return account;
  };
  const address = await house.address('plain');
  client = await ImapConnection.open(address);
  await client.next(responseTimeMs);
  await give(client, [login({ address, user, password })]);
});

after(async () => {
  client.close();
  await house.close();
  await rm(directory, { recursive: true });
});

/** How many responses a command has, and how many accounts it opens. */
async function counted(command: string): Promise<{ responses: number; opened: number }> {
  opened.length = 0;
  await client.send(Buffer.from(`t ${command}\r\n`, 'latin1'));
  for (let responses = 0; ; responses++) {
    const response = await client.next(responseTimeMs);
    assert.ok(typeof response === 'string', command);
    if (!response.startsWith('t ')) continue;
    assert.match(response, /^t OK/, command);
    return { responses, opened: opened.length };
  }
}

test('LIST, LSUB and NAMESPACE open none', async () => {
  const own = 6;
  const cases: [command: string, responses: number][] = [
    ['LIST "" *', own + accountsMax],
    ['LIST "" %', own + 1],
    ['LIST "" "Shared/%"', accountsMax],
    ['LIST "" "Shared/team0%/*" RETURN (MYRIGHTS)', 2 * 10],
    ['LIST "" "Other Users/*"', 0],
    ['LSUB "" *', own],
    ['XLIST "" *', own + accountsMax],
    ['NAMESPACE', 1],
  ];
  for (const [command, responses] of cases)
    assert.deepEqual(await counted(command), { responses, opened: 0 }, command);
});

test('a command opens the account that it names', async () => {
  assert.deepEqual(await counted('STATUS Shared/team03@example.org/INBOX (MESSAGES)'), {
    responses: 1,
    opened: 1,
  });
  assert.deepEqual(await counted('STATUS Shared/team03@example.org/INBOX (MESSAGES)'), {
    responses: 1,
    opened: 0,
  });
});

test('LIST with STATUS opens those that it asks, and leaves few of them open', async () => {
  const list = 'LIST "" "Shared/*" RETURN (STATUS (MESSAGES))';
  assert.equal((await counted(list)).responses, 2 * accountsMax);
  assert.equal(openNow, 8);
});
