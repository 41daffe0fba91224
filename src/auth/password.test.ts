import assert from 'node:assert/strict';
import { argon2Sync } from 'node:crypto';
import { test } from 'node:test';
import { hashPassword, nobodysHash, verifyPassword } from './password.ts';

test('a password fits its own hash and no other does', async () => {
  const hash = await hashPassword('correct horse');
  assert.match(hash, /^\$argon2id\$v=19\$m=47104,t=1,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.equal(await verifyPassword('correct horse', hash), true);
  assert.equal(await verifyPassword('correct horsf', hash), false);
  assert.equal(await verifyPassword('', hash), false);
});

test('each hash has a salt of its own', async () => {
  assert.notEqual(await hashPassword('same'), await hashPassword('same'));
});

test('a composed and a decomposed letter are the same password', async () => {
  assert.equal(await verifyPassword('Zu\u0308rich', await hashPassword('Z\u00fcrich')), true);
});

test('passwords are prepared by SASLprep (RFC 4616 section 2): one password, however it is typed', async () => {
  assert.equal(await verifyPassword('I\u00adX 1', await hashPassword('\u2168\u00a0\uff11')), true);
  await assert.rejects(hashPassword('\u0627\u0031'), /may not be used/);
  await assert.rejects(hashPassword(''), /may not be used/);
  // What is left of nothing fits nothing, whatever is kept.
  const empty = await verifyPassword('\u00ad', nobodysHash);
  assert.equal(empty, false);
});

test('a hash of another cost is checked at that cost', async () => {
  const hash =
    '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$' +
    Buffer.from(
      argon2Sync('argon2id', {
        message: 'older',
        nonce: Buffer.from('c29tZXNhbHRzb21lc2FsdA', 'base64'),
        memory: 256,
        passes: 2,
        parallelism: 1,
        tagLength: 32,
      }),
    )
      .toString('base64')
      .replace(/=+$/, '');
  assert.equal(await verifyPassword('older', hash), true);
  assert.equal(await verifyPassword('newer', hash), false);
});

test("nobody's hash fits nothing and costs as much as a real one", async () => {
  assert.equal(await verifyPassword('', nobodysHash), false);
});

test('what is no argon2id hash is refused', async () => {
  await assert.rejects(verifyPassword('x', '$2b$10$abc'), /PHC/);
  await assert.rejects(verifyPassword('x', ''), /PHC/);
});

test('who waits for a turn can be called off', async () => {
  await assert.rejects(verifyPassword('x', nobodysHash, AbortSignal.abort()), {
    name: 'AbortError',
  });
});
