import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { imapClient } from './support/imap.ts';
import { message } from './support/messages.ts';
import { run } from './support/run.ts';
import { password, startServer } from './support/server.ts';

test('neomutt: opens, tags, flags, saves to another mailbox, deletes', async () => {
  await using server = await startServer();
  await using client = await imapClient(server.port('imap'), 'anna@example.org', password);
  for (let n = 0; n < 10; n++) await client.append('INBOX', Buffer.from(message(n)));
  const file = join(server.directory, 'neomuttrc');
  const keys = [
    // Flag the fifth, copy the second to Archive, delete the first, write all back and leave.
    '<jump>5<enter><flag-message>',
    '<jump>2<enter><copy-message><kill-line>=Archive<enter>',
    '<jump>1<enter><delete-message>',
    '<sync-mailbox><exit>',
  ].join('');
  writeFileSync(
    file,
    `set imap_user="anna@example.org"
set imap_pass="${password}"
set folder="imap://127.0.0.1:${server.port('imap')}/"
set spoolfile="+INBOX"
set ssl_starttls=no
set ssl_force_tls=no
set imap_authenticators="plain"
set imap_condstore=yes
set imap_qresync=yes
set header_cache="${server.directory}/cache"
set sort=mailbox-order
set confirmappend=no
set delete=yes
set quit=yes
set mark_old=no
set wait_key=no
set imap_keepalive=60
push '${keys}'
`,
  );
  // A terminal is needed: script(1) makes one.
  await run('script', ['-qec', `neomutt -n -F ${file}`, '/dev/null'], {
    environment: { TERM: 'xterm', HOME: server.directory },
    timeoutMs: 60_000,
  });
  await client.command('SELECT INBOX');
  const flagged = await client.command('UID SEARCH FLAGGED');
  assert.ok(flagged.untagged.includes('* SEARCH 5'), flagged.untagged.join('\n'));
  const left = await client.command('UID SEARCH ALL');
  assert.ok(left.untagged.includes('* SEARCH 2 3 4 5 6 7 8 9 10'), left.untagged.join('\n'));
  assert.match(
    (await client.command('STATUS Archive (MESSAGES)')).untagged.join('\n'),
    /MESSAGES 1\b/,
  );
});
