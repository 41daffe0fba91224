/** NOTIFY about what another process does: begins to share, removes an account, renames INBOX (RFC 5465 sections 5.4 and 5.9). */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { defaultLimits } from '../src/base/limits.ts';
import { silent } from '../src/base/logger.ts';
import { anyone } from '../src/model/acl.ts';
import { inbox, mailboxName } from '../src/model/mailbox-name.ts';
import { noRights, type Rights } from '../src/model/rights.ts';
import { changeAcl } from '../src/store/share.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { House, password } from './support/dialogue-house.ts';
import { give, login, responseTimeMs } from './support/dialogue-prepare.ts';
import { ImapConnection } from './support/imap-connection.ts';

const anna = 'anna@example.org';
const bert = 'bert@example.org';

let directory: string;
let house: House;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'restante-notify-'));
  house = await House.open(directory);
});

after(async () => {
  await house.close();
  await rm(directory, { recursive: true, force: true });
});

test('what another process renamed INBOX to is told with its old name', async () => {
  const user = 'chris@example.org';
  await house.store.directory.add({ address: user, passwordHash: '' });
  const address = await house.address('plain');
  const client = await ImapConnection.open(address);
  await client.next(responseTimeMs);
  const notify = 'NOTIFY SET (PERSONAL (MailboxName))';
  await give(client, [login({ address, user, password }), notify]);
  await using store = await openSqliteStore({ directory, limits: defaultLimits, logger: silent });
  await using account = await store.open((await store.directory.find(user))!.id);
  await account.rename(inbox, mailboxName('Old'));
  assert.equal(
    await client.next(responseTimeMs),
    '* LIST (\\HasNoChildren) "/" Old ("OLDNAME" (INBOX))',
  );
  client.close();
});

test('an account that another process shares is watched, and told of when it is removed', async () => {
  const address = await house.address('plain');
  for (const user of [anna, bert])
    await house.store.directory.add({ address: user, passwordHash: '' });
  const guest = await ImapConnection.open(address);
  await guest.next(responseTimeMs);
  const notify = 'NOTIFY SET (SUBTREE "Other Users" (MailboxName))';
  await give(guest, [login({ address, user: bert, password }), notify]);
  // It has no bus to tell anybody.
  const store = await openSqliteStore({ directory, limits: defaultLimits, logger: silent });
  const record = await store.directory.find(anna);
  assert.ok(record);
  const account = await store.open(record.id);
  const { id } = (await account.mailbox(inbox))!;
  const rights = 'lr' as Rights;
  const change = { identifier: anyone, mode: 'replace', rights, otherwise: noRights } as const;
  await changeAcl({ directory: store.directory, account }, { id, change });
  const told = [await guest.next(responseTimeMs), await guest.next(responseTimeMs)];
  assert.deepEqual(told, [
    '* LIST (\\HasNoChildren) "/" "Other Users/anna@example.org/INBOX"',
    '* LIST (\\NonExistent \\HasChildren) "/" "Other Users/anna@example.org"',
  ]);
  await account[Symbol.asyncDispose]();
  await store.directory.remove(anna);
  await store[Symbol.asyncDispose]();
  assert.equal(
    await guest.next(responseTimeMs),
    '* LIST (\\NonExistent \\HasNoChildren) "/" "Other Users/anna@example.org/INBOX"',
  );
  assert.match((await guest.next(responseTimeMs)) ?? '', /NonExistent .*anna@example.org"$/);
  await give(guest, ['NOOP']);
  guest.close();
});
