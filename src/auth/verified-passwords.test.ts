import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VerifiedPasswords } from './verified-passwords.ts';

test('what fitted is known for a while, for this hash alone', () => {
  let now = 0;
  const verified = new VerifiedPasswords(() => now);
  assert.equal(verified.has('secret', 'hash'), false);
  verified.add('secret', 'hash');
  assert.equal(verified.has('secret', 'hash'), true);
  assert.equal(verified.has('secret', 'another hash'), false);
  assert.equal(verified.has('Secret', 'hash'), false);
  now = 10 * 60_000;
  assert.equal(verified.has('secret', 'hash'), false);
});

test('only so many are kept', () => {
  const verified = new VerifiedPasswords();
  for (let n = 0; n <= 10_000; n += 1) verified.add(String(n), 'hash');
  assert.equal(verified.has('0', 'hash'), false);
  assert.equal(verified.has('1', 'hash'), true);
  assert.equal(verified.has('10000', 'hash'), true);
});
