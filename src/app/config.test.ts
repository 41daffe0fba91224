import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { defaultLimits } from '../base/limits.ts';
import { listenUrl, parseListenAddress } from './address.ts';
import { checkConfig, readConfig, type Sources } from './config.ts';
import { networks } from './networks.ts';
import { parseQuantity } from './quantity.ts';

const none: Sources = { flags: {}, environment: {} };
const file = (text: string): Sources => ({ ...none, file: { name: 'restante.toml', text } });

function refused(sources: Sources, ...words: readonly string[]): void {
  assert.throws(
    () => checkConfig(readConfig(sources)),
    (error: Error) => {
      assert.equal(error.name, 'ConfigError');
      for (const word of words)
        assert.ok(error.message.includes(word), `${error.message} names ${word}`);
      return true;
    },
  );
}

test('without settings there is a server on loopback', () => {
  const config = readConfig(none);
  checkConfig(config);
  assert.deepEqual(config.store, { scheme: 'sqlite', directory: './restante-data' });
  assert.deepEqual(config.listen.map(listenUrl), [
    'imap://127.0.0.1:1143',
    'lmtp://127.0.0.1:1024',
  ]);
  assert.equal(config.limits.messageBytesMax, defaultLimits.messageBytesMax);
});

test('a flag counts before the environment, that before the file', () => {
  const sources: Sources = {
    flags: { store: 'sqlite:flag' },
    environment: { RESTANTE_STORE: 'sqlite:environment', RESTANTE_LOG_LEVEL: 'warn' },
    file: { name: 'f', text: 'store = "sqlite:file"\nlog-level = "debug"\nlog-format = "text"\n' },
  };
  const { store, log } = readConfig(sources);
  assert.equal(store.directory, 'flag');
  assert.deepEqual(log, { level: 'warn', format: 'text' });
});

test('lists are read from every source', () => {
  const listen = ['imap://[::1]:143', 'lmtp+unix:/run/lmtp.sock'];
  assert.deepEqual(readConfig({ ...none, flags: { listen } }).listen.map(listenUrl), listen);
  const environment = { RESTANTE_LISTEN: listen.join(', ') };
  assert.deepEqual(readConfig({ ...none, environment }).listen.map(listenUrl), listen);
  const text = `listen = ${JSON.stringify(listen)}`;
  assert.deepEqual(readConfig(file(text)).listen.map(listenUrl), listen);
});

test('capabilities are switched by name, in every source', () => {
  const expected = { NOTIFY: false, 'COMPRESS=DEFLATE': false, UIDONLY: true };
  const text = '[capabilities]\nNOTIFY = false\n"compress=deflate" = "off"\nUIDONLY = true\n';
  assert.deepEqual(readConfig(file(text)).capabilities, expected);
  const flags = { capabilities: ['notify=off', 'COMPRESS=DEFLATE=off', 'UIDONLY=on'] };
  assert.deepEqual(readConfig({ ...none, flags }).capabilities, expected);
  const environment = { RESTANTE_CAPABILITIES: 'NOTIFY=off COMPRESS=DEFLATE=off,UIDONLY=on' };
  assert.deepEqual(readConfig({ ...none, environment }).capabilities, expected);
  assert.deepEqual(readConfig(none).capabilities, {});
});

test('a capability that is not there, or must be there, is refused with a hint', () => {
  refused(
    file('[capabilities]\nNOTIFI = false'),
    'restante.toml: capabilities',
    'NOTIFI',
    'did you mean NOTIFY?',
  );
  refused(file('[capabilities]\nIMAP4rev1 = false'), 'IMAP4rev1 cannot be switched');
  refused(file('[capabilities]\nNOTIFY = "perhaps"'), 'NAME=on or NAME=off');
  refused(file('capabilities = "NOTIFY"'), 'is not a table: write [capabilities]');
});

test('a quota is a table of limits, and what LMTP answers beyond them', () => {
  const quota = { limits: { storage: 10 * 1024 ** 3, messages: 100_000 }, lmtp: 'reject' };
  const text = '[quota]\nstorage = "10 GiB"\nmessages = 100000\nlmtp = "reject"\n';
  assert.deepEqual(readConfig(file(text)).quota, quota);
  const flags = { quota: ['storage=10GiB', 'messages=100000', 'lmtp=reject'] };
  assert.deepEqual(readConfig({ ...none, flags }).quota, quota);
  const environment = { RESTANTE_QUOTA: 'storage=10GiB, messages=100000 lmtp=reject' };
  assert.deepEqual(readConfig({ ...none, environment }).quota, quota);
  assert.deepEqual(readConfig(none).quota, { limits: {}, lmtp: 'defer' });
  assert.deepEqual(readConfig(file('[quota]\nmailboxes = 0')).quota.limits, { mailboxes: 0 });
  refused(file('[quota]\nstorage = "much"'), 'restante.toml: quota', 'storage', 'much', 'GiB');
  refused(file('[quota]\nmessages = "1k"'), 'messages', '1k', 'whole number');
  refused(file('[quota]\nmessages = -1'), 'messages', '-1', 'whole number');
  refused(file('[quota]\nlmtp = 451'), 'lmtp', '451', 'defer (452 4.2.2)', 'reject (552 5.2.2)');
  refused(file('[quota]\nmessage = 3'), 'there is no message', 'messages');
  refused(file('quota = "10GiB"'), 'is not a table: write [quota]');
});

test('workers are a number, written as one or as text, or one per core', () => {
  assert.equal(readConfig(none).workers.least, 1);
  assert.equal(readConfig(none).workers.most, Math.min(availableParallelism(), 256));
  assert.deepEqual(readConfig(file('workers = 4')).workers, { least: 4, most: 4 });
  assert.deepEqual(readConfig(file('workers = "2-6"')).workers, { least: 2, most: 6 });
  const three = { ...none, environment: { RESTANTE_WORKERS: '3' } };
  assert.deepEqual(readConfig(three).workers, { least: 3, most: 3 });
  const cores = readConfig({ ...none, flags: { workers: 'cores' } }).workers;
  assert.equal(cores.least, Math.min(availableParallelism(), 256));
  assert.equal(cores.most, cores.least);
  for (const text of ['0', '-1', '1.5', '257', 'many', '', '3-2', '1-', '1-2-3'])
    refused({ ...none, flags: { workers: text } }, '--workers', text);
  refused(file('store = 4'), 'store', 'quotes');
});

test('limits are numbers in their unit or have a unit of their own', () => {
  const { limits } = readConfig(
    file('[limits]\nmessageBytesMax = "100MiB"\nidleTimeMs = "45m"\nconnectionsMax = 12\n'),
  );
  assert.equal(limits.messageBytesMax, 104_857_600);
  assert.equal(limits.idleTimeMs, 2_700_000);
  assert.equal(limits.connectionsMax, 12);
  assert.equal(limits.loginTimeMs, defaultLimits.loginTimeMs);
  assert.equal(parseQuantity('loginTimeMs', '500'), 500);
  assert.equal(parseQuantity('packAfterMs', '0'), 0);
});

test('what METADATA tells everybody', () => {
  const { admin, comment } = readConfig(
    file('admin = "mailto:postmaster@example.org"\ncomment = "Grüße, an alle"'),
  );
  assert.deepEqual([admin, comment], ['mailto:postmaster@example.org', 'Grüße, an alle']);
  assert.equal(readConfig(none).admin, undefined);
});

test('a mistake names the place, the key, the value and what to do', () => {
  refused(file('stroe = "sqlite:x"'), 'restante.toml', 'stroe', 'store');
  refused(file('store = 3'), 'store = 3', 'quotes');
  refused(file('store = "mysql:x"'), 'store "mysql:x"', 'sqlite:');
  refused(file('a ='), 'restante.toml');
  refused(file('sync = ["full"]'), 'sync', 'one value');
  refused(file('limits = 3'), 'limits', '[limits]');
  refused(file('[limits]\nidleTimeMs = "soon"'), 'idleTimeMs', 'soon', 'whole number');
  refused(file('[limits]\nidleTimeMs = 0'), 'idleTimeMs', 'above 0');
  refused(file('[limits]\nidleTimeMs = -1'), 'idleTimeMs', '-1');
  refused(file('[limits]\nconnectionsMax = "3m"'), 'connectionsMax');
  refused(file('[limits]\nidleTime = 3'), 'idleTime', 'idleTimeMs');
  refused(file('admin = "postmaster@example.org"'), 'admin', 'mailto:');
  refused(
    { ...none, environment: { RESTANTE_SYNC: 'never' } },
    'RESTANTE_SYNC',
    'never',
    'relaxed',
  );
  refused({ ...none, flags: { trusted: ['10.0.0.0/33'] } }, '--trusted', '10.0.0.0/33');
  refused({ ...none, flags: { limits: ['idleTimeMs'] } }, 'idleTimeMs=VALUE');
  refused({ ...none, flags: { tlsCert: 'c.pem' } }, 'tls-cert', 'c.pem', 'tls-key');
  refused({ ...none, flags: { listen: ['imaps://127.0.0.1:993'] } }, 'imaps', 'tls-cert');
  refused({ ...none, flags: { listen: [] } }, 'listen');
});

test('addresses to listen on are read strictly', () => {
  for (const url of [
    'imap://127.0.0.1:0',
    'imaps://[::]:993',
    'lmtp://localhost:24',
    'http://127.0.0.1:8080',
    'lmtp+unix:/a b/c',
  ]) {
    assert.equal(listenUrl(parseListenAddress(url)), url);
  }
  assert.equal(
    listenUrl(parseListenAddress('imap://mail.example.org')),
    'imap://mail.example.org:143',
  );
  for (const url of [
    'imap:127.0.0.1:143',
    'imap://a:70000',
    'imap://user@a:1',
    'imap://:143',
    'imap://a:1/path',
    'http://127.0.0.1',
    'pop3://a:1',
    'lmtp+unix:',
    '',
  ]) {
    assert.throws(() => parseListenAddress(url), { name: 'ConfigError' }, url);
  }
});

test('networks hold addresses of both families', () => {
  const inside = networks(['192.0.2.0/24', '2001:db8::/32', '198.51.100.7']);
  assert.equal(inside('192.0.2.9'), true);
  assert.equal(inside('::ffff:192.0.2.9'), true);
  assert.equal(inside('192.0.3.9'), false);
  assert.equal(inside('2001:db8:1::1'), true);
  assert.equal(inside('2001:db9::1'), false);
  assert.equal(inside('198.51.100.7'), true);
  assert.equal(inside(''), false);
  assert.throws(() => networks(['localhost']), { name: 'ConfigError' });
  assert.throws(() => networks(['10.0.0.0/x']), { name: 'ConfigError' });
});
