import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { createInflateRaw } from 'node:zlib';
import { defaultLimits } from '../base/limits.ts';
import { Output } from './output.ts';
import { Slab } from './slab.ts';
import { pem } from './server-fixture.ts';
import { TlsIdentity } from './tls-identity.ts';
import { Transport } from './transport.ts';

const chunkBytes = 256 * 1024;
const chunkCount = 40;

/** Chunks that all lie in the same memory. */
async function* reused(): AsyncGenerator<Uint8Array> {
  const memory = Buffer.alloc(chunkBytes);
  for (let n = 0; n < chunkCount; n++) {
    memory.fill(n);
    yield memory;
  }
}

interface Talk extends AsyncDisposable {
  readonly output: Output;
  readonly blockings: { count: number };
  readonly client: Socket;
  readonly transport: Transport;
}

async function talk(tls: boolean): Promise<Talk> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const raw = connect(port, '127.0.0.1');
  const [socket] = (await once(server, 'connection')) as [Socket];
  const blockings = { count: 0 };
  const output: { writer?: Output } = {};
  const transport = new Transport(socket, {
    received: () => undefined,
    ended: () => undefined,
    drained: () => output.writer?.drained(),
    closed: (error) => output.writer?.fail(error ?? new Error('closed')),
  });
  const writer = new Output(transport, {
    limits: defaultLimits,
    blocked: () => blockings.count++,
    flowing: () => undefined,
  });
  output.writer = writer;
  let client = raw;
  if (tls) {
    const identity = new TlsIdentity(await pem());
    const shaking = transport.startTls(identity, 5000);
    client = connectTls({ socket: raw, rejectUnauthorized: false });
    await shaking;
  } else transport.start();
  client.on('error', () => undefined);
  client.pause();
  const dispose = async (): Promise<void> => {
    raw.destroy();
    transport.destroy();
    server.close();
    await once(server, 'close');
  };
  return { output: writer, blockings, client, transport, [Symbol.asyncDispose]: dispose };
}

const size = chunkBytes * chunkCount;
const response = (): readonly [
  string,
  { size: number; chunks: AsyncIterable<Uint8Array> },
  string,
] => ['* 1 FETCH (BODY[] {', { size, chunks: reused() }, ')\r\n'];

/** Reads this many bytes with pauses. */
async function readSlowly(client: Readable, whole: number): Promise<Buffer> {
  const heard: Buffer[] = [];
  for (let length = 0; length < whole;) {
    const chunk = client.read() as Buffer | null;
    if (chunk === null) await once(client, 'readable');
    else {
      heard.push(chunk);
      length += chunk.length;
      if (heard.length % 4 === 0) await sleep(1);
    }
  }
  return Buffer.concat(heard);
}

describe('bytes that are lent', () => {
  for (const way of ['plain', 'tls', 'compressed'] as const) {
    test(`arrive as they were at the call, at several clients that read slowly: ${way}`, async () => {
      await using one = await talk(way === 'tls');
      await using other = await talk(way === 'tls');
      const memory = Buffer.alloc(300_000);
      const sizes = [1, 5000, 24_600, 131_071, 131_072, 131_073, 300_000, 10, 262_144];
      const expected: Buffer[][] = [[], []];
      const reading = [one, other].map(({ client, transport }) => {
        const whole = sizes.reduce((sum, size) => sum + size + 12, 0) * 8;
        if (way !== 'compressed') return readSlowly(client, whole);
        transport.compress(Buffer.alloc(0));
        return readSlowly(client.pipe(createInflateRaw()), whole);
      });
      for (let n = 0; n < 8 * sizes.length; n++) {
        for (const [at, { output }] of [one, other].entries()) {
          const bytes = memory.subarray(0, sizes[n % sizes.length]);
          bytes.fill(2 * n + at);
          const text = `before ${String(n).padStart(2, '0')}\n`;
          expected[at]!.push(Buffer.from(text), Buffer.from(bytes), Buffer.from(')\n'));
          const waiting = output.send([text, bytes, ')\n']);
          memory.fill(0xee);
          if (n % 5 === 0) output.flush();
          if (waiting !== undefined) await waiting;
        }
      }
      one.output.flush();
      other.output.flush();
      for (const [at, heard] of (await Promise.all(reading)).entries())
        assert.ok(Buffer.concat(expected[at]!).equals(heard), `client ${at}`);
      assert.ok(one.blockings.count > 0, 'the client was slow');
    });
  }

  test('arrive behind a stream that is on its way', async () => {
    await using it = await talk(false);
    const streaming = it.output.send(response());
    const bytes = Buffer.from('lent');
    const sending = it.output.send(['behind it ', bytes, '\r\n']);
    bytes.fill('x');
    const whole = size + 22 + 16;
    const heard = readSlowly(it.client, whole);
    await streaming;
    await sending;
    it.output.flush();
    assert.match((await heard).subarray(-20).toString('latin1'), /\)\r\nbehind it lent\r\n$/);
  });

  for (const way of ['plain', 'tls', 'compressed'] as const) {
    test(`leave no slab behind when a client goes that did not read: ${way}`, async () => {
      await using it = await talk(way === 'tls');
      if (way === 'compressed') it.transport.compress(Buffer.alloc(0));
      const bytes = randomBytes(200_000);
      const sending = (async () => {
        for (;;) await it.output.send(['', bytes, '']);
      })();
      for (let n = 0; n < 500 && (it.blockings.count === 0 || Slab.waiting === 0); n++)
        await sleep(10);
      assert.ok(Slab.waiting > 0, 'some wait');
      it.client.destroy();
      await assert.rejects(sending);
      for (let n = 0; n < 500 && Slab.waiting > 0; n++) await sleep(10);
      assert.equal(Slab.waiting, 0);
    });
  }

  test('are no burden once the client is gone', async () => {
    await using it = await talk(false);
    it.client.destroy();
    await sleep(20);
    await assert.rejects(async () => {
      for (let n = 0; n < 100; n++) await it.output.send(['', Buffer.alloc(100_000), '']);
    });
  });
});

describe('streams whose memory is used again', () => {
  for (const tls of [false, true]) {
    test(`arrive whole at a client that reads slowly${tls ? ', under TLS' : ''}`, async () => {
      await using it = await talk(tls);
      const sending = Promise.resolve(it.output.send(response())).then(() => it.output.flush());
      await sleep(20);
      const whole = size + '* 1 FETCH (BODY[] {'.length + ')\r\n'.length;
      const heard = await readSlowly(it.client, whole);
      await sending;
      const body = heard.subarray('* 1 FETCH (BODY[] {'.length, -3);
      for (let n = 0; n < chunkCount; n++) {
        const chunk = body.subarray(n * chunkBytes, (n + 1) * chunkBytes);
        assert.ok(chunk.equals(Buffer.alloc(chunkBytes, n)), `chunk ${n}`);
      }
      assert.ok(it.blockings.count > 0, 'the client was slow');
    });
  }

  test('end when the client goes', async () => {
    await using it = await talk(false);
    const sending = it.output.send(response());
    await sleep(20);
    it.client.destroy();
    await assert.rejects(async () => await sending);
  });
});
