import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryAccount } from '../../../test/support/memory-account.ts';
import { MemorySession } from '../../../test/support/memory-session.ts';
import { seen } from '../../model/flag.ts';

async function garden(subscribed: readonly string[] = []): Promise<MemorySession> {
  const account = new MemoryAccount([
    'INBOX',
    'Fruit/Apple',
    'Fruit/Banana',
    'Tofu',
    'Vegetable/Corn',
  ]);
  account.named('Tofu').specialUse = '\\Junk';
  const memory = await MemorySession.loggedIn({ account });
  for (const name of subscribed) await memory.run(`SUBSCRIBE ${name}`);
  return memory;
}

test('LIST: names with children and special uses, unasked', async () => {
  const memory = await garden();
  assert.deepEqual(await memory.run('LIST "" *'), [
    '* LIST (\\HasChildren) Fruit',
    '* LIST (\\HasNoChildren) Fruit/Apple',
    '* LIST (\\HasNoChildren) Fruit/Banana',
    '* LIST (\\HasNoChildren) INBOX',
    '* LIST (\\HasNoChildren \\Junk) Tofu',
    '* LIST (\\HasChildren) Vegetable',
    '* LIST (\\HasNoChildren) Vegetable/Corn',
    'OK',
  ]);
  assert.deepEqual(await memory.run('LIST Fruit/ %'), [
    '* LIST (\\HasNoChildren) Fruit/Apple',
    '* LIST (\\HasNoChildren) Fruit/Banana',
    'OK',
  ]);
  assert.deepEqual(await memory.run('LIST "" inbox'), ['* LIST (\\HasNoChildren) INBOX', 'OK']);
  assert.deepEqual(await memory.run('LIST "" ("" Tofu INBOX)'), [
    '* LIST (\\HasNoChildren) INBOX',
    '* LIST (\\HasNoChildren \\Junk) Tofu',
    'OK',
  ]);
});

test('LIST "" "" tells the separator; extended it tells nothing', async () => {
  const memory = await garden();
  assert.deepEqual(await memory.run('LIST "" ""'), ['* LIST (\\Noselect) ', 'OK']);
  assert.deepEqual(await memory.run('LIST () "" ""'), ['OK']);
});

test('a deleted mailbox with children cannot be selected', async () => {
  const memory = await garden();
  assert.deepEqual(await memory.run('DELETE Fruit'), ['OK']);
  assert.deepEqual(await memory.run('LIST "" Fruit'), [
    '* LIST (\\Noselect \\HasChildren) Fruit',
    'OK',
  ]);
  assert.deepEqual(await memory.run('SELECT Fruit'), ['NO [NONEXISTENT]']);
  assert.deepEqual(await memory.run('STATUS Fruit (MESSAGES)'), ['NO [NONEXISTENT]']);
  assert.deepEqual(await memory.run('DELETE Fruit'), ['NO [HASCHILDREN]']);
  assert.deepEqual(await memory.run('LIST "" Fruit RETURN (STATUS (MESSAGES))'), [
    '* LIST (\\Noselect \\HasChildren) Fruit',
    'OK',
  ]);
});

test('SUBSCRIBED lists subscriptions, those without a mailbox too', async () => {
  const memory = await garden(['Fruit/Banana', 'Fruit/Peach', 'Vegetable']);
  assert.deepEqual(await memory.run('LIST (SUBSCRIBED) "" *'), [
    '* LIST (\\Subscribed \\HasNoChildren) Fruit/Banana',
    '* LIST (\\NonExistent \\Subscribed \\HasNoChildren) Fruit/Peach',
    '* LIST (\\Subscribed \\HasChildren) Vegetable',
    'OK',
  ]);
  assert.deepEqual(await memory.run('LIST "" % RETURN (SUBSCRIBED)'), [
    '* LIST (\\HasChildren) Fruit',
    '* LIST (\\HasNoChildren) INBOX',
    '* LIST (\\HasNoChildren \\Junk) Tofu',
    '* LIST (\\Subscribed \\HasChildren) Vegetable',
    'OK',
  ]);
});

test('RECURSIVEMATCH tells of subscriptions below (RFC 9051 section 6.3.9.8, examples 7 to 9)', async () => {
  const memory = await garden(['Fruit/Banana', 'Vegetable', 'gone/deep/one']);
  assert.deepEqual(await memory.run('LIST (SUBSCRIBED RECURSIVEMATCH) "" %'), [
    '* LIST (\\HasChildren) Fruit CHILDINFO SUBSCRIBED',
    '* LIST (\\Subscribed \\HasChildren) Vegetable',
    '* LIST (\\NonExistent \\HasNoChildren) gone CHILDINFO SUBSCRIBED',
    'OK',
  ]);
  assert.deepEqual(await memory.run('LIST (RECURSIVEMATCH) "" %'), ['BAD']);
  assert.deepEqual(await memory.run('LIST (RECURSIVEMATCH REMOTE) "" %'), ['BAD']);
});

test('SPECIAL-USE selects', async () => {
  const memory = await garden(['Fruit']);
  assert.deepEqual(await memory.run('LIST (SPECIAL-USE) "" *'), [
    '* LIST (\\HasNoChildren \\Junk) Tofu',
    'OK',
  ]);
  assert.deepEqual(await memory.run('LIST (SPECIAL-USE SUBSCRIBED) "" *'), ['OK']);
});

test('STATUS follows its LIST', async () => {
  const memory = await garden();
  memory.account.put('Tofu', [seen], 2);
  memory.account.put('Tofu');
  assert.deepEqual(
    await memory.run('LIST "" (INBOX Tofu) RETURN (SPECIAL-USE STATUS (MESSAGES UNSEEN))'),
    [
      '* LIST (\\HasNoChildren) INBOX',
      '* STATUS INBOX MESSAGES 0 UNSEEN 0',
      '* LIST (\\HasNoChildren \\Junk) Tofu',
      '* STATUS Tofu MESSAGES 3 UNSEEN 1',
      'OK',
    ],
  );
});

test('LSUB: % stops above what is subscribed (RFC 3501 section 6.3.9)', async () => {
  const memory = await garden(['Fruit/Banana', 'Fruit/Peach', 'Tofu']);
  assert.deepEqual(await memory.run('LSUB "" *'), [
    '* LSUB (\\HasNoChildren) Fruit/Banana',
    '* LSUB (\\HasNoChildren) Fruit/Peach',
    '* LSUB (\\HasNoChildren \\Junk) Tofu',
    'OK',
  ]);
  assert.deepEqual(await memory.run('LSUB "" %'), [
    '* LSUB (\\Noselect \\HasChildren) Fruit',
    '* LSUB (\\HasNoChildren \\Junk) Tofu',
    'OK',
  ]);
  assert.deepEqual(await memory.run('LSUB "" Fruit'), ['OK']);
});

test('STATUS has every item', async () => {
  const memory = await garden();
  memory.account.put('Tofu', [seen], 2);
  assert.deepEqual(
    await memory.run(
      'STATUS Tofu (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE MAILBOXID APPENDLIMIT)',
    ),
    [
      '* STATUS Tofu MESSAGES 2 RECENT 2 UIDNEXT 3 UIDVALIDITY 1005 UNSEEN 0 DELETED 0 SIZE 203 MAILBOXID M5 APPENDLIMIT 268435456',
      'OK',
    ],
  );
  assert.deepEqual(await memory.run('STATUS nowhere (MESSAGES)'), ['NO [NONEXISTENT]']);
});
