/** The short form of `test/clients/workers.test.ts`: a real server of two processes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { message } from './clients/support/messages.ts';
import { startServer, type TestServer } from './clients/support/server.ts';
import { exists, idling, pair, two, user } from './clients/support/workers.ts';

const bert = 'bert@example.org';

test('sessions on two workers see each other, and all are drained', async () => {
  await using server = await startServer({ arguments: two, users: [user, bert] });
  const [a, b] = await pair(server);
  await b.command('SELECT INBOX');
  for (let n = 1; n <= 10; n++) {
    assert.match(await a.append('INBOX', Buffer.from(message(n))), /^OK/);
    assert.equal(exists(await b.command('NOOP')), n);
  }
  await b.command('ENABLE METADATA');
  await a.command('SETMETADATA Sent (/shared/comment "ours")');
  assert.match((await b.command('NOOP')).untagged.join(), /METADATA Sent \/shared\/comment/);
  assert.match((await b.command('GETMETADATA Sent /shared/comment')).untagged.join(), /"ours"/);
  await a.command('SETMETADATA Sent (/shared/comment NIL)');
  const { untagged } = await b.command('GETMETADATA Sent /shared/comment');
  assert.match(untagged.join(), /METADATA Sent \(\/shared\/comment NIL\)/);
  const { idle, writer } = await idling(server);
  assert.match(await writer.append('INBOX', Buffer.from(message(11))), /^OK/);
  while ((await idle.next(5000)) !== '* 11 EXISTS');
  await watchesWhatIsShared(server);
  assert.equal(await server.stop(), 0);
});

/** What is shared on one worker is watched on another from then on. */
async function watchesWhatIsShared(server: TestServer): Promise<void> {
  const { idle, writer } = await idling(server, {
    who: bert,
    commands: ['NOTIFY SET (SUBTREE "Other Users" (MailboxName MessageNew MessageExpunge))'],
    last: 'a1 OK',
  });
  await writer.command(`SETACL Sent ${bert} lr`);
  assert.match((await idle.next(5000)) ?? '', /^\* LIST .*"Other Users\/anna@example.org\/Sent"$/);
  assert.match(await writer.append('Sent', Buffer.from(message(1))), /^OK/);
  const told = [await idle.next(5000), await idle.next(5000)].join();
  assert.match(told, /LIST .*,\* STATUS "Other Users\/anna@example.org\/Sent" .*MESSAGES 1/);
}

test('a TLS session that one worker began goes on with any', async () => {
  await using server = await startServer({ arguments: two });
  const port = server.port('imaps');
  let session: Buffer | undefined;
  for (let n = 0; n < 8; n++) {
    const client = connect({ port, rejectUnauthorized: false, ...(session && { session }) });
    client.on('session', (fresh) => (session = fresh));
    client.once('data', () => client.write('a LOGOUT\r\n'));
    await once(client, 'secureConnect');
    assert.equal(client.isSessionReused(), n > 0);
    await once(client.resume(), 'close');
  }
});
