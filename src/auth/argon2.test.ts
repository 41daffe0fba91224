import assert from 'node:assert/strict';
import { test } from 'node:test';
import { argon2id, argon2idOf } from './argon2.ts';

const byNode = argon2idOf(() => Promise.reject(new Error('there is none for this machine')));
const derivation = {
  message: new TextEncoder().encode('secret'),
  salt: new Uint8Array(16).fill(7),
  memoryKib: 256,
  passes: 2,
  lanes: 1,
  size: 32,
};

test('the library and Node derive the same', async () => {
  for (const [memoryKib, passes, lanes, size] of [
    [47_104, 1, 1, 32],
    [256, 2, 1, 16],
    [512, 3, 4, 64],
  ] as const) {
    const asked = { ...derivation, memoryKib, passes, lanes, size };
    assert.deepEqual(Buffer.from(await argon2id(asked)), Buffer.from(await byNode(asked)));
  }
});

test('another message, salt or cost makes another key', async () => {
  const keys = new Set<string>();
  for (const change of [
    {},
    { message: new TextEncoder().encode('secrft') },
    { salt: new Uint8Array(16).fill(8) },
    { memoryKib: 264 },
    { passes: 3 },
  ])
    keys.add(Buffer.from(await argon2id({ ...derivation, ...change })).toString('hex'));
  assert.equal(keys.size, 5);
});

test('costs that make no sense are refused by both', async () => {
  for (const change of [{ memoryKib: 0 }, { passes: 0 }, { lanes: 0 }]) {
    await assert.rejects(argon2id({ ...derivation, ...change }));
    await assert.rejects(byNode({ ...derivation, ...change }));
  }
});
