import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBase64, firstChallenge, mechanism, SaslError } from './sasl.ts';

test('PLAIN: three parts of UTF-8', () => {
  const step = mechanism('PLAIN')?.step(Buffer.from('boss\0jürgen\0p w'));
  assert.deepEqual(step, {
    kind: 'credentials',
    authorizeAs: 'boss',
    user: 'jürgen',
    password: 'p w',
  });
  assert.equal(firstChallenge('PLAIN').length, 0);
});

test('PLAIN: what is not three parts, or not UTF-8, is refused', () => {
  for (const text of ['', 'a', '\0a', '\0a\0b\0c', '\0\0b', '\0a\0']) {
    assert.throws(() => mechanism('PLAIN')?.step(Buffer.from(text)), SaslError);
  }
  assert.throws(() => mechanism('PLAIN')?.step(Buffer.from([0, 0xff, 0, 0x61])), SaslError);
});

test('LOGIN asks twice', () => {
  const login = mechanism('LOGIN');
  assert.equal(Buffer.from(firstChallenge('LOGIN')).toString(), 'Username:');
  const asked = login?.step(Buffer.from('anna'));
  assert.equal(asked?.kind === 'challenge' && Buffer.from(asked.challenge).toString(), 'Password:');
  assert.deepEqual(login?.step(Buffer.from('secret')), {
    kind: 'credentials',
    user: 'anna',
    password: 'secret',
    authorizeAs: '',
  });
});

test('unknown mechanisms are unknown', () => {
  assert.equal(mechanism('CRAM-MD5'), undefined);
  assert.equal(mechanism('plain'), undefined);
});

test('base64 is strict', () => {
  assert.equal(Buffer.from(decodeBase64('YWI=') ?? []).toString(), 'ab');
  assert.equal(decodeBase64('')?.length, 0);
  for (const text of ['YWI', 'YW=I', '=AAA', 'AAA=BBB=', 'YW I', 'YWI=\r', '====']) {
    assert.equal(decodeBase64(text), undefined, text);
  }
});
