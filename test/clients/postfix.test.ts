import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { imapClient, literal } from './support/imap.ts';
import { message } from './support/messages.ts';
import { run } from './support/run.ts';
import { password, startServer } from './support/server.ts';

/** A Postfix of our own: its folders, no network but LMTP to the server under test. */
function configure(root: string, lmtpPort: number): string {
  const config = join(root, 'etc');
  for (const folder of ['etc', 'queue', 'data']) mkdirSync(join(root, folder));
  // Postfix changes to its own user: it has to get through the temporary folder.
  chmodSync(root, 0o755);
  writeFileSync(
    join(config, 'main.cf'),
    `compatibility_level = 3.6
queue_directory = ${root}/queue
data_directory = ${root}/data
mail_owner = postfix
myhostname = mx.example.org
mydestination =
virtual_mailbox_domains = example.org
virtual_transport = lmtp:inet:127.0.0.1:${lmtpPort}
inet_interfaces = loopback-only
inet_protocols = ipv4
maillog_file =
alias_maps =
recipient_delimiter = +
mynetworks = 127.0.0.0/8
smtputf8_enable = yes
`,
  );
  writeFileSync(
    join(config, 'master.cf'),
    `pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
anvil unix - - n - 1 anvil
`,
  );
  return config;
}

test('Postfix delivers by LMTP, to a subaddress too', async () => {
  await using server = await startServer();
  const root = mkdtempSync(join(tmpdir(), 'restante-postfix-'));
  const config = configure(root, server.port('lmtp'));
  await run('chown', ['postfix', join(root, 'data')]);
  await run('postfix', ['-c', config, 'start'], { anyCode: true });
  try {
    const send = async (to: string, n: number): Promise<string> =>
      await run('sendmail', ['-C', config, '-f', 'sender@example.com', to], {
        input: message(n).replaceAll('\r\n', '\n'),
      });
    await send('anna@example.org', 1);
    await send('anna+Archive@example.org', 2);
    await using client = await imapClient(server.port('imap'), 'anna@example.org', password);
    for (const mailbox of ['INBOX', 'Archive']) {
      const deadline = Date.now() + 30_000;
      while (
        !(await client.command(`STATUS ${mailbox} (MESSAGES)`)).untagged
          .join('')
          .includes('MESSAGES 1')
      ) {
        assert.ok(Date.now() < deadline, `nothing arrived in ${mailbox}: ${server.log()}`);
        await wait(50);
      }
    }
    await client.command('SELECT INBOX');
    const text = literal(
      (await client.command('FETCH 1 BODY.PEEK[]')).untagged[0] ?? '',
    ).toString();
    assert.match(
      text,
      /^Return-Path: <sender@example\.com>\r\nDelivered-To: anna@example\.org\r\n/,
    );
    assert.ok(text.endsWith(message(1).slice(message(1).indexOf('\r\n\r\n'))));
  } finally {
    await run('postfix', ['-c', config, 'stop'], { anyCode: true });
    rmSync(root, { recursive: true, force: true });
  }
});
