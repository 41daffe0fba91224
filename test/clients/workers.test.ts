/** `restante serve --workers 2`: one address, several processes, and clients that cannot tell. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { imapClient, type TestClient } from './support/imap.ts';
import { message } from './support/messages.ts';
import { password, startServer } from './support/server.ts';
import { exists, idling, log, onEach, pair, pids, two, until, user } from './support/workers.ts';

describe('two workers', () => {
  test('what one session was told OK, another knows at its next command', async () => {
    await using server = await startServer({ arguments: two });
    const [a, b] = await pair(server);
    await b.command('SELECT INBOX');
    for (let n = 1; n <= 100; n++) {
      assert.match(await a.append('INBOX', Buffer.from(message(n, 2))), /^OK/);
      assert.equal(exists(await b.command('NOOP')), n);
    }
    await a.command('SELECT INBOX');
    for (let n = 1; n <= 100; n++) {
      const [writer, reader] = n % 2 === 0 ? [a, b] : [b, a];
      await writer.command(`STORE ${n} +FLAGS.SILENT (\\Seen k${n % 7})`);
      const { untagged } = await reader.command('NOOP');
      assert.match(untagged.join('\n'), new RegExp(`^\\* ${n} FETCH \\(.*\\\\Seen`, 'm'));
    }
    for (let n = 0; n < 20; n++) {
      await a.command(`CREATE box${n}`);
      await b.command(`SUBSCRIBE box${n}`);
      assert.match((await a.command(`LSUB "" box${n}`)).untagged.join(), /LSUB/);
      assert.match(await b.append(`box${n}`, Buffer.from(message(n, 1))), /^OK/);
      assert.match((await a.command(`STATUS box${n} (MESSAGES)`)).untagged.join(), /MESSAGES 1\)/);
      await b.command(`RENAME box${n} moved${n}`);
      await assert.rejects(a.command(`STATUS box${n} (MESSAGES)`), /NONEXISTENT/);
    }
    await a.command('STORE 1:50 +FLAGS.SILENT (\\Deleted)');
    await a.command('EXPUNGE');
    const { untagged } = await b.command('NOOP');
    assert.equal(untagged.filter((line) => line.endsWith('EXPUNGE')).length, 50);
    assert.equal((await b.command('UID SEARCH ALL')).untagged.join().split(' ').length - 2, 50);
    assert.equal(await server.stop(), 0);
  });

  test('an idling session hears in milliseconds', async (t) => {
    await using server = await startServer({ arguments: two });
    const { idle, writer } = await idling(server);
    const took: number[] = [];
    for (let n = 1; n <= 100; n++) {
      await writer.append('INBOX', Buffer.from(message(n, 2)));
      const told = performance.now();
      while ((await idle.next(5000)) !== `* ${n} EXISTS`);
      took.push(performance.now() - told);
    }
    const [median = NaN] = took.sort((x, y) => x - y).slice(50);
    t.diagnostic(`median ${median} ms, longest ${took.at(-1)} ms`);
    assert.ok(median < 5, `${median} ms`);
  });

  test('a worker that is killed takes only its own sessions with it, and has a successor', async () => {
    await using server = await startServer({ arguments: two });
    const clients = await onEach(server);
    const [[dead, lost] = [], [, living] = []] = [...clients];
    assert.ok(dead !== undefined && lost !== undefined && living !== undefined);
    await living.command('SELECT INBOX');
    const before = pids(server);
    assert.equal(before.size, 2);
    const closed = new Promise((resolve) => lost.socket.once('close', resolve));
    process.kill(before.get(dead)!, 'SIGKILL');
    await closed;
    assert.match(await living.append('INBOX', Buffer.from(message(1, 2))), /^OK/);
    assert.equal(exists(await living.command('SELECT INBOX')), 1);
    await until(() => (pids(server).get(dead) === before.get(dead) ? undefined : true));
    assert.ok(
      log(server).some(({ msg, signal }) => /worker died/.test(msg) && signal === 'SIGKILL'),
    );
    const [a, b] = await pair(server);
    assert.equal(exists(await a.command('SELECT INBOX')), 1);
    assert.match(await b.append('INBOX', Buffer.from(message(2, 2))), /^OK/);
    assert.equal(exists(await a.command('NOOP')), 2);
    assert.equal(await server.stop(), 0);
    assert.match(server.log(), /"msg":"stopped"/);
  });

  test('nothing that was answered OK is lost by workers that are killed while all write', async () => {
    await using server = await startServer({ arguments: two });
    const subjects = new Map<number, number>();
    let next = 0;
    let isOver = false;
    const write = async (): Promise<void> => {
      while (!isOver) {
        try {
          await using client = await imapClient(server.port('imap'), user, password);
          while (!isOver) {
            const n = next++;
            const status = await client.append('INBOX', Buffer.from(message(n, 1 + (n % 60))));
            const uid = Number(/^OK .*APPENDUID \d+ (\d+)/.exec(status)?.[1]);
            assert.ok(uid > 0 && !subjects.has(uid), status);
            subjects.set(uid, n);
          }
        } catch (error) {
          if (error instanceof assert.AssertionError) throw error;
          await sleep(20);
        }
      }
    };
    const writers = Array.from({ length: 10 }, write);
    for (let kill = 0; kill < 6; kill++) {
      await sleep(200 + kill * 30);
      const [worker, pid] = [...pids(server)][kill % 2]!;
      process.kill(pid, 'SIGKILL');
      await until(() => (pids(server).get(worker) === pid ? undefined : true), 20_000);
    }
    isOver = true;
    await Promise.all(writers);
    await using client = await imapClient(server.port('imap'), user, password);
    await client.command('SELECT INBOX');
    const { untagged } = await client.command('UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])');
    const found = new Map(
      untagged
        .filter((line) => line.includes('FETCH'))
        .map((line) => [
          Number(/UID (\d+)/.exec(line)?.[1]),
          Number(/number (\d+)/.exec(line)?.[1]),
        ]),
    );
    for (const [uid, n] of subjects) assert.equal(found.get(uid), n, `UID ${uid}`);
    assert.ok(subjects.size > 50, `${subjects.size} messages`);
    assert.equal(await server.stop(), 0);
  });

  test('SIGTERM says goodbye to all, and finishes what is under way', async () => {
    await using server = await startServer({ arguments: two });
    const { idle, writer } = await idling(server);
    const append = writer.append('INBOX', Buffer.from(message(1, 2000)));
    const code = server.stop();
    assert.match(await append, /^OK/);
    const told = [await idle.next(5000), await idle.next(5000)];
    assert.ok(
      told.some((line) => line?.startsWith('* BYE') === true),
      String(told),
    );
    assert.equal(await code, 0);
    assert.ok(!existsSync(join(server.directory, 'store', 'accounts', 'mail.db-wal')));
  });

  test('the limit of an account holds for all workers together', async () => {
    const limits = ['--limits', 'connectionsPerAccountMax=5'];
    await using server = await startServer({ arguments: [...two, ...limits] });
    const clients: TestClient[] = [];
    for (let n = 0; n < 5; n++) {
      clients.push(await imapClient(server.port('imap'), user, password));
      await sleep(100);
    }
    await assert.rejects(imapClient(server.port('imap'), user, password), /LIMIT/);
    await clients[0]?.command('LOGOUT');
    await sleep(200);
    await using again = await imapClient(server.port('imap'), user, password);
    await again.command('NOOP');
    for (const client of clients) await client[Symbol.asyncDispose]();
  });

  test('metrics and health speak for all, a unix socket delivers, certificates are read again', async () => {
    const path = join(process.env['TMPDIR'] ?? '/tmp', `restante-${process.pid}.sock`);
    const more = ['--listen', 'http://127.0.0.1:0', '--listen', `lmtp+unix:${path}`];
    await using server = await startServer({ arguments: [...two, ...more] });
    const [a, b] = await pair(server);
    const get = async (what: string): Promise<string> =>
      await (await fetch(`http://127.0.0.1:${server.port('http')}${what}`)).text();
    assert.equal(await get('/health'), 'ready\n');
    const metrics = await get('/metrics');
    assert.match(metrics, /^restante_connections 2$/m);
    assert.match(metrics, /^restante_workers 2$/m);
    assert.match(metrics, /^restante_commands_total\{command="LOGIN",status="OK"\} [2-9]/m);
    await a.command('SELECT INBOX');
    await b.command('SELECT INBOX');
    for (let n = 1; n <= 4; n++) {
      await deliver(path, n);
      assert.equal(exists(await a.command('NOOP')), n);
      assert.equal(exists(await b.command('NOOP')), n);
    }
    process.kill(server.pid, 'SIGHUP');
    await until(() => log(server).find(({ msg }) => msg === 'certificates were read again'));
    await a.command('NOOP');
    assert.equal(await server.stop(), 0);
    assert.ok(!existsSync(path));
  });

  test('an address that is taken is told as by one process', async () => {
    await using server = await startServer();
    const taken = ['--listen', `imap://127.0.0.1:${server.port('imap')}`];
    await assert.rejects(startServer({ arguments: [...two, ...taken] }), (error: Error) => {
      assert.match(error.message, /ended with 1.*another program/s);
      return true;
    });
  });
});

describe('as many workers as there is work for', () => {
  test('a second one comes when the first has much to do, and both serve', async () => {
    const preload = join(import.meta.dirname, 'support/idle-machine.ts');
    await using server = await startServer({ arguments: ['--workers', '1-2'], preload });
    assert.equal(pids(server).size, 1);
    await using first = await imapClient(server.port('imap'), user, password);
    await first.command('SELECT INBOX');
    assert.match(await first.append('INBOX', Buffer.from(message(1, 2))), /^OK/);
    const noise = noisy(server.port('imap'));
    await until(() => (pids(server).size === 2 ? true : undefined), 60_000);
    noise.destroy();
    assert.equal(server.log().match(/a worker died/g), null);
    const [a, b] = await pair(server);
    assert.match(await a.append('INBOX', Buffer.from(message(2, 2))), /^OK/);
    assert.equal(exists(await b.command('SELECT INBOX')), 2);
    assert.match(await b.append('INBOX', Buffer.from(message(3, 2))), /^OK/);
    // Who was there before the second came looks for what that writes.
    assert.equal(exists(await first.command('NOOP')), 3);
    assert.equal(await server.stop(), 0);
  });

  test('one that dies alone has a successor at the same address', async () => {
    // A port that was not chosen is given back when nobody serves.
    const port = await freePort();
    const fixed = ['--workers', '1-2', '--listen', `imap://127.0.0.1:${port}`];
    await using server = await startServer({ arguments: fixed });
    const [pid] = [...pids(server).values()];
    process.kill(pid!, 'SIGKILL');
    await until(() => (pids(server).get(1) === pid ? undefined : true), 20_000);
    await using client = await imapClient(port, user, password);
    assert.match(await client.append('INBOX', Buffer.from(message(1, 2))), /^OK/);
    assert.equal(await server.stop(), 0);
  });
});

/** Somebody who asks for more than one process can answer, until it is destroyed. */
function noisy(port: number): Socket {
  const socket = connect({ host: '127.0.0.1', port });
  const many = 'x NOOP\r\n'.repeat(2000);
  const ask = (): void => {
    while (!socket.destroyed && socket.write(many));
  };
  socket.on('drain', ask).on('error', () => undefined);
  socket.resume();
  socket.write(`a LOGIN ${user} "${password}"\r\n`, ask);
  return socket;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** One message over LMTP. */
async function deliver(path: string, number: number): Promise<void> {
  const socket = connect({ path });
  let heard = '';
  const ended = new Promise((resolve) => socket.once('close', resolve));
  socket.on('data', (data: Buffer) => (heard += data.toString()));
  const text = message(number, 1).replaceAll(/^\./gm, '..');
  socket.write(`LHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<${user}>\r\nDATA\r\n${text}\r\n.\r\nQUIT\r\n`);
  await ended;
  assert.match(heard, /^250 .*(?:\r\n)221/m, heard);
}
