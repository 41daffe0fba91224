import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryAccount } from '../../test/support/memory-account.ts';
import { inShort, MemorySession } from '../../test/support/memory-session.ts';
import { bad, bye } from '../model/refusal.ts';
import { StoreError } from '../store/store-error.ts';
import { AccountConnections } from './connections.ts';

test('the greeting has the capabilities', async () => {
  const memory = new MemorySession({ loopback: true });
  await memory.session.greeting();
  assert.deepEqual(memory.take().map(inShort), ['* OK [CAPABILITY]']);
});

test('what is not a command is BAD, with the tag when there is one', async () => {
  const memory = new MemorySession();
  assert.deepEqual(await memory.run('WHAT'), ['BAD']);
  assert.deepEqual(await memory.run('UID NOOP'), ['BAD']);
  assert.deepEqual(await memory.run('SELECT INBOX'), ['BAD']);
  assert.deepEqual(await memory.run('NOOP more'), ['BAD']);
  await memory.execute('(( nonsense');
  assert.deepEqual(memory.take().map(inShort), ['* BAD']);
  await memory.execute('');
  assert.deepEqual(memory.take(), []);
});

test('states are kept', async () => {
  const memory = await MemorySession.loggedIn();
  for (const command of ['LOGIN a b', 'STARTTLS', 'AUTHENTICATE PLAIN']) {
    assert.deepEqual(await memory.run(command), ['BAD'], command);
  }
  for (const command of ['CLOSE', 'EXPUNGE', 'FETCH 1 FLAGS', 'CHECK', 'UNSELECT']) {
    assert.deepEqual(await memory.run(command), ['BAD'], command);
  }
  assert.deepEqual(await memory.run('NOOP'), ['OK']);
});

test('a client that makes no sense is sent away', async () => {
  const memory = new MemorySession({ limits: { badCommandsBeforeLoginMax: 3 } });
  await memory.run('GET');
  await memory.run('NOOP');
  await memory.run('GET');
  await memory.run('GET');
  assert.ok(!memory.session.ended);
  assert.deepEqual(await memory.run('GET'), ['BAD', '* BYE']);
  assert.ok(memory.session.ended);
});

test('a command that broke the framing gets its refusal', async () => {
  const memory = new MemorySession();
  await memory.execute('a1 LOGIN {99999999', { refusal: bad('the literal is too large') });
  assert.deepEqual(
    memory.take().map((response) => response.kind === 'tagged' && [response.tag, response.status]),
    [['a1', 'BAD']],
  );
  await memory.execute('a2 x', { refusal: bye('the line is too long') });
  assert.deepEqual(memory.take().map(inShort), ['* BYE']);
  assert.ok(memory.session.ended);
});

test('our own bugs are SERVERBUG, and what the store says is not repeated', async () => {
  const account = new MemoryAccount();
  const memory = await MemorySession.loggedIn({ account });
  account.subscriptions = () => Promise.reject(new Error('secret detail'));
  const [answer] = await memory.responses('LSUB "" *');
  assert.ok(answer !== undefined && inShort(answer) === 'NO [SERVERBUG]');
  assert.ok(answer.kind === 'tagged' && !answer.text.includes('secret'));
  account.subscriptions = () => Promise.reject(new StoreError('unavailable', 'secret detail'));
  assert.deepEqual(await memory.run('LSUB "" *'), ['NO [UNAVAILABLE]']);
});

test('logout says BYE first', async () => {
  const memory = await MemorySession.selected();
  assert.deepEqual(await memory.run('LOGOUT'), ['* BYE', 'OK']);
  assert.ok(memory.session.ended);
  assert.deepEqual(await memory.run('NOOP'), []);
});

test('shutdown says BYE, at once or behind the command under way', async () => {
  const memory = await MemorySession.loggedIn();
  await memory.session.shutdown('maintenance');
  assert.deepEqual(memory.take().map(inShort), ['* BYE']);
  const idling = await MemorySession.loggedIn();
  const idle = idling.execute('t IDLE');
  assert.deepEqual(await idling.something(), ['+ idling']);
  await idling.shutdown('maintenance');
  await idle;
  assert.deepEqual(idling.take().map(inShort), ['OK', '* BYE']);
  assert.ok(idling.session.ended);
});

test('an account has so many connections and no more', async () => {
  const connections = new AccountConnections(1);
  const first = await MemorySession.loggedIn({ connections });
  const second = new MemorySession({ loopback: true, connections });
  assert.deepEqual(await second.run('LOGIN anna@example.org secret'), ['NO [LIMIT]']);
  await first.session[Symbol.asyncDispose]();
  assert.deepEqual(await second.run('LOGIN anna@example.org secret'), ['OK [CAPABILITY]']);
});

test('commands are counted with their outcome', async () => {
  const memory = await MemorySession.selected();
  await memory.run('UID EXPUNGE 1');
  assert.deepEqual(
    memory.facts.map(({ name, status }) => [name, status]),
    [
      ['LOGIN', 'OK'],
      ['SELECT', 'OK'],
      ['UID EXPUNGE', 'OK'],
    ],
  );
});

test('a client that goes in the middle ends the session without noise', async () => {
  const memory = await MemorySession.selected();
  const idle = memory.execute('t IDLE');
  await memory.something();
  memory.disconnect();
  await idle;
  assert.ok(memory.session.ended);
  await memory.session[Symbol.asyncDispose]();
});
