/** Clients of a server of several processes: which of them is on which. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImapConnection } from '../../support/imap-connection.ts';
import { imapClient, type TestClient } from './imap.ts';
import { password, type TestServer } from './server.ts';

export const user = 'anna@example.org';
/** Arguments of a server of two processes. */
export const two = ['--workers', '2'];

interface LogLine {
  readonly msg: string;
  readonly worker?: number;
  readonly pid?: number;
  readonly code?: number | null;
  readonly signal?: string | null;
}

/** What the server has written to its log so far. */
export function log(server: TestServer): LogLine[] {
  const lines = server.log().split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as LogLine);
}

/** The process of each worker, the newest of each. */
export function pids(server: TestServer): Map<number, number> {
  return new Map(
    log(server)
      .filter(({ msg }) => msg === 'a worker serves')
      .map(({ worker = 0, pid = 0 }) => [worker, pid]),
  );
}

/** A client on a worker of its own each: whoever is free takes a connection, so a few tries do. */
export async function onEach(server: TestServer): Promise<Map<number, TestClient>> {
  const found = new Map<number, TestClient>();
  const tried: TestClient[] = [];
  for (let tries = 0; tries < 100 && found.size < 2; tries++) {
    const before = log(server).length;
    const client = await imapClient(server.port('imap'), user, password);
    const worker = await until(() =>
      log(server)
        .slice(before)
        .find(({ msg }) => msg === 'logged in'),
    );
    assert.ok(worker.worker !== undefined);
    if (found.has(worker.worker)) tried.push(client);
    else found.set(worker.worker, client);
  }
  for (const client of tried) await client[Symbol.asyncDispose]();
  assert.equal(found.size, 2);
  return found;
}

/** Looks until there is something. */
export async function until<T>(look: () => T | undefined, timeMs = 5000): Promise<T> {
  for (const end = Date.now() + timeMs; Date.now() < end; await sleep(5)) {
    const found = look();
    if (found !== undefined) return found;
  }
  throw new Error('it did not come');
}

/** Two clients of one account on two workers. */
export async function pair(server: TestServer): Promise<[TestClient, TestClient]> {
  const [a, b] = [...(await onEach(server)).values()];
  assert.ok(a !== undefined && b !== undefined);
  return [a, b];
}

/** A connection that listens, in IDLE unless told otherwise, and a client on another worker. */
export async function idling(
  server: TestServer,
  { who = user, commands = ['SELECT INBOX', 'IDLE'], last = '+ idling' } = {},
): Promise<{ readonly idle: ImapConnection; readonly writer: TestClient }> {
  const clients = await onEach(server);
  const before = log(server).length;
  const idle = await ImapConnection.open({ host: '127.0.0.1', port: server.port('imap') });
  const lines = [`LOGIN ${who} "${password}"`, ...commands].map((line, at) => `a${at} ${line}`);
  await idle.send(Buffer.from(lines.map((line) => `${line}\r\n`).join('')));
  for (let line; (line = await idle.next(5000))?.startsWith(last) !== true;)
    assert.equal(typeof line, 'string');
  const { worker } = await until(() =>
    log(server)
      .slice(before)
      .find(({ msg }) => msg === 'logged in'),
  );
  const writer = [...clients].find(([number]) => number !== worker)?.[1];
  assert.ok(writer !== undefined);
  return { idle, writer };
}

/** The number of the EXISTS in an answer. */
export const exists = (reply: { untagged: readonly string[] }): number =>
  Number(/^\* (\d+) EXISTS/m.exec(reply.untagged.join('\n'))?.[1]);
