import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { tee } from './tee.ts';

const options = { stallTimeMs: 5000 };

async function* chunks(count: number, onRead: (index: number) => void = () => undefined) {
  for (let index = 0; index < count; index += 1) {
    onRead(index);
    yield Buffer.from([index % 256]);
  }
}

async function collect(source: AsyncIterable<Uint8Array>, delayMs = 0): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) {
    parts.push(part);
    if (delayMs > 0) await sleep(delayMs);
  }
  return Buffer.concat(parts);
}

test('every branch gets every byte', async () => {
  const { branches, run } = tee(chunks(100), 3, options);
  const [, ...got] = await Promise.all([run(), ...branches.map((branch) => collect(branch))]);
  const whole = await collect(chunks(100));
  assert.deepEqual(got, [whole, whole, whole]);
});

test('the source waits for the slowest', async () => {
  let read = 0;
  const { branches, run } = tee(
    chunks(20, (index) => (read = index)),
    2,
    options,
  );
  let slow = 0;
  const slowly = async () => {
    for await (const _ of branches[1] ?? []) {
      assert.ok(read - slow <= 1, `read ${read} while the slow one is at ${slow}`);
      slow += 1;
      await sleep(1);
    }
  };
  await Promise.all([run(), collect(branches[0]!), slowly()]);
  assert.equal(slow, 20);
});

test('a branch that breaks off, throws or never begins does not hurt the others', async () => {
  const { branches, run } = tee(chunks(10), 4, options);
  const breaking = async () => {
    for await (const _ of branches[1]!) break;
  };
  const throwing = async () => {
    for await (const _ of branches[2]!) throw new Error('full');
  };
  branches[3]!.drop();
  const results = await Promise.allSettled([run(), collect(branches[0]!), breaking(), throwing()]);
  assert.deepEqual(
    results.map((result) => result.status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected'],
  );
  assert.equal(results[1].status === 'fulfilled' && results[1].value.length, 10);
});

test('a source that fails fails every branch', async () => {
  async function* broken() {
    yield Buffer.from('a');
    throw new Error('gone');
  }
  const { branches, run } = tee(broken(), 2, options);
  const results = await Promise.allSettled([run(), ...branches.map((branch) => collect(branch))]);
  for (const result of results)
    assert.match(String(result.status === 'rejected' && result.reason), /gone/);
});

test('with all branches gone the source is left where it is', async () => {
  let read = 0;
  const { branches, run } = tee(
    chunks(50, (index) => (read = index)),
    1,
    options,
  );
  const first = async () => {
    for await (const _ of branches[0]!) break;
  };
  await Promise.all([run(), first()]);
  assert.ok(read < 3);
});

test('a branch that stalls is dropped', async () => {
  const { branches, run } = tee(chunks(5), 2, { stallTimeMs: 30 });
  const stalled = branches[1]![Symbol.asyncIterator]();
  const [, whole] = await Promise.all([run(), collect(branches[0]!)]);
  assert.equal(whole.length, 5);
  await assert.rejects(stalled.next(), /nothing was taken for 30 ms/);
});

test('bytes that are all there end cleanly for a late reader', async () => {
  const { branches, run } = tee(chunks(1), 1, options);
  const running = run();
  await sleep(5);
  assert.equal((await collect(branches[0]!)).length, 1);
  await running;
});
