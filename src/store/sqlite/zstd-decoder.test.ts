import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { isQuick, spareBytes, unpackFrame, unpackPublicly } from './zstd-decoder.ts';

test('the Node at hand can unpack frame after frame with one stream', () => {
  assert.ok(isQuick(), 'see the comment in zstd-decoder.ts: Node has changed inside');
});

/** Of all sizes, with and without what can be made smaller. */
const sources = [1, 2, 100, 4096, 25_000, 131_072, 262_144].flatMap((size) => [
  Buffer.alloc(size, 'The quick brown fox. '),
  randomBytes(size),
  Buffer.from(randomBytes(size).toString('base64'), 'latin1').subarray(0, size),
]);

for (const [name, unpack] of [
  ['with one stream', unpackFrame],
  ['by the public function', unpackPublicly],
] as const) {
  describe(`frames unpacked ${name}`, () => {
    const room = Buffer.alloc(262_144 + spareBytes);

    test('are the bytes that were packed', () => {
      for (const source of sources) {
        const target = room.subarray(0, source.length + spareBytes);
        const size = unpack(zstdCompressSync(source), target);
        assert.ok(target.subarray(0, size).equals(source), `${source.length} bytes`);
      }
    });

    test('are refused when they are broken, and the next ones are good', () => {
      const source = Buffer.from(randomBytes(3000).toString('hex'));
      const frame = zstdCompressSync(source);
      const bad = Buffer.from(frame);
      bad.fill(0xff, 6, 40);
      const target = room.subarray(0, source.length + spareBytes);
      for (const broken of [
        ...[1, 5, 100, frame.length - 1].map((length) => frame.subarray(0, length)),
        bad,
        Buffer.from('not a frame at all'),
        zstdCompressSync(Buffer.alloc(10_000_000)),
      ]) {
        assert.throws(() => unpack(broken, target), Error);
        assert.equal(unpack(frame, target), source.length);
        assert.ok(target.subarray(0, source.length).equals(source));
      }
    });
  });
}
