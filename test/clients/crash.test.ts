/**
 * `kill -9` while 20 connections append, again and again: what was answered OK is there afterwards,
 * byte for byte, and UIDs and mod-sequences only ever grow. `RESTANTE_TEST_KILLS` sets how often.
 */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { imapClient, literal, type TestClient } from './support/imap.ts';
import { message } from './support/messages.ts';
import { password, startServer, type TestServer } from './support/server.ts';

const kills = Number(process.env['RESTANTE_TEST_KILLS'] ?? 50);
const user = 'anna@example.org';

/** What the server said it keeps: the message's number by UID. */
type Promised = Map<number, number>;

let next = 0;

/** Of message `n`, KiB: one in fifteen is large enough for a file of its own. */
const sizeOf = (n: number): number => (n % 15 === 0 ? 260 + (n % 600) : 1 + (n % 60));

/** Appends until the connection breaks; records each OK. */
async function appendUntilDeath(client: TestClient, promised: Promised): Promise<void> {
  try {
    for (;;) {
      const n = next++;
      const status = await client.append('INBOX', Buffer.from(message(n, sizeOf(n))));
      const uid = Number(/APPENDUID \d+ (\d+)/.exec(status)?.[1]);
      assert.ok(status.startsWith('OK') && uid > 0, status);
      assert.ok(!promised.has(uid), `UID ${uid} was given out twice`);
      promised.set(uid, n);
    }
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
  }
}

interface Clock {
  readonly uidNext: number;
  readonly modSeq: number;
  readonly uidValidity: number;
}

/** Compares the mailbox with the promises; `since` limits the reading to what is new. */
async function verify(server: TestServer, promised: Promised, since: number): Promise<Clock> {
  await using client = await imapClient(server.port('imap'), user, password);
  const status = (
    await client.command('STATUS INBOX (UIDNEXT HIGHESTMODSEQ UIDVALIDITY MESSAGES)')
  ).untagged.join('');
  const value = (name: string): number => Number(new RegExp(`${name} (\\d+)`).exec(status)?.[1]);
  await client.command('EXAMINE INBOX');
  const seen = new Set<number>();
  const { untagged } = await client.command(`UID FETCH ${since}:* (BODY.PEEK[])`);
  for (const response of untagged) {
    const uid = Number(/UID (\d+)/.exec(response)?.[1]);
    seen.add(uid);
    const n = promised.get(uid);
    if (n === undefined) continue;
    assert.equal(
      literal(response).toString(),
      message(n, sizeOf(n)),
      `UID ${uid} came back changed`,
    );
  }
  for (const uid of promised.keys())
    assert.ok(uid < since || seen.has(uid), `UID ${uid} was answered OK and is gone`);
  for (const uid of promised.keys())
    assert.ok(uid < value('UIDNEXT'), `UIDNEXT is not above ${uid}`);
  return {
    uidNext: value('UIDNEXT'),
    modSeq: value('HIGHESTMODSEQ'),
    uidValidity: value('UIDVALIDITY'),
  };
}

test(
  `nothing that was answered OK is lost by ${kills} kills`,
  { timeout: 1_200_000 },
  async (t) => {
    const promised: Promised = new Map();
    // The first server makes the account and the certificate; its folder goes when the test ends.
    await using first = await startServer();
    await first.kill();
    let clock: Clock = { uidNext: 1, modSeq: 0, uidValidity: 0 };
    for (let kill = 0; kill <= kills; kill++) {
      await using server = await startServer({ directory: first.directory });
      const now = await verify(server, promised, kill === kills ? 1 : clock.uidNext);
      assert.ok(
        now.uidNext >= clock.uidNext && now.modSeq >= clock.modSeq,
        'UIDNEXT and HIGHESTMODSEQ only grow',
      );
      assert.ok(
        clock.uidValidity === 0 || now.uidValidity === clock.uidValidity,
        'UIDVALIDITY stays',
      );
      clock = now;
      if (kill === kills) break;
      const connect = (): Promise<TestClient> => imapClient(server.port('imap'), user, password);
      const clients = await Promise.all(Array.from({ length: 20 }, connect));
      const writers = clients.map((client) => appendUntilDeath(client, promised));
      await wait(randomInt(50, 500));
      await server.kill();
      await Promise.all(writers);
    }
    t.diagnostic(`${promised.size} messages were answered OK, ${kills} kills`);
    assert.ok(promised.size > kills * 10, `only ${promised.size} messages were appended`);
  },
);
