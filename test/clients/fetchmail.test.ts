import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { imapClient } from './support/imap.ts';
import { message } from './support/messages.ts';
import { run } from './support/run.ts';
import { password, startServer } from './support/server.ts';

test('fetchmail: takes all messages and removes them', async () => {
  await using server = await startServer();
  await using client = await imapClient(server.port('imap'), 'anna@example.org', password);
  for (let n = 0; n < 5; n++) await client.append('INBOX', Buffer.from(message(n)));
  const output = join(server.directory, 'fetched');
  const file = join(server.directory, 'fetchmailrc');
  writeFileSync(
    file,
    `poll 127.0.0.1 protocol imap port ${server.port('imap')} user "anna@example.org" password "${password}" mda "cat >> ${output}" sslproto '' fetchall no keep\n`,
    { mode: 0o600 },
  );
  await run(
    'fetchmail',
    ['-f', file, '--nodetach', '--nosyslog', '--pidfile', join(server.directory, 'fetchmail.pid')],
    {
      environment: { HOME: server.directory, FETCHMAILHOME: server.directory },
    },
  );
  for (let n = 0; n < 5; n++)
    assert.match(readFileSync(output, 'utf8'), new RegExp(`Subject: message number ${n}\n`));
  assert.match(
    (await client.command('STATUS INBOX (MESSAGES)')).untagged.join('\n'),
    /MESSAGES 0\b/,
  );
});
