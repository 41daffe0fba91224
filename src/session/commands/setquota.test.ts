import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone } from '../../model/acl.ts';
import { inbox } from '../../model/mailbox-name.ts';
import { noRights, type Rights } from '../../model/rights.ts';
import { Connection, store } from '../../../test/support/session-connection.ts';

async function user(address: string): Promise<Connection> {
  const connection = new Connection(await store.directory.add({ address, passwordHash: '' }));
  await connection.run('LOGIN u p');
  return connection;
}

test('an administrator lays down what another account may have, and sees it', async () => {
  await using admin = await user('admin@example.org');
  await using anna = await user('Anna@example.org');
  await store.directory.setAdministrator('admin@example.org', true);
  assert.deepEqual(await admin.run('SETQUOTA anna@example.org (STORAGE 4 MESSAGE 1)'), [
    '* QUOTA "Anna@example.org" (STORAGE 0 4 MESSAGE 0 1 MAILBOX 6 100000)',
    'a OK SETQUOTA completed',
  ]);
  assert.deepEqual(await anna.run('GETQUOTAROOT INBOX'), [
    '* QUOTAROOT INBOX "Anna@example.org"',
    '* QUOTA "Anna@example.org" (STORAGE 0 4 MESSAGE 0 1 MAILBOX 6 100000)',
    'a OK GETQUOTAROOT completed',
  ]);
  await anna.append('INBOX ', 'Subject: x\r\n\r\n');
  assert.match((await anna.append('INBOX ', 'Subject: y\r\n\r\n')).join(), /^a NO \[OVERQUOTA\]/);
  assert.deepEqual(await admin.run('GETQUOTA "anna@example.org"'), [
    '* QUOTA "Anna@example.org" (STORAGE 1 4 MESSAGE 1 1 MAILBOX 6 100000)',
    'a OK GETQUOTA completed',
  ]);
  assert.match((await admin.run('GETQUOTA nobody@example.org')).join(), /^a NO \[NONEXISTENT\]/);
});

test('whoever is an administrator no longer is none from then on', async () => {
  await using admin = await user('former@example.org');
  await using other = await user('other@example.org');
  await store.directory.setAdministrator('former@example.org', true);
  await admin.run('SETQUOTA other@example.org (MESSAGE 1)');
  await store.directory.setAdministrator('former@example.org', false);
  const raised = await admin.run('SETQUOTA other@example.org (MESSAGE 9)');
  assert.deepEqual(raised, ['a NO [NOPERM] only administrators may do this']);
  const seen = await admin.run('GETQUOTA other@example.org');
  assert.deepEqual(seen, await admin.run('GETQUOTA nobody@example.org'));
  assert.match((await other.run('GETQUOTAROOT INBOX')).join(), /MESSAGE 0 1 /);
});

test('what is put into the mailbox of another is charged to its owner, whose usage is his own business', async () => {
  await using owner = await user('owner@example.org');
  await using guest = await user('guest@example.org');
  const record = await store.directory.find('owner@example.org');
  await store.directory.sharing?.share(record!.id, [anyone], 'all');
  await using account = await store.open(record!.id);
  const { id } = (await account.mailbox(inbox))!;
  const rights = 'lri' as Rights;
  await account.setAcl?.(id, { identifier: anyone, mode: 'replace', rights, otherwise: noRights });
  await account.setQuota({ messages: 1 });
  const shared = '"Other Users/owner@example.org/INBOX"';
  assert.deepEqual(await guest.run(`GETQUOTAROOT ${shared}`), [
    `* QUOTAROOT ${shared}`,
    'a OK GETQUOTAROOT completed',
  ]);
  const put = async (): Promise<string> =>
    (await guest.append(`${shared} `, 'Subject: x\r\n\r\n')).at(-1) ?? '';
  assert.match(await put(), /^a OK \[APPENDUID/);
  assert.match(await put(), /^a NO \[OVERQUOTA\]/);
  assert.match((await owner.run('GETQUOTAROOT INBOX')).join(), /MESSAGE 1 1 /);
  assert.match((await guest.run('GETQUOTAROOT INBOX')).join(), /\(MAILBOX 6 /);
  await guest.append('INBOX ', 'Subject: y\r\n\r\n');
  await guest.run('SELECT INBOX');
  assert.match((await guest.run(`COPY 1 ${shared}`)).join(), /^a NO \[OVERQUOTA\]/);
});
