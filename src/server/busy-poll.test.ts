import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BusyPoll } from './busy-poll.ts';

const [anna, ben] = [{}, {}];
/** Longer than a client or a disk is waited for without a sleep, milliseconds. */
const longMs = 5;

/** A loop that stays awake by a clock of its own. */
class Fixture {
  readonly poll: BusyPoll;
  #now = 0;

  constructor(processors = 2) {
    this.poll = new BusyPoll({ processors, now: () => this.#now });
  }

  /** Time passes, and the loop comes round. */
  async pass(ms: number): Promise<void> {
    this.#now += ms;
    await nextTurn();
  }

  /** A client answers at once. */
  exchange(client: object): void {
    this.poll.waiting(client);
    this.poll.received(client, 10);
  }

  /** Lets it sleep again. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.pass(longMs);
  }

  /** Whether the loop's next turn does not sleep. */
  get isAwake(): boolean {
    return process.getActiveResourcesInfo().includes('Immediate');
  }
}

test('the loop stays awake for a client whose last answer was quick, and not for long', async () => {
  await using loop = new Fixture();
  loop.poll.waiting(anna);
  assert.equal(loop.isAwake, false);
  loop.poll.received(anna, 10);
  assert.equal(loop.isAwake, true);
  await loop.pass(0.01);
  assert.equal(loop.isAwake, true);
  loop.poll.waiting(anna);
  await loop.pass(longMs);
  assert.equal(loop.isAwake, false, 'a client that says no more');
  loop.poll.received(anna, 10);
  assert.equal(loop.isAwake, false, 'a client that took long');
  loop.poll.waiting(anna);
  assert.equal(loop.isAwake, false);
});

test('it stays awake while a command waits, from when that begins, and for no slow command', async () => {
  await using loop = new Fixture();
  loop.exchange(anna);
  await loop.pass(0.5);
  assert.equal(loop.isAwake, true, 'half a millisecond of work');
  for (let n = 0; n < 10; n++) await loop.pass(0.01);
  assert.equal(loop.isAwake, true);
  for (let n = 0; n < 40; n++) await loop.pass(0.01);
  assert.equal(loop.isAwake, false, 'a slow disk');

  loop.poll.waiting(anna);
  loop.poll.received(anna, 10);
  for (let n = 0; n < 10; n++) await loop.pass(0.3);
  assert.equal(loop.isAwake, false, 'a slow command that works now and then');
});

test('nobody keeps it awake while another client is at work', async () => {
  await using loop = new Fixture();
  loop.exchange(anna);
  await loop.pass(longMs);
  loop.poll.waiting(anna);
  loop.poll.received(ben, 10);
  loop.poll.waiting(ben);
  await loop.pass(longMs);
  loop.poll.waiting(anna);
  assert.equal(loop.isAwake, false);
});

test('nobody does while much is coming', async () => {
  await using loop = new Fixture();
  loop.poll.waiting(anna);
  loop.poll.received(anna, 64 * 1024);
  loop.poll.waiting(anna);
  assert.equal(loop.isAwake, false);
});

test('nobody does where there is one processor', async () => {
  await using loop = new Fixture(1);
  loop.exchange(anna);
  loop.poll.waiting(anna);
  assert.equal(loop.isAwake, false);
});

test('turns with nothing to do are counted', async () => {
  await using loop = new Fixture();
  loop.exchange(anna);
  await loop.pass(1 / 128);
  await loop.pass(0.5);
  await loop.pass(1 / 128);
  assert.equal(loop.poll.idleMs, 1 / 64);
});
