import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { imapClient } from './support/imap.ts';
import { putMessage, readMaildir } from './support/maildir.ts';
import { message } from './support/messages.ts';
import { run } from './support/run.ts';
import { password, startServer, type TestServer } from './support/server.ts';

const user = 'anna@example.org';

function configuration(server: TestServer, local: string): string {
  return `
IMAPAccount server
Host 127.0.0.1
Port ${server.port('imap')}
User ${user}
Pass "${password}"
SSLType None
AuthMechs LOGIN

IMAPStore far
Account server

MaildirStore near
Path ${local}/
Inbox ${local}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Remove None
Expunge Both
Sync All
SyncState *
`;
}

test('mbsync: 200 messages both ways, flags and expunges both ways, and a second run does nothing', async () => {
  await using server = await startServer();
  const local = join(server.directory, 'mail');
  mkdirSync(local);
  const file = join(server.directory, 'mbsyncrc');
  writeFileSync(file, configuration(server, local));
  const sync = async (): Promise<string> =>
    await run('mbsync', ['-V', '-c', file, 'all'], { timeoutMs: 120_000 });
  const inbox = join(local, 'INBOX');

  await using client = await imapClient(server.port('imap'), user, password);
  for (let n = 0; n < 100; n++) await client.append('INBOX', Buffer.from(message(n)));
  await sync();
  assert.equal(readMaildir(inbox).length, 100);

  for (let n = 100; n < 200; n++) putMessage(inbox, `1700000000.${n}.test`, message(n));
  await sync();
  assert.match(
    (await client.command('STATUS INBOX (MESSAGES)')).untagged.join('\n'),
    /MESSAGES 200\b/,
  );

  // Flags and expunges, each from both sides.
  await client.command('SELECT INBOX');
  await client.command('STORE 1:20 +FLAGS.SILENT (\\Seen \\Flagged)');
  await client.command('STORE 21:30 +FLAGS.SILENT (\\Deleted)');
  await client.command('EXPUNGE');
  for (const { file: path, subject } of readMaildir(inbox)) {
    const n = Number(subject.replace('message number ', ''));
    if (n >= 150 && n < 160) renameSync(path, `${path.replace(/:2,.*$/, '')}:2,RS`);
    if (n >= 160 && n < 170) rmSync(path);
  }
  await sync();
  await sync();

  const after = readMaildir(inbox);
  assert.equal(after.length, 180);
  assert.equal(after.filter(({ flags }) => flags === 'FS').length, 20);
  const answered = await client.command('UID SEARCH ANSWERED SEEN');
  assert.equal(
    answered.untagged.find((line) => line.startsWith('* SEARCH'))?.split(' ').length,
    12,
  );
  assert.match(
    (await client.command('STATUS INBOX (MESSAGES)')).untagged.join('\n'),
    /MESSAGES 180\b/,
  );

  // Nothing changed since: the server's clock must stand still and the files stay as they are.
  const clock = async (): Promise<string> =>
    (await client.command('STATUS INBOX (HIGHESTMODSEQ UIDNEXT)')).untagged.at(-1) ?? '';
  const before = await clock();
  await sync();
  assert.equal(await clock(), before);
  assert.deepEqual(readMaildir(inbox), after);
});
