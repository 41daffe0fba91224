import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sender } from './sender.ts';

test('advice is dropped while the other side does not read, and all once it is gone', () => {
  const sent: string[] = [];
  const waiting: ((error: Error | null) => void)[] = [];
  const channel = {
    connected: true,
    flows: true,
    send(message: { kind: string }, done: (error: Error | null) => void): boolean {
      sent.push(message.kind);
      waiting.push(done);
      return this.flows;
    },
  };
  const send = sender(channel);
  send({ kind: 'shown' });
  channel.flows = false;
  send({ kind: 'ask' });
  send({ kind: 'shown' });
  send({ kind: 'stop' });
  assert.deepEqual(sent, ['shown', 'ask', 'stop']);
  channel.flows = true;
  for (const done of waiting) done(null);
  send({ kind: 'shown' });
  assert.equal(sent.length, 4);
  channel.connected = false;
  send({ kind: 'stop' });
  assert.equal(sent.length, 4);
});
