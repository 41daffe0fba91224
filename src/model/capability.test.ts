import assert from 'node:assert/strict';
import { test } from 'node:test';
import { capabilities, capabilityTable } from './capability.ts';
import { offerOf, switchableCapability } from './offer.ts';

const limits = { messageBytesMax: 1234 };
const offer = offerOf({});

test('before TLS, where passwords would be heard', () => {
  const list = capabilities({
    authenticated: false,
    canStartTls: true,
    passwordsAllowed: false,
    limits,
    offer,
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
    offer,
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
    offer,
  });
  assert.ok(list.includes('APPENDLIMIT=1234') && list.includes('QRESYNC') && list.includes('IDLE'));
  assert.ok(!list.some((name) => name.startsWith('AUTH=') || name === 'STARTTLS'));
  assert.ok(!(list.includes('LITERAL+') && list.includes('LITERAL-')));
  assert.equal(list[0], 'IMAP4rev1');
});

const afterLogin = { authenticated: true, canStartTls: false, passwordsAllowed: true, limits };

test('what may be switched off goes, what must stay stays', () => {
  const all = offerOf(Object.fromEntries(capabilityTable.map(({ name }) => [name, false])));
  assert.deepEqual(capabilities({ ...afterLogin, offer: all }), ['IMAP4rev1', 'LITERAL+']);
});

test('what needs something that is off is off too', () => {
  const off = (name: string): string[] => [...offerOf({ [name]: false }).off].sort();
  assert.deepEqual(off('NOTIFY'), ['NOTIFY']);
  assert.deepEqual(off('CONDSTORE'), ['CONDSTORE', 'QRESYNC']);
  assert.deepEqual(off('ESEARCH'), ['ESEARCH', 'IMAP4rev2', 'SEARCHRES']);
  assert.ok(off('ENABLE').includes('QRESYNC') && off('ENABLE').includes('UIDONLY'));
  // The table's rows may need what stands below them.
  for (const { needs } of capabilityTable)
    for (const name of needs ?? []) assert.ok(capabilityTable.some((row) => row.name === name));
});

test('a word is unknown when nothing that is on brings it', () => {
  assert.equal(offerOf({}).unknown, undefined);
  assert.deepEqual(
    [...(offerOf({ WITHIN: false }).unknown ?? [])],
    ['search-key OLDER', 'search-key YOUNGER'],
  );
});

test('what is on demand is announced when it is switched on, and refused when it is off', () => {
  const list = (switches: Record<string, boolean>): readonly string[] =>
    capabilities({ ...afterLogin, offer: offerOf(switches) });
  assert.ok(!list({}).includes('UIDONLY'));
  assert.ok(list({ UIDONLY: true }).includes('UIDONLY'));
  assert.ok(!list({ UIDONLY: true, ENABLE: false }).includes('UIDONLY'));
  assert.ok(offerOf({ UIDONLY: false }).off.has('UIDONLY'));
});

test('UTF8=ONLY stands in place of UTF8=ACCEPT, and only where it was switched on', () => {
  const list = (switches: Record<string, boolean>): readonly string[] =>
    capabilities({ ...afterLogin, offer: offerOf(switches) }).filter((name) =>
      name.startsWith('UTF8='),
    );
  assert.deepEqual(list({}), ['UTF8=ACCEPT']);
  assert.deepEqual(list({ 'UTF8=ONLY': true }), ['UTF8=ONLY']);
  assert.deepEqual(list({ 'UTF8=ONLY': true, 'UTF8=ACCEPT': false }), []);
});

test('names are found in any case; mistaken ones are told of the nearest', () => {
  assert.equal(switchableCapability('notify'), 'NOTIFY');
  assert.equal(switchableCapability('Compress=Deflate'), 'COMPRESS=DEFLATE');
  assert.throws(
    () => switchableCapability('NOTFIY'),
    /there is no capability NOTFIY; did you mean NOTIFY\?/,
  );
  assert.throws(
    () => switchableCapability('COMPRESS'),
    /no capability COMPRESS; there are IMAP4rev2, /,
  );
  assert.throws(() => switchableCapability('IMAP4rev1'), /IMAP4rev1 cannot be switched/);
});
