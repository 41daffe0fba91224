import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultLimits } from '../base/limits.ts';
import { StoreError } from '../store/store-error.ts';
import type { FakeAccount } from './fake-store.ts';
import { Client, setup, withoutTrace } from './lmtp-fixture.ts';

const anna: FakeAccount = {
  address: 'anna@example.org',
  aliases: ['info@example.org'],
  folders: ['Lists', 'Lists/Dev'],
};
const ben: FakeAccount = { address: 'ben@example.org' };

test('a delivery, one command at a time', async (t) => {
  const { client, kept } = await setup(t, [anna, ben]);
  assert.deepEqual(await client.lines(1), ['220 mx.example.org LMTP Restante ready']);
  client.send('lhlo mta.example\r\n');
  assert.deepEqual(await client.lines(6), [
    '250-mx.example.org greets you',
    '250-PIPELINING',
    '250-8BITMIME',
    '250-SMTPUTF8',
    `250-SIZE ${defaultLimits.messageBytesMax - 8192}`,
    '250 ENHANCEDSTATUSCODES',
  ]);
  client.send('MAIL FROM:<from@example.net> SIZE=100 BODY=8BITMIME\r\n');
  assert.equal(await client.codes(1), '250 2.1.0');
  client.send('RCPT TO:<anna@EXAMPLE.org>\r\n');
  assert.equal(await client.codes(1), '250 2.1.5');
  client.send('RCPT TO:<nobody@example.org>\r\n');
  assert.deepEqual(await client.lines(1), ['550 5.1.1 <nobody@example.org> no such user here']);
  client.send('DATA\r\n');
  assert.equal(await client.codes(1), '354');
  client.send('Subject: x\r\n\r\n..dot\r\n.\r\n');
  const [saved] = await client.lines(1);
  assert.match(saved ?? '', /^250 2\.0\.0 <anna@EXAMPLE\.org> [\w-]{12} saved$/);
  const [message] = kept.get('anna@example.org INBOX') ?? [];
  const id = saved?.split(' ')[3];
  const text = message?.toString() ?? '';
  assert.ok(
    text.startsWith('Return-Path: <from@example.net>\r\nDelivered-To: anna@EXAMPLE.org\r\n'),
  );
  assert.match(
    text,
    new RegExp(
      `Received: from mta\\.example \\(\\[127\\.0\\.0\\.1\\]\\)\\r\\n\\tby mx\\.example\\.org with LMTP id ${id}\\r\\n\\tfor <anna@EXAMPLE\\.org>; \\w{3}, \\d\\d \\w{3} \\d{4} [\\d:]{8} \\+0000\\r\\nSubject`,
    ),
  );
  assert.ok(text.endsWith('\r\nSubject: x\r\n\r\n.dot\r\n'));
  client.send('QUIT\r\n');
  assert.equal(await client.codes(1), '221 2.0.0');
  await once(client.socket, 'end');
});

test('everything in one packet, two transactions, the null sender', async (t) => {
  const { client, kept } = await setup(t, [anna, ben]);
  const one =
    'MAIL FROM:<>\r\nRCPT TO:<anna@example.org>\r\nRCPT TO:<x@y>\r\nRCPT TO:<ben@example.org>\r\nDATA\r\nhello\r\n.\r\n';
  client.send(`LHLO me\r\n${one}${one}QUIT\r\n`);
  const transaction = '250 2.1.0, 250 2.1.5, 550 5.1.1, 250 2.1.5, 354, 250 2.0.0, 250 2.0.0';
  await client.lines(7);
  assert.equal(await client.codes(15), `${transaction}, ${transaction}, 221 2.0.0`);
  for (const name of ['anna', 'ben']) {
    const messages = kept.get(`${name}@example.org INBOX`) ?? [];
    assert.deepEqual(
      messages.map((message) => withoutTrace(message).toString()),
      ['hello\r\n', 'hello\r\n'],
    );
    assert.ok(messages[0]?.toString().startsWith('Return-Path: <>\r\n'));
  }
});

test('a client that closes its side right behind its last command is answered', async (t) => {
  const { client, kept } = await setup(t, [anna]);
  client.socket.end('LHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<anna@example.org>\r\nDATA\r\nx\r\n.\r\n');
  assert.match(await client.codes(11), /354, 250 2\.0\.0$/);
  assert.equal(kept.size, 1);
});

test('order of commands and grammar', async (t) => {
  const { client } = await setup(t, [anna]);
  await client.lines(1);
  const expectations: [command: string, code: string][] = [
    ['EHLO me', '500 5.5.1'],
    ['HELO me', '500 5.5.1'],
    ['MAIL FROM:<a@b>', '503 5.5.1'],
    ['LHLO', '501 5.5.4'],
    ['LHLO a(b', '501 5.5.4'],
    ['LHLO me', '250, 250, 250, 250, 250, 250'],
    ['RCPT TO:<anna@example.org>', '503 5.5.1'],
    ['DATA', '503 5.5.1'],
    ['MAIL TO:<a@b>', '501 5.1.7'],
    ['MAIL FROM:a@b', '501 5.1.7'],
    ['MAIL FROM:<a@b> SIZE=x', '501 5.5.4'],
    ['MAIL FROM:<a@b> BODY=BINARYMIME', '501 5.5.4'],
    ['MAIL FROM:<a@b> RET=HDRS', '555 5.5.4'],
    [`MAIL FROM:<a@b> SIZE=${defaultLimits.messageBytesMax}`, '552 5.3.4'],
    ['mail from: <a@b> size=1 smtputf8', '250 2.1.0'],
    ['MAIL FROM:<a@b>', '503 5.5.1'],
    ['DATA', '503 5.5.1'],
    ['RCPT TO:<>', '501 5.1.3'],
    ['RCPT TO:<anna@example.org> NOTIFY=NEVER', '555 5.5.4'],
    ['RCPT TO:<broken@example.org>', '451 4.3.0'],
    ['RCPT TO:<anna@example.org>', '250 2.1.5'],
    ['DATA now', '501 5.5.4'],
    ['RSET', '250 2.0.0'],
    ['DATA', '503 5.5.1'],
    ['VRFY anna', '252 2.0.0'],
    ['HELP', '214 2.0.0'],
    ['NOOP x', '250 2.0.0'],
    ['AUTH PLAIN', '500 5.5.1'],
    ['STARTTLS', '500 5.5.1'],
    ['', '500 5.5.1'],
    ['NO\0OP', '500 5.5.2'],
    [`NOOP ${'x'.repeat(100_000)}`, '500 5.5.6'],
    ['NOOP', '250 2.0.0'],
  ];
  for (const [command, code] of expectations) {
    client.send(`${command}\r\n`);
    const count = code.split(', ').length;
    assert.equal(await client.codes(count), code, command.slice(0, 60));
  }
});

test('subaddresses: exact, in another case, else INBOX; aliases; the same one twice', async (t) => {
  const { client, kept } = await setup(t, [anna]);
  const to = [
    'anna+Lists',
    'anna+lists/dev',
    'Anna+nothing',
    'anna+',
    'info',
    'info+LISTS',
    'anna+Lists',
  ];
  await client.begin(...to.map((local) => `${local}@example.org`));
  client.send('x\r\n.\r\n');
  assert.equal(await client.codes(7), Array.from({ length: 7 }, () => '250 2.0.0').join(', '));
  const count = (name: string) => kept.get(`anna@example.org ${name}`)?.length;
  assert.deepEqual([count('Lists'), count('Lists/Dev'), count('INBOX')], [2, 1, 3]);
});

test('addresses beyond ASCII', async (t) => {
  const { client, kept } = await setup(t, [{ address: 'jürgen@bücher.example' }]);
  client.send(
    'LHLO me\r\nMAIL FROM:<ä@ö.example> SMTPUTF8\r\nRCPT TO:<jürgen@bücher.example>\r\nRCPT TO:<jürgen@xn--bcher-kva.example>\r\nDATA\r\nx\r\n.\r\n',
  );
  assert.match(await client.codes(13), /250 2\.1\.5, 250 2\.1\.5, 354, 250 2\.0\.0, 250 2\.0\.0$/);
  const messages = kept.get('jürgen@bücher.example INBOX') ?? [];
  assert.equal(messages.length, 2);
  assert.match(
    messages[0]?.toString() ?? '',
    /^Return-Path: <ä@ö\.example>\r\n[^]* with UTF8LMTP id /,
  );
});

test('too large: by MAIL, in the middle of DATA, then the connection goes on', async (t) => {
  const { client, kept } = await setup(t, [anna, ben], { limits: { messageBytesMax: 8192 + 100 } });
  await client.begin('anna@example.org', 'ben@example.org');
  client.send(`${'x'.repeat(98)}\r\n.\r\n`);
  assert.equal(await client.codes(2), '250 2.0.0, 250 2.0.0');
  client.send(
    'MAIL FROM:<a@b>\r\nRCPT TO:<anna@example.org>\r\nRCPT TO:<ben@example.org>\r\nDATA\r\n',
  );
  client.send(`${`${'x'.repeat(70)}\r\n..\r\n`.repeat(20_000)}.\r\nNOOP\r\n`);
  assert.equal(
    await client.codes(7),
    '250 2.1.0, 250 2.1.5, 250 2.1.5, 354, 552 5.3.4, 552 5.3.4, 250 2.0.0',
  );
  assert.equal(kept.get('anna@example.org INBOX')?.length, 1);
});

test('too many recipients', async (t) => {
  const { client } = await setup(t, [anna], { limits: { lmtpRecipientsMax: 1 } });
  client.send(
    'LHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<anna@example.org>\r\nRCPT TO:<info@example.org>\r\nDATA\r\nx\r\n.\r\n',
  );
  await client.lines(7);
  assert.equal(await client.codes(5), '250 2.1.0, 250 2.1.5, 452 4.5.3, 354, 250 2.0.0');
});

for (const size of [10, 3_000_000]) {
  test(`a failing store fails only its own recipients (${size} bytes)`, async (t) => {
    const fails = (name: string, error: Error, when: 'onChunk' | 'onAppend'): FakeAccount => ({
      address: `${name}@example.org`,
      [when]: () => {
        throw error;
      },
    });
    const { client, kept } = await setup(t, [
      anna,
      ben,
      fails('full', new StoreError('full', 'disk'), 'onChunk'),
      fails('down', new StoreError('unavailable', 'down'), 'onAppend'),
      fails('bug', new TypeError('bug'), 'onChunk'),
      fails('gone', new StoreError('account-not-found', 'gone'), 'onAppend'),
    ]);
    const to = ['full', 'anna', 'down', 'bug', 'gone', 'ben'];
    await client.begin(...to.map((name) => `${name}@example.org`));
    const body = Buffer.from(`${'y'.repeat(78)}\r\n`.repeat(Math.ceil(size / 80)));
    client.send(body);
    client.send('.\r\n');
    assert.equal(
      await client.codes(6),
      '452 4.3.1, 250 2.0.0, 451 4.3.0, 451 4.3.0, 550 5.1.1, 250 2.0.0',
    );
    for (const name of ['anna', 'ben']) {
      assert.ok(withoutTrace(kept.get(`${name}@example.org INBOX`)?.[0]).equals(body));
    }
  });
}

test('bytes arrive as they came: binary, NUL, lone CR and LF, dots', async (t) => {
  const { client, kept } = await setup(t, [anna]);
  await client.lines(1);
  client.send('LHLO me\r\n');
  await client.lines(6);
  for (let round = 0; round < 20; round += 1) {
    const bytes = randomBytes(50_000).map((byte) =>
      byte < 100 ? ([13, 10, 46, 0][byte % 4] ?? 0) : byte,
    );
    const message = Buffer.concat([bytes, Buffer.from('\r\n')]);
    const text = message.toString('latin1').replaceAll('\r\n.', '\r\n..').replace(/^\./, '..');
    client.send('MAIL FROM:<>\r\nRCPT TO:<anna@example.org>\r\nDATA\r\n');
    client.send(Buffer.from(`${text}.\r\n`, 'latin1'));
    assert.equal(await client.codes(4), '250 2.1.0, 250 2.1.5, 354, 250 2.0.0');
    assert.ok(withoutTrace(kept.get('anna@example.org INBOX')?.[round]).equals(message));
  }
});

test('replies come as soon as they are known and in order', async (t) => {
  const slow = Promise.withResolvers<void>();
  const { client } = await setup(t, [anna, { ...ben, onAppend: () => slow.promise }]);
  await client.begin('anna@example.org', 'ben@example.org', 'info@example.org');
  client.send('x\r\n.\r\n');
  assert.match((await client.lines(1))[0] ?? '', /<anna@/);
  slow.resolve();
  const [second, third] = await client.lines(2);
  assert.match(`${second} ${third}`, /<ben@.*<info@/);
});

test('a slow account holds a large message back instead of piling it up', async (t) => {
  const gate = Promise.withResolvers<void>();
  const slow: FakeAccount = { ...ben, forget: true, onChunk: () => gate.promise };
  const { client, staged } = await setup(t, [{ ...anna, forget: true }, slow]);
  await client.begin('anna@example.org', 'ben@example.org');
  const chunk = Buffer.from(`${'z'.repeat(1022)}\r\n`.repeat(1024));
  for (let count = 0; count < 32; count += 1) client.send(chunk);
  client.send('.\r\n');
  await sleep(150);
  const got = staged.get('anna@example.org') ?? 0;
  assert.ok(got < 3_000_000, `${got} bytes were taken`);
  gate.resolve();
  assert.equal(await client.codes(2), '250 2.0.0, 250 2.0.0');
  assert.ok((staged.get('ben@example.org') ?? 0) > 32 * chunk.length);
});

test('a client that goes in the middle of a message leaves nothing', async (t) => {
  const { client, kept, listener } = await setup(t, [anna, ben]);
  await client.begin('anna@example.org', 'ben@example.org');
  client.send('x\r\n'.repeat(600_000));
  await sleep(20);
  client.socket.destroy();
  while (listener.connections > 0) await sleep(5);
  assert.equal(kept.size, 0);
});

test('silence ends a connection with 421', async (t) => {
  const { client } = await setup(t, [anna], { limits: { lmtpIdleTimeMs: 40 } });
  assert.equal(await client.codes(2), '220, 421 4.4.2');
  await once(client.socket, 'end');
});

test('nonsense ends a connection with 421', async (t) => {
  const { client } = await setup(t, [anna], { limits: { badCommandsBeforeLoginMax: 2 } });
  client.send('GET / HTTP/1.1\r\nHost: x\r\nAccept: y\r\n\r\n');
  assert.equal(await client.codes(4), '220, 500 5.5.1, 500 5.5.1, 421 4.7.0');
  await once(client.socket, 'end');
});

test('too many connections', async (t) => {
  const { client, listener } = await setup(t, [anna], { limits: { lmtpConnectionsMax: 1 } });
  await client.lines(1);
  const second = new Client(listener.address);
  assert.equal(await second.codes(1), '421 4.3.2');
  second.socket.destroy();
});

test('closing finishes the delivery under way and tells the others', async (t) => {
  const { client, listener, kept } = await setup(t, [anna]);
  const idle = new Client(listener.address);
  await idle.lines(1);
  await client.begin('anna@example.org');
  client.send('first\r\n');
  await sleep(10);
  const closed = listener.close();
  assert.equal(await idle.codes(1), '421 4.3.2');
  client.send('second\r\n.\r\n');
  assert.equal(await client.codes(2), '250 2.0.0, 421 4.3.2');
  await closed;
  assert.equal(
    withoutTrace(kept.get('anna@example.org INBOX')?.[0]).toString(),
    'first\r\nsecond\r\n',
  );
});

test('a unix socket: mode, a stale file, one that is taken, removal', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'restante-lmtp-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'lmtp.sock');
  // A socket file that nobody listens on: its server closed without removing it.
  const dead = createServer().listen(join(folder, 'dead.sock'));
  await once(dead, 'listening');
  await rename(join(folder, 'dead.sock'), path);
  await new Promise((resolve) => {
    dead.close(resolve);
  });
  const { client, listener, kept } = await setup(t, [anna], { listen: { path, mode: 0o600 } });
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  await client.begin('anna@example.org');
  client.send('x\r\n.\r\n');
  assert.equal(await client.codes(1), '250 2.0.0');
  assert.match(
    kept.get('anna@example.org INBOX')?.[0]?.toString() ?? '',
    /Received: from mta\.example\r\n/,
  );
  await assert.rejects(setup(t, [anna], { listen: { path } }), { code: 'EADDRINUSE' });
  await listener.close();
  await assert.rejects(stat(path), { code: 'ENOENT' });
  await writeFile(path, 'a file');
  await assert.rejects(setup(t, [anna], { listen: { path } }), { code: 'EADDRINUSE' });
});
