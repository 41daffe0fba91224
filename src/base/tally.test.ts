import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tally } from './tally.ts';

test('a count is ours and that of the others', () => {
  const tally = new Tally();
  tally.enter('a');
  tally.enter('a');
  tally.heard([
    ['a', 3],
    ['b', 1],
  ]);
  assert.deepEqual([tally.count('a'), tally.count('b'), tally.count('c')], [5, 1, 0]);
  tally.leave('a');
  tally.leave('c');
  tally.heard([['b', 0]]);
  assert.deepEqual([tally.count('a'), tally.count('b'), tally.count('c')], [4, 0, 0]);
});

test('what changed is told once, as it is at last', () => {
  const tally = new Tally();
  let calls = 0;
  tally.enter('before');
  assert.deepEqual(tally.changes(), []);
  tally.share(() => calls++);
  tally.enter('a');
  tally.enter('a');
  tally.enter('b');
  tally.leave('b');
  assert.equal(calls, 4);
  assert.deepEqual(tally.changes(), [
    ['a', 2],
    ['b', 0],
  ]);
  assert.deepEqual(tally.changes(), []);
});
