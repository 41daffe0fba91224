import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { open, Reader, scene } from './server-fixture.ts';

describe('commands', () => {
  test('pipelined commands are answered in order, in few writes', async () => {
    await using it = await scene();
    const client = await open(it);
    let chunks = 0;
    client.socket.on('data', () => (chunks += 1));
    client.socket.write(Array.from({ length: 200 }, (_, n) => `t${n} NOOP\r\n`).join(''));
    const text = await client.until('t199 OK');
    const tags = [...text.matchAll(/^t(\d+) OK/gm)].map(([, n]) => Number(n));
    assert.deepEqual(
      tags,
      Array.from({ length: 200 }, (_, n) => n),
    );
    assert.ok(chunks < 20, `${chunks} chunks`);
    client.socket.destroy();
  });

  test('what took long is answered before others have their turn', async () => {
    await using it = await scene();
    const client = await open(it);
    client.socket.write('a SLOW\r\n');
    await client.until('a OK');
    // Both sides are this process: the answer may be here before that turn.
    await sleep(5);
    assert.deepEqual(it.parrots[0]?.heard, ['a SLOW', 'true']);
    client.socket.destroy();
  });

  test('bytes that come one at a time make the same commands', async () => {
    await using it = await scene();
    const client = await open(it);
    client.socket.setNoDelay(true);
    for (const byte of 'a NOOP\r\nb APPEND x {3+}\r\nabc\r\nc BYE\r\n') {
      client.socket.write(byte);
      await sleep(0);
    }
    const text = await client.closed();
    assert.match(text, /a OK NOOP clear\r\nb OK abc\|\r\nc OK BYE clear\r\n$/);
  });

  test('a client that closes its side is answered first', async () => {
    await using it = await scene();
    const client = await open(it);
    client.socket.end('a NOOP\r\nb NOOP\r\n');
    assert.match(await client.closed(), /b OK NOOP clear\r\n$/);
    assert.equal(it.parrots[0]?.disposed, true);
  });

  test('small literals join their command, with a continuation where one is awaited', async () => {
    await using it = await scene();
    const client = await open(it);
    client.socket.write('a X {3}\r\n');
    await client.until('+ ');
    client.socket.write('b\r\n {2+}\r\nyz\r\n');
    await client.until('a OK');
    assert.deepEqual(it.parrots[0]?.heard, ['a X {3}\r\nb\r\n {2+}\r\nyz']);
    client.socket.destroy();
  });

  test('a literal of a command that will be refused anyway is not asked for', async () => {
    await using it = await scene();
    const client = await open(it);
    client.socket.write('a NONSENSE {3}\r\nb NONSENSE {3+}\r\nxyz\r\nc NOOP\r\n');
    const text = await client.until('c OK');
    assert.match(text, /a BAD nonsense\r\nb OK NONSENSE clear\r\nc OK/);
    assert.ok(!text.includes('+ '), 'no continuation for what is refused');
    client.socket.destroy();
  });

  test('a literal over the limit is refused and the stream stays in step', async () => {
    await using it = await scene({ literalBytesBeforeLoginMax: 10 });
    const client = await open(it);
    client.socket.write('a X {11}\r\nb X {11+}\r\nd NOOP\r\n666\r\nc NOOP\r\n');
    const text = await client.until('c OK');
    assert.match(text, /a BAD the literal is too large\r\nb BAD the literal is too large\r\nc OK/);
    assert.ok(!text.includes('+ '), 'no continuation for what is refused');
    client.socket.destroy();
  });

  test('lines may be longer after login', async () => {
    await using it = await scene({ lineBytesBeforeLoginMax: 20, lineBytesMax: 100 });
    const client = await open(it);
    client.socket.write(`a ${'x'.repeat(50)}\r\nb LOGIN\r\nc ${'x'.repeat(50)}\r\n`);
    assert.match(await client.until('c OK'), /a BAD the line is too long\r\nb OK LOGIN/);
    client.socket.destroy();
  });

  for (const [word, prompt] of [
    ['IDLE', 'idling'],
    ['ASK', 'say it'],
  ] as const) {
    test(`${word} takes the line that came with it and leaves what stands behind`, async () => {
      await using it = await scene();
      const client = await open(it);
      client.socket.write(`a ${word}\r\nDONE {5}\r\nb NOOP\r\nc ${word}\r\n`);
      await client.until('b OK NOOP');
      client.socket.write('DO');
      await sleep(5);
      client.socket.write('NE\r\nd NOOP\r\n');
      const said = `\\+ ${prompt}\r\n`;
      assert.match(
        await client.until('d OK'),
        new RegExp(`${said}a OK DONE \\{5\\}\r\nb OK NOOP clear\r\n${said}c OK DONE\r\nd OK NOOP`),
      );
      client.socket.destroy();
    });

    test(`${word} hears that its line is too long, or that the client has gone`, async () => {
      await using it = await scene({ lineBytesBeforeLoginMax: 20 });
      const client = await open(it);
      client.socket.write(`a ${word}\r\n${'x'.repeat(30)}\r\nb NOOP\r\nc ${word}\r\n`);
      if (word === 'IDLE') {
        await client.until('b OK');
        assert.match(client.text, /a BAD the line is too long\r\nb OK NOOP/);
      }
      client.socket.end();
      await client.closed();
      if (word === 'IDLE') assert.match(client.text, /c OK gone/);
      assert.equal(it.parrots[0]?.disposed, true);
    });
  }
});

describe('messages', () => {
  test('stream in, with one continuation', async () => {
    await using it = await scene();
    const client = await open(it);
    client.socket.write('a APPEND x {3}\r\n');
    await client.until('+ OK\r\n');
    client.socket.write('abc)\r\n');
    assert.match(await client.until('a OK'), /a OK abc\|\)\r\n/);
    client.socket.destroy();
  });

  test('a mailbox name may be a literal too', async () => {
    await using it = await scene();
    const client = await open(it);
    client.socket.write('a APPEND {5+}\r\nINBOX {3+}\r\nabc\r\n');
    await client.until('a OK abc|');
    assert.deepEqual(it.parrots[0]?.heard, ['a APPEND {5+}\r\nINBOX {3+}\r\n']);
    client.socket.destroy();
  });

  test('what a command did not read is thrown away', async () => {
    await using it = await scene();
    const client = await open(it);
    client.socket.write('a APPEND x {4}\r\nb APPEND x {4+}\r\n1234 {4+}\r\n1234\r\n');
    client.socket.write('c APPEND x {5+}\r\n12345 more\r\nd NOOP\r\n');
    const text = await client.until('d OK');
    assert.match(text, /a NO no four\r\nb NO no four\r\nc NO enough\r\nd OK NOOP/);
    client.socket.destroy();
  });

  test('a large one passes through bounded buffers', async () => {
    await using it = await scene({ pipelinedBytesMax: 10_000 });
    const client = await open(it);
    client.socket.write(`a APPEND x {5000000+}\r\n${'y'.repeat(5_000_000)}\r\n`);
    await client.until('a OK 5000000 bytes|');
    client.socket.destroy();
  });

  test('one that is an argument is read though it is more than is read ahead', async () => {
    await using it = await scene({ pipelinedBytesMax: 1000, literalBytesBeforeLoginMax: 200_000 });
    const client = await open(it);
    client.socket.write(`a X {200000+}\r\n${'y'.repeat(200_000)}\r\nb NOOP\r\n`);
    assert.match(await client.until('b OK'), /^a OK .*\r\nb OK/m);
    client.socket.destroy();
  });

  test('stream out whole, between their text', async () => {
    await using it = await scene();
    const client = await open(it);
    client.socket.write('a BODY\r\n');
    const text = await client.until('a OK');
    assert.ok(text.includes(`BODY[] {300000}\r\n${'m'.repeat(300_000)})\r\na OK BODY`));
    client.socket.destroy();
  });
});

describe('time and size', () => {
  test('one client with many commands at hand does not keep the others waiting', async () => {
    await using it = await scene();
    const [busy, other] = [await open(it), await open(it)];
    busy.socket.write('a NOOP\r\n'.repeat(100_000) + 'z NOOP\r\n');
    await busy.until('a OK');
    other.socket.write('b NOOP\r\n');
    await other.until('b OK');
    assert.ok(!busy.text.includes('z OK'), 'the other one was served in between');
    await busy.until('z OK');
    for (const { socket } of [busy, other]) socket.destroy();
  });

  test('a client that does not read is cut off, and memory stays bounded', async () => {
    await using it = await scene({ drainTimeMs: 50 });
    const socket = connect({ host: '127.0.0.1', port: it.address.port });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.pause();
    socket.write('a FLOOD\r\n');
    const began = Date.now();
    while (it.parrots[0]?.disposed !== true) {
      assert.ok(Date.now() - began < 5000, 'still there');
      await sleep(10);
    }
    socket.destroy();
  });

  test('who does not log in in time hears BYE', async () => {
    await using it = await scene({ loginTimeMs: 30 });
    const client = await open(it);
    assert.match(await client.closed(), /\* BYE no login in time\r\n$/);
  });

  test('silence after login ends, but not in IDLE', async () => {
    await using it = await scene({ idleTimeMs: 30, loginTimeMs: 60_000 });
    const [silentOne, idler] = [await open(it), await open(it)];
    silentOne.socket.write('a LOGIN\r\n');
    idler.socket.write('a LOGIN\r\nb IDLE\r\n');
    assert.match(await silentOne.closed(), /\* BYE no command came/);
    await sleep(40);
    idler.socket.write('DONE\r\nc BYE\r\n');
    assert.match(await idler.closed(), /b OK DONE/);
  });

  test('half a command is not waited for for ever', async () => {
    await using it = await scene({ commandTimeMs: 30 });
    const client = await open(it);
    client.socket.write('a LOGIN\r\nb NOO');
    assert.match(await client.closed(), /\* BYE a command was not finished in time/);
  });

  test('too many connections are turned away', async () => {
    await using it = await scene({ connectionsMax: 1 });
    const first = await open(it);
    const second = new Reader(connect({ host: '127.0.0.1', port: it.address.port }));
    assert.equal(await second.closed(), '* BYE [UNAVAILABLE] too many connections\r\n');
    first.socket.end();
    await first.closed();
    await using another = await scene({ connectionsPerAddressMax: 1 }, { trusted: false });
    const third = await open(another);
    const fourth = new Reader(connect({ host: '127.0.0.1', port: another.address.port }));
    assert.match(await fourth.closed(), /^\* BYE \[LIMIT\] too many connections from your address/);
    third.socket.end();
    await third.closed();
  });

  test('closing says BYE to everybody, also in IDLE', async () => {
    await using it = await scene();
    const [idler, other] = [await open(it), await open(it)];
    idler.socket.write('a LOGIN\r\nb IDLE\r\n');
    await idler.until('idling');
    const closing = it.server.close();
    assert.match(await idler.closed(), /\* BYE the server is shutting down/);
    assert.match(await other.closed(), /\* BYE the server is shutting down/);
    await closing;
    assert.ok(it.parrots.every(({ disposed }) => disposed));
  });
});
