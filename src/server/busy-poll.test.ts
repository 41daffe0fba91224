import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BusyPoll } from './busy-poll.ts';

const [anna, ben] = [{}, {}];
/** Longer than a client or a disk is waited for without a sleep. */
const longMs = 5;

/** Whether the loop's next turn does not sleep. */
function isAwake(): boolean {
  return process.getActiveResourcesInfo().includes('Immediate');
}

/** A client answers at once, as often as is asked. */
function exchange(poll: BusyPoll, client: object): void {
  poll.waiting(client);
  poll.received(client, 10);
}

test('the loop stays awake for a client whose last answer was quick, and not for long', async () => {
  const poll = new BusyPoll(2);
  poll.waiting(anna);
  assert.equal(isAwake(), false);
  poll.received(anna, 10);
  assert.equal(isAwake(), true);
  await sleep(longMs);
  assert.equal(isAwake(), false, 'a command that takes long');
  poll.waiting(anna);
  assert.equal(isAwake(), true);
  await sleep(longMs);
  assert.equal(isAwake(), false, 'a client that says no more');
  poll.received(anna, 10);
  assert.equal(isAwake(), false, 'a client that took long');
  poll.waiting(anna);
  assert.equal(isAwake(), false);
});

test('nobody keeps it awake while another client is at work', async () => {
  const poll = new BusyPoll(2);
  exchange(poll, anna);
  await sleep(longMs);
  poll.waiting(anna);
  poll.received(ben, 10);
  poll.waiting(ben);
  await sleep(longMs);
  poll.waiting(anna);
  assert.equal(isAwake(), false);
});

test('nobody does while much is coming', () => {
  const poll = new BusyPoll(2);
  poll.waiting(anna);
  poll.received(anna, 64 * 1024);
  poll.waiting(anna);
  assert.equal(isAwake(), false);
});

test('nobody does where there is one processor', () => {
  const poll = new BusyPoll(1);
  exchange(poll, anna);
  poll.waiting(anna);
  assert.equal(isAwake(), false);
});

test('what it costs is told, and is not more than was spent', async () => {
  const poll = new BusyPoll(2);
  const began = performance.now();
  for (let n = 0; n < 20; n++) {
    exchange(poll, anna);
    poll.waiting(anna);
    await sleep(1);
  }
  assert.ok(poll.idleMs > 0);
  assert.ok(poll.idleMs < performance.now() - began);
});
