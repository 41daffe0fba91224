import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { ChunkDigest, digestOf } from './digest.ts';

test('a message of one chunk has its SHA-256, however it comes', async () => {
  const bytes = randomBytes(1000);
  const digest = new ChunkDigest();
  digest.update(bytes);
  const expected = createHash('sha256').update(bytes).digest('hex');
  assert.equal(Buffer.from(await digest.end()).toString('hex'), expected);
  assert.equal(Buffer.from(digestOf(bytes)).toString('hex'), expected);
});

test('a chunk is read before its memory is used again', async () => {
  const [first, second] = [randomBytes(1000), randomBytes(1000)];
  const memory = Buffer.from(first);
  const reused = new ChunkDigest();
  reused.update(memory);
  memory.set(second);
  reused.update(memory);
  memory.fill(0);
  const fresh = new ChunkDigest();
  fresh.update(first);
  fresh.update(second);
  assert.deepEqual(await reused.end(), await fresh.end());
});

test('no message of one chunk has the digest of a larger one made of known chunks', async () => {
  const chunks = [randomBytes(1000), randomBytes(1000)];
  const large = new ChunkDigest();
  for (const chunk of chunks) large.update(chunk);
  const digests = Buffer.concat(chunks.map((chunk) => digestOf(chunk)));
  assert.notDeepEqual(Buffer.from(await large.end()), Buffer.from(digestOf(digests)));
});

test('the order of chunks counts', async () => {
  const [first, second] = [randomBytes(1000), randomBytes(1000)];
  const [there, back] = [new ChunkDigest(), new ChunkDigest()];
  for (const chunk of [first, second]) there.update(chunk);
  for (const chunk of [second, first]) back.update(chunk);
  assert.notDeepEqual(await there.end(), await back.end());
});
