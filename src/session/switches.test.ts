import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySession } from '../../test/support/memory-session.ts';

const announced = async (memory: MemorySession): Promise<readonly string[]> => {
  const [first] = await memory.responses('CAPABILITY');
  assert.ok(first?.kind === 'CAPABILITY');
  return first.capabilities;
};

test("an account's own switches count more than everybody's, from login to UNAUTHENTICATE", async () => {
  const memory = new MemorySession({
    loopback: true,
    capabilities: { NOTIFY: false, XLIST: false },
    ownCapabilities: { NOTIFY: true, IDLE: false },
  });
  assert.ok((await announced(memory)).includes('IDLE'), 'who it will be is not known yet');
  const [answer] = await memory.responses('LOGIN anna@example.org secret');
  assert.ok(answer?.kind === 'tagged' && answer.code?.kind === 'CAPABILITY');
  const { capabilities } = answer.code;
  assert.deepEqual(
    ['NOTIFY', 'XLIST', 'IDLE', 'IMAP4rev2'].map((name) => capabilities.includes(name)),
    [true, false, false, false],
  );
  assert.deepEqual(await announced(memory), capabilities);
  assert.deepEqual(await memory.run('NOTIFY NONE'), ['OK']);
  assert.deepEqual(await memory.run('IDLE'), ['BAD']);
  assert.deepEqual(await memory.run('ENABLE IMAP4rev2 CONDSTORE'), ['* ENABLED CONDSTORE', 'OK']);
  await memory.run('UNAUTHENTICATE');
  assert.ok((await announced(memory)).includes('IDLE'));
});
