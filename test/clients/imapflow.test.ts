import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ImapFlow } from 'imapflow';
import { deliver } from './support/lmtp.ts';
import { message } from './support/messages.ts';
import { password, startServer, type TestServer } from './support/server.ts';

const user = 'anna@example.org';

async function flow(server: TestServer, qresync = true): Promise<ImapFlow> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: server.port('imaps'),
    secure: true,
    tls: { rejectUnauthorized: false },
    auth: { user, pass: password },
    logger: false,
    qresync,
  });
  await client.connect();
  return client;
}

test('imapflow: append, search, fetch, flags, move, download', async () => {
  await using server = await startServer();
  const client = await flow(server);
  await client.mailboxCreate('Projects/Restante');
  for (let n = 0; n < 10; n++) {
    const appended = await client.append(
      'Projects/Restante',
      message(n),
      ['\\Seen', 'work'],
      new Date('2026-06-01T10:00:00Z'),
    );
    assert.ok(appended !== false && appended.uid === n + 1);
  }
  const lock = await client.getMailboxLock('Projects/Restante');
  try {
    assert.deepEqual(await client.search({ subject: 'number 3' }, { uid: true }), [4]);
    const all = await client.fetchAll('1:*', {
      uid: true,
      envelope: true,
      flags: true,
      bodyStructure: true,
      internalDate: true,
    });
    assert.equal(all.length, 10);
    assert.equal(all[2]?.envelope?.subject, 'message number 2');
    assert.ok(all[2]?.flags?.has('work'));
    const { content } = await client.download('5', undefined, { uid: true });
    assert.ok(content !== undefined);
    const parts: Buffer[] = [];
    for await (const part of content) parts.push(part as Buffer);
    assert.equal(Buffer.concat(parts).toString(), message(4));
    await client.messageFlagsAdd('1:3', ['\\Flagged'], { uid: true });
    const moved = await client.messageMove('1:3', 'Archive', { uid: true });
    assert.ok(moved !== false && moved.uidMap?.size === 3);
    await client.messageDelete('4', { uid: true });
    assert.deepEqual(await client.search({ all: true }, { uid: true }), [5, 6, 7, 8, 9, 10]);
  } finally {
    lock.release();
  }
  const status = await client.status('Archive', {
    messages: true,
    unseen: true,
    highestModseq: true,
  });
  assert.ok(status !== false);
  assert.equal(status.messages, 3);
  await client.logout();
});

test('imapflow: IDLE hears of a delivery, QRESYNC of what vanished', async () => {
  await using server = await startServer();
  const client = await flow(server);
  await client.mailboxOpen('INBOX');
  const idling = client.idle();
  const exists = once(client, 'exists', { signal: AbortSignal.timeout(10_000) });
  await deliver(server.port('lmtp'), { to: [user], bytes: Buffer.from(message(1)) });
  const [event] = (await exists) as [{ count: number }];
  assert.equal(event.count, 1);

  const other = await flow(server);
  await other.mailboxOpen('INBOX');
  const vanished = once(client, 'expunge', { signal: AbortSignal.timeout(10_000) });
  const again = client.idle();
  await other.messageDelete('1:*');
  const [gone] = (await vanished) as [{ uid?: number; vanished?: boolean }];
  assert.equal(gone.vanished, true);
  assert.equal(gone.uid, 1);
  await other.logout();
  await client.logout();
  await Promise.allSettled([idling, again]);
});
