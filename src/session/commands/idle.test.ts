import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryAccount } from '../../../test/support/memory-account.ts';
import { inShort, MemorySession } from '../../../test/support/memory-session.ts';
import { seen } from '../../model/flag.ts';

test('IDLE tells at once what happens', async () => {
  const account = new MemoryAccount();
  const memory = await MemorySession.selected({ account });
  account.put('INBOX');
  const idle = memory.execute('t IDLE');
  assert.deepEqual(await memory.something(), ['+ idling', '* 1 EXISTS', '* 1 RECENT']);
  account.put('INBOX', [seen]);
  assert.deepEqual(await memory.something(), ['* 2 EXISTS', '* 2 RECENT']);
  const other = await MemorySession.selected({ account });
  await other.run('STORE 1 +FLAGS (\\Deleted)');
  assert.deepEqual(await memory.something(), ['* 1 FETCH FLAGS (\\Deleted \\Recent)']);
  await other.run('EXPUNGE');
  assert.deepEqual(await memory.something(), ['* 1 EXPUNGE']);
  memory.line('done');
  await idle;
  assert.deepEqual(memory.take().map(inShort), ['OK']);
});

test('IDLE without a mailbox waits too', async () => {
  const memory = await MemorySession.loggedIn();
  memory.line('DONE');
  assert.deepEqual(await memory.run('IDLE'), ['+ idling', 'OK']);
});

test('anything but DONE is BAD', async () => {
  const memory = await MemorySession.loggedIn();
  memory.line('t2 NOOP');
  assert.deepEqual(await memory.run('IDLE'), ['+ idling', 'BAD']);
});

test('IDLE says now and then that it is there', async () => {
  const memory = await MemorySession.loggedIn({ limits: { idleKeepaliveMs: 5 } });
  // The keepalive's timer alone does not keep a process alive; a server's sockets do.
  const running = setInterval(() => undefined, 1000);
  try {
    const idle = memory.execute('t IDLE');
    const told: string[] = [];
    while (!told.includes('* OK')) told.push(...(await memory.something()));
    assert.equal(told[0], '+ idling');
    memory.line('DONE');
    await idle;
  } finally {
    clearInterval(running);
  }
});
