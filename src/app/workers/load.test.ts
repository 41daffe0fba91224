import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Load } from './load.ts';

const changes = (shares: readonly number[]): (boolean | undefined)[] => {
  const load = new Load();
  return shares.map((share) => load.seen(share));
};
const no = undefined;

test('a burst is not much to do; seconds of it are, until it is over for as long', () => {
  assert.deepEqual(changes([1, 1, 1, 0, 0, 0]), [no, no, no, no, no, no]);
  assert.deepEqual(changes([1, 1, 1, 1]), [no, no, no, true]);
  assert.deepEqual(changes([0.7, 0.7, 0.6, 0.7, 0.8, 0.9]), [no, no, no, no, true, no]);
  assert.deepEqual(changes([1, 1, 1, 1, 1, 0, 0, 0, 0]), [no, no, no, true, no, no, no, no, false]);
});

test('in between nothing changes', () => {
  const between = [0.5, 0.6, 0.5, 0.6, 0.5, 0.6];
  assert.ok(changes(between).every((change) => change === undefined));
  const [first, ...others] = changes([1, 1, 1, 1, ...between]).filter((c) => c !== undefined);
  assert.equal(first, true);
  assert.equal(others.length, 0);
});
