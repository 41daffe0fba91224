import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Gate } from './gate.ts';

test('no more than its width run at once, and all run in order', async () => {
  const gate = new Gate(2);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 7 }, (_, n) =>
      gate.run(async () => {
        running += 1;
        most = Math.max(most, running);
        order.push(n);
        await turn();
        running -= 1;
      }),
    ),
  );
  assert.equal(most, 2);
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5, 6]);
});

test('a failed job frees its place, an aborted one never takes it', async () => {
  const gate = new Gate(1);
  await assert.rejects(
    gate.run(() => Promise.reject(new Error('broken'))),
    /broken/,
  );
  const controller = new AbortController();
  const held = Promise.withResolvers<void>();
  const first = gate.run(() => held.promise);
  const second = gate.run(() => Promise.resolve('never'), controller.signal);
  const third = gate.run(() => Promise.resolve('third'));
  controller.abort(new Error('gone'));
  await assert.rejects(second, /gone/);
  held.resolve();
  await first;
  assert.equal(await third, 'third');
});
