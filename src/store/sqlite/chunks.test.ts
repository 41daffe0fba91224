import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { chunkBytes, giveBuffer, pack, takeBuffer, unpack, type Chunk } from './chunks.ts';

/** As the database gives it back: in memory of its own. */
function stored({ codec, data }: Chunk): Chunk {
  return { codec, data: Uint8Array.from(data) };
}

test('chunks of every size and every compressibility come back as they were', () => {
  const noise = randomBytes(chunkBytes);
  const base64 = Buffer.from(noise.toString('base64').replaceAll(/(.{76})/g, '$1\r\n'), 'latin1');
  const halves = Buffer.alloc(chunkBytes, 'the same again and again ');
  noise.copy(halves, 0, 0, chunkBytes / 2);
  for (const source of [noise, base64, halves, Buffer.alloc(chunkBytes)]) {
    for (let size = 1; size <= chunkBytes; size += size < 80_000 ? 509 : 12_289) {
      // A copy: what is packed may be given away.
      const bytes = Buffer.from(source.subarray(0, size));
      const packed = stored(pack(bytes));
      assert.ok(
        Buffer.from(source.subarray(0, size)).equals(unpack(packed, size)),
        `${size} bytes`,
      );
    }
  }
  // Node's pool, of which small buffers are pieces, must have survived it.
  assert.equal(Buffer.from('still here').toString(), 'still here');
});

test('buffers are kept for the next message, and given back when none comes', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const buffers = [takeBuffer(), takeBuffer(), takeBuffer()];
  for (const buffer of buffers) giveBuffer(buffer);
  const held = (): number => buffers.filter(({ length }) => length > 0).length;
  // The first look does not know how many were needed before; two were not until the second.
  t.mock.timers.tick(10_000);
  assert.equal(held(), 3);
  const needed = takeBuffer();
  assert.ok(buffers.includes(needed));
  giveBuffer(needed);
  t.mock.timers.tick(10_000);
  assert.equal(held(), 1);
  assert.equal(needed.length, chunkBytes);
  t.mock.timers.tick(10_000);
  assert.equal(held(), 0);
  assert.equal(takeBuffer().length, chunkBytes);
});
