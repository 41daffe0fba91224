import assert from 'node:assert/strict';
import { createHash, createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { chunkBytes } from './chunks.ts';
import { ChunkDigest, digestOf } from './digest.ts';

const key = createSecretKey(randomBytes(32));

function digestOfChunks(chunks: readonly Uint8Array[], secret = key): string {
  const digest = new ChunkDigest(secret);
  for (const chunk of chunks) digest.update(chunk);
  return Buffer.from(digest.end()).toString('hex');
}

test('a message that fills no chunk has its SHA-256, however it comes', () => {
  const bytes = randomBytes(chunkBytes - 1);
  const expected = createHash('sha256').update(bytes).digest('hex');
  assert.equal(digestOfChunks([bytes]), expected);
  assert.equal(Buffer.from(digestOf(bytes)).toString('hex'), expected);
});

test('a chunk is read before its memory is used again', () => {
  const [first, second] = [randomBytes(chunkBytes), randomBytes(1000)];
  const memory = Buffer.from(first);
  const reused = new ChunkDigest(key);
  reused.update(memory);
  memory.set(second);
  reused.update(memory.subarray(0, second.length));
  memory.fill(0);
  assert.equal(Buffer.from(reused.end()).toString('hex'), digestOfChunks([first, second]));
});

test('every bit and the length of every chunk counts, and their order', () => {
  const chunks = [randomBytes(chunkBytes), randomBytes(chunkBytes), Buffer.alloc(20, 0)];
  const seen = new Set([digestOfChunks(chunks)]);
  const isNew = (others: readonly Uint8Array[]): void => {
    const digest = digestOfChunks(others);
    assert.ok(!seen.has(digest));
    seen.add(digest);
  };
  for (const [place, chunk] of chunks.entries()) {
    for (const at of [0, chunk.length >> 1, chunk.length - 1]) {
      const changed = Buffer.from(chunk);
      changed[at]! ^= 1;
      isNew(chunks.with(place, changed));
    }
  }
  isNew(chunks.with(2, Buffer.alloc(19, 0)));
  isNew(chunks.slice(0, 2));
  isNew(chunks.slice(0, 1));
  isNew([chunks[1]!, chunks[0]!, chunks[2]!]);
});

test('what is made without the key tells nothing', () => {
  const chunks = [randomBytes(chunkBytes), randomBytes(1000)];
  assert.notEqual(digestOfChunks(chunks), digestOfChunks(chunks, createSecretKey(randomBytes(32))));
});
