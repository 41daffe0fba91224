import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilities, capabilityTable } from './capability.ts';

const limits = { messageBytesMax: 1234 };

test('before TLS, where passwords would be heard', () => {
  const list = capabilities({
    authenticated: false,
    canStartTls: true,
    passwordsAllowed: false,
    limits,
  });
  assert.deepEqual(list, [
    'IMAP4rev1',
    'IMAP4rev2',
    'STARTTLS',
    'LOGINDISABLED',
    'SASL-IR',
    'LITERAL+',
    'ENABLE',
    'ID',
    'IDLE',
    'LANGUAGE',
  ]);
});

test('before login under TLS', () => {
  const list = capabilities({
    authenticated: false,
    canStartTls: false,
    passwordsAllowed: true,
    limits,
  });
  assert.deepEqual(list, [
    'IMAP4rev1',
    'IMAP4rev2',
    'AUTH=PLAIN',
    'AUTH=LOGIN',
    'SASL-IR',
    'LITERAL+',
    'ENABLE',
    'ID',
    'IDLE',
    'LANGUAGE',
  ]);
});

test('after login everything, with values, without what was for login', () => {
  const list = capabilities({
    authenticated: true,
    canStartTls: true,
    passwordsAllowed: true,
    limits,
  });
  assert.ok(list.includes('APPENDLIMIT=1234') && list.includes('QRESYNC') && list.includes('IDLE'));
  assert.ok(!list.some((name) => name.startsWith('AUTH=') || name === 'STARTTLS'));
  assert.ok(!(list.includes('LITERAL+') && list.includes('LITERAL-')));
  assert.equal(list[0], 'IMAP4rev1');
});

test('what may be switched off goes, what must stay stays', () => {
  const off = new Set(capabilityTable.map(({ name }) => name.toUpperCase()));
  const conditions = { canStartTls: false, passwordsAllowed: true, limits, off };
  assert.deepEqual(capabilities({ authenticated: true, ...conditions }), [
    'IMAP4rev1',
    'LITERAL+',
    'ENABLE',
    'NAMESPACE',
    'UNSELECT',
  ]);
});
