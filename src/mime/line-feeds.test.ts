import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { countLineFeeds } from './line-feeds.ts';

const count = (bytes: Uint8Array): number => bytes.filter((byte) => byte === 10).length;

test('line feeds are counted in any bytes, wherever they stand in memory', () => {
  // Bytes that differ from LF by one bit, or by the highest, are what a wrong carry would take for it.
  const byte = fc.oneof(fc.constantFrom(10, 138, 11, 9, 0, 13, 127, 128, 255), fc.nat(255));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 300 }), fc.nat(9), fc.nat(40), (list, before, cut) => {
      const memory = new Uint8Array(before + list.length);
      memory.set(list, before);
      const bytes = memory.subarray(before);
      const from = Math.min(cut, bytes.length);
      assert.equal(countLineFeeds(bytes, from, bytes.length), count(bytes.subarray(from)));
      assert.equal(countLineFeeds(bytes, 0, from), count(bytes.subarray(0, from)));
    }),
  );
});

test('line feeds are counted where there is nothing else, and where there is none', () => {
  assert.equal(countLineFeeds(Buffer.alloc(100_003, '\n'), 1, 100_003), 100_002);
  assert.equal(countLineFeeds(Buffer.alloc(100_003, 'x'), 0, 100_003), 0);
  assert.equal(countLineFeeds(Buffer.alloc(0), 0, 0), 0);
});
