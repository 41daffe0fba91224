import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { imapClient, type TestClient } from './support/imap.ts';
import { message } from './support/messages.ts';
import { run } from './support/run.ts';
import { password, startServer } from './support/server.ts';

/** UIDs do not matter, flags and subjects do: what a mailbox holds, ordered. */
async function holds(client: TestClient, mailbox: string): Promise<string[]> {
  await client.command(`EXAMINE ${mailbox}`);
  const { untagged } = await client.command('UID FETCH 1:* (FLAGS ENVELOPE)');
  return untagged
    .filter((line) => line.includes(' FETCH '))
    .map((line) => {
      const flags = /FLAGS \(([^)]*)\)/
        .exec(line)?.[1]
        ?.split(' ')
        .filter((name) => name !== '\\Recent');
      return `${/"(message number \d+)"/.exec(line)?.[1]} ${flags?.sort().join(' ')}`;
    })
    .sort();
}

test('interimap: two accounts kept equal by QRESYNC, changes on both sides', async () => {
  const [anna, ben] = ['anna@example.org', 'ben@example.org'];
  await using server = await startServer({ users: [anna, ben] });
  const home = server.directory;
  for (const folder of ['config/interimap', 'data'])
    mkdirSync(join(home, folder), { recursive: true });
  const side = (user: string): string => `type = imap
host = 127.0.0.1
port = ${server.port('imap')}
STARTTLS = NO
username = ${user}
password = ${password}
`;
  const text = `database = test.db
list-mailbox = "*"

[local]
${side(anna)}
[remote]
${side(ben)}`;
  writeFileSync(join(home, 'config/interimap/config'), text, { mode: 0o600 });
  const environment = {
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_DATA_HOME: join(home, 'data'),
  };
  const sync = (): Promise<string> =>
    run('interimap', ['--quiet'], { environment, timeoutMs: 120_000 });

  await using left = await imapClient(server.port('imap'), anna, password);
  await using right = await imapClient(server.port('imap'), ben, password);
  for (let n = 0; n < 60; n++) await left.append('INBOX', Buffer.from(message(n)));
  for (let n = 60; n < 100; n++) await right.append('Archive', Buffer.from(message(n)));
  await sync();
  assert.equal((await holds(right, 'INBOX')).length, 60);
  assert.equal((await holds(left, 'Archive')).length, 40);

  await left.command('SELECT INBOX');
  await left.command('STORE 1:10 +FLAGS.SILENT (\\Flagged)');
  await left.command('STORE 11:15 +FLAGS.SILENT (\\Deleted)');
  await left.command('EXPUNGE');
  await right.command('SELECT INBOX');
  await right.command('STORE 30:40 +FLAGS.SILENT (\\Seen)');
  await right.command('UID STORE 50:55 +FLAGS.SILENT (\\Deleted)');
  await right.command('UID EXPUNGE 50:55');
  await right.append('INBOX', Buffer.from(message(100)));
  await sync();
  for (const mailbox of ['INBOX', 'Archive']) {
    assert.deepEqual(await holds(left, mailbox), await holds(right, mailbox));
  }
  assert.equal((await holds(left, 'INBOX')).length, 60 - 5 - 6 + 1);
});
