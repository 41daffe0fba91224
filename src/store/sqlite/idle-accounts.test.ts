import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Holding, IdleAccounts } from './idle-accounts.ts';

test('the longest unused is closed when they hold too much, whatever each holds by then', async (t) => {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const closed: string[] = [];
  const holds = new Map<string, number>();
  const idle = new IdleAccounts({ idleAccountsBytesMax: 100 });
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => ({ name }));
  const add = (key: { name: string }, bytes: number): void => {
    holds.set(key.name, bytes);
    idle.add(key, {
      holding: (): Holding => ({ bytes: holds.get(key.name)!, descriptors: 0 }),
      close: () => void closed.push(key.name),
    });
  };
  add(a!, 40);
  add(b!, 40);
  assert.deepEqual(closed, []);
  add(c!, 40);
  assert.deepEqual(closed, ['a']);
  idle.take(b!);
  add(d!, 50);
  add(b!, 10);
  assert.deepEqual(closed, ['a']);
  // What c holds has grown: that is seen a moment later.
  holds.set('c', 80);
  now += 500;
  idle.take(b!);
  add(b!, 10);
  assert.deepEqual(closed, ['a']);
  now += 600;
  idle.take(b!);
  add(b!, 10);
  assert.deepEqual(closed, ['a', 'c']);
  add(a!, 200);
  assert.deepEqual(closed, ['a', 'c', 'd', 'b', 'a']);
});
