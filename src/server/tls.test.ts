import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, TLSSocket, type SecureVersion } from 'node:tls';
import { open, pem, Reader, scene } from './server-fixture.ts';
import { newTicketKeys, ticketKeysMs, TlsIdentity, type TlsFiles } from './tls-identity.ts';

let files: TlsFiles;

before(async () => {
  files = await pem();
});

async function handshake(socket: Socket, servername = 'localhost'): Promise<TLSSocket> {
  const secure = connectTls({ socket, rejectUnauthorized: false, servername });
  await once(secure, 'secureConnect');
  return secure;
}

test('from the first byte, whatever name is asked for', async () => {
  await using it = await scene({}, { implicitTls: true, tls: files });
  const socket = connect({ host: '127.0.0.1', port: it.address.port });
  const client = new Reader(await handshake(socket, 'mail.example.org.'));
  await client.until('hello');
  client.socket.write('a BYE\r\n');
  assert.match(await client.closed(), /a OK BYE secure/);
});

test('by STARTTLS, and what came in the clear behind it is never heard', async () => {
  await using it = await scene({}, { tls: files });
  const client = await open(it);
  client.socket.write('a STARTTLS\r\nb INJECTED\r\n');
  await client.until('a OK');
  client.socket.removeAllListeners('data');
  const secure = new Reader(await handshake(client.socket));
  secure.socket.write('c NOOP\r\n');
  assert.match(await secure.until('c OK'), /^c OK NOOP secure/);
  assert.deepEqual(it.parrots[0]?.heard, ['a STARTTLS', 'c NOOP']);
  secure.socket.destroy();
});

test('a handshake that stalls or fails ends the connection', async () => {
  await using it = await scene({ handshakeTimeMs: 50 }, { implicitTls: true, tls: files });
  const stalled = new Reader(connect({ host: '127.0.0.1', port: it.address.port }));
  await stalled.closed();
  const wrong = new Reader(connect({ host: '127.0.0.1', port: it.address.port }));
  wrong.socket.write('a LOGIN anna secret\r\n'.repeat(20));
  await wrong.closed();
  const early = connect({ host: '127.0.0.1', port: it.address.port });
  await once(early, 'connect');
  early.destroy();
  while (it.server.connections > 0) await sleep(5);
  assert.ok(it.parrots.every(({ heard, disposed }) => heard.length === 0 && disposed));
});

test('another certificate counts for new connections and leaves the old ones alone', async () => {
  await using it = await scene({}, { implicitTls: true, tls: files });
  const first = await handshake(connect({ host: '127.0.0.1', port: it.address.port }));
  const reader = new Reader(first);
  await reader.until('hello');
  const other = await pem();
  it.identity?.replace(other);
  assert.throws(() => it.identity?.replace({ ...other, key: files.key }));
  const second = await handshake(connect({ host: '127.0.0.1', port: it.address.port }));
  assert.notEqual(
    first.getPeerCertificate().fingerprint256,
    second.getPeerCertificate().fingerprint256,
  );
  first.write('a NOOP\r\n');
  await reader.until('a OK');
  first.destroy();
  second.destroy();
});

/** What a client that connects to the identities in turn, each time with its last session, is told of it. */
async function resumed(
  identities: readonly TlsIdentity[],
  maxVersion: SecureVersion,
): Promise<boolean[]> {
  const turns = [...identities];
  const server = createServer((raw) => {
    const { context } = turns.shift()!;
    const socket = new TLSSocket(raw, { isServer: true, secureContext: context });
    socket.once('secure', () => socket.end('hello'));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const answers: boolean[] = [];
  let session: Buffer | undefined;
  for (const _ of identities) {
    const known = session && { session };
    const client = connectTls({ port, rejectUnauthorized: false, maxVersion, ...known });
    client.on('session', (fresh) => (session = fresh));
    await once(client.resume(), 'secureConnect');
    answers.push(client.isSessionReused());
    await once(client, 'close');
  }
  server.close();
  return answers;
}

test('a session goes on with another process that has the same ticket keys, and with no other', async () => {
  const shared = { ...files, ticketKeys: newTicketKeys() };
  const [one, two, stranger] = [shared, shared, files].map((each) => new TlsIdentity(each));
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const answers = await resumed([one!, two!, one!, stranger!, two!], version);
    assert.deepEqual(answers, [false, true, true, false, false], version);
  }
});

test('ticket keys of its own are renewed in time', async () => {
  let now = 0;
  const identity = new TlsIdentity(files, () => now);
  const { context } = identity;
  now = ticketKeysMs - 1;
  assert.equal(identity.context, context);
  assert.deepEqual(await resumed([identity, identity], 'TLSv1.3'), [false, true]);
  now = ticketKeysMs;
  assert.notEqual(identity.context, context);
});
