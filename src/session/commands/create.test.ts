import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySession } from '../../../test/support/memory-session.ts';

test('CREATE makes parents, drops a trailing separator and tells the id', async () => {
  const memory = await MemorySession.loggedIn();
  assert.deepEqual(await memory.run('CREATE a/b/'), ['OK [MAILBOXID M3]']);
  assert.deepEqual(await memory.run('LIST "" a*'), [
    '* LIST (\\HasChildren) a',
    '* LIST (\\HasNoChildren) a/b',
    'OK',
  ]);
});

test('CREATE refuses with a reason', async () => {
  const memory = await MemorySession.loggedIn();
  assert.deepEqual(await memory.run('CREATE inbox'), ['NO [ALREADYEXISTS]']);
  assert.deepEqual(await memory.run('CREATE "a*b"'), ['NO [CANNOT]']);
  assert.deepEqual(await memory.run('CREATE "a//b"'), ['NO [CANNOT]']);
  assert.deepEqual(await memory.run('CREATE ""'), ['NO [CANNOT]']);
  assert.deepEqual(await memory.run(`CREATE ${'x/'.repeat(101)}x`), ['NO [LIMIT]']);
});

test('CREATE with a special use', async () => {
  const memory = await MemorySession.loggedIn();
  assert.deepEqual(await memory.run('CREATE sent (USE (\\sent))'), ['OK [MAILBOXID M2]']);
  assert.deepEqual(await memory.run('LIST "" sent'), [
    '* LIST (\\HasNoChildren \\Sent) sent',
    'OK',
  ]);
  for (const use of ['\\All', '\\Nonsense', '\\Junk \\Trash', '\\Sent']) {
    assert.deepEqual(await memory.run(`CREATE x (USE (${use}))`), ['NO [USEATTR]'], use);
  }
  assert.deepEqual(await memory.run('CREATE y (USE ())'), ['OK [MAILBOXID M3]']);
});

test('DELETE and RENAME refuse with a reason', async () => {
  const memory = await MemorySession.loggedIn();
  await memory.run('CREATE a/b');
  assert.deepEqual(await memory.run('DELETE INBOX'), ['NO [CANNOT]']);
  assert.deepEqual(await memory.run('DELETE nowhere'), ['NO [NONEXISTENT]']);
  assert.deepEqual(await memory.run('RENAME nowhere x'), ['NO [NONEXISTENT]']);
  assert.deepEqual(await memory.run('RENAME a a/c'), ['NO [CANNOT]']);
  assert.deepEqual(await memory.run('RENAME a INBOX'), ['NO [ALREADYEXISTS]']);
  assert.deepEqual(await memory.run('RENAME a "x%"'), ['NO [CANNOT]']);
  assert.deepEqual(await memory.run('RENAME a z'), ['OK']);
  assert.deepEqual(await memory.run('LIST "" z*'), [
    '* LIST (\\HasChildren) z',
    '* LIST (\\HasNoChildren) z/b',
    'OK',
  ]);
});

test('anything can be subscribed to, within limits', async () => {
  const memory = await MemorySession.loggedIn();
  assert.deepEqual(await memory.run('SUBSCRIBE #news.comp'), ['OK']);
  assert.deepEqual(await memory.run('UNSUBSCRIBE never'), ['OK']);
  assert.deepEqual(await memory.run(`SUBSCRIBE ${'x'.repeat(1001)}`), ['NO [LIMIT]']);
});

test('ENABLE passes over what it does not know, ID and NAMESPACE answer', async () => {
  const memory = await MemorySession.loggedIn({ capabilities: { QRESYNC: false } });
  assert.deepEqual(await memory.run('ENABLE FOO CONSTRUCTOR QRESYNC UTF8=ACCEPT imap4rev2'), [
    '* ENABLED UTF8=ACCEPT IMAP4rev2',
    'OK',
  ]);
  assert.equal(memory.session.options.utf8, true);
  assert.deepEqual(await memory.run('ENABLE FOO'), ['* ENABLED', 'OK']);
  assert.deepEqual(await memory.run('ID ("name" "test" "x" NIL)'), ['* ID', 'OK']);
  assert.deepEqual(await memory.run('ID NIL'), ['* ID', 'OK']);
  assert.deepEqual(await memory.run('NAMESPACE'), ['* NAMESPACE', 'OK']);
});
