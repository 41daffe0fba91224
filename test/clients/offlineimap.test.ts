import assert from 'node:assert/strict';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { imapClient } from './support/imap.ts';
import { putMessage, readMaildir } from './support/maildir.ts';
import { message } from './support/messages.ts';
import { run } from './support/run.ts';
import { password, startServer } from './support/server.ts';

const user = 'anna@example.org';

test('offlineimap: messages and flags both ways', async () => {
  await using server = await startServer();
  const local = join(server.directory, 'mail');
  mkdirSync(local);
  const file = join(server.directory, 'offlineimaprc');
  writeFileSync(
    file,
    `[general]
accounts = test
metadata = ${server.directory}/offlineimap
[Account test]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = ${local}
[Repository far]
type = IMAP
remotehost = 127.0.0.1
remoteport = ${server.port('imap')}
remoteuser = ${user}
remotepass = ${password}
ssl = no
starttls = no
auth_mechanisms = LOGIN
maxconnections = 2
`,
  );
  const sync = async (): Promise<string> =>
    await run('offlineimap', ['-o', '-u', 'basic', '-c', file], { timeoutMs: 120_000 });
  await using client = await imapClient(server.port('imap'), user, password);
  for (let n = 0; n < 20; n++) await client.append('INBOX', Buffer.from(message(n)));
  await sync();
  const inbox = join(local, 'INBOX');
  assert.equal(readMaildir(inbox).length, 20);

  for (let n = 20; n < 30; n++) putMessage(inbox, `1700000000.${n}.test`, message(n));
  const first = readMaildir(inbox)[0];
  assert.ok(first !== undefined);
  renameSync(
    first.file,
    join(
      inbox,
      'cur',
      `${first.file
        .split('/')
        .at(-1)
        ?.replace(/:2,.*$/, '')}:2,FS`,
    ),
  );
  await client.command('SELECT INBOX');
  await client.command('STORE 10 +FLAGS (\\Answered)');
  await sync();
  assert.match(
    (await client.command('STATUS INBOX (MESSAGES)')).untagged.join('\n'),
    /MESSAGES 30\b/,
  );
  assert.equal(
    (await client.command('SEARCH FLAGGED SEEN')).untagged.filter((line) =>
      /^\* SEARCH \d+$/.test(line),
    ).length,
    1,
  );
  assert.equal(readMaildir(inbox).filter(({ flags }) => flags.includes('R')).length, 1);
});
