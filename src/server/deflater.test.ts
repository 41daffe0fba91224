import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { inflateRawSync } from 'node:zlib';
import { Deflater } from './deflater.ts';

/** A deflater over a socket that takes one chunk until it is told that there is room again. */
function narrow(): { deflater: Deflater; chunks: Buffer[] } {
  const chunks: Buffer[] = [];
  const socket = { writableLength: 0, write: (chunk: Buffer) => chunks.push(chunk) > 1e6 };
  const owner = { drained: () => undefined, failed: (error: Error) => assert.fail(error) };
  return { deflater: new Deflater(socket as unknown as Socket, owner), chunks };
}

test('what the socket does not take at once is with it before the stream is settled', async () => {
  const { deflater, chunks } = narrow();
  const text = randomBytes(40_000).toString('latin1');
  deflater.write([text]);
  deflater.last();
  deflater.write(['a OK\r\n']);
  let isSettled = false;
  const settled = deflater.settled().then(() => (isSettled = true));
  while (chunks.length < 3) {
    for (let n = 0; n < 20; n++) await turn();
    assert.equal(isSettled, false, `${chunks.length} chunks`);
    deflater.socketDrained();
    await turn();
  }
  const draining = setInterval(() => deflater.socketDrained(), 1);
  await settled;
  clearInterval(draining);
  const all = Buffer.concat([...chunks, deflater.lastBlocks()]);
  assert.equal(inflateRawSync(all).toString('latin1'), `${text}a OK\r\n`);
});

test('the last lines may be none, or more than one block holds', async () => {
  for (const size of [0, 1, 0xffff, 0x10000, 200_000]) {
    const { deflater } = narrow();
    deflater.last();
    deflater.write(['x'.repeat(size)]);
    assert.equal(inflateRawSync(deflater.lastBlocks()).length, size);
    deflater.destroy();
  }
  const { deflater } = narrow();
  const settled = deflater.settled();
  deflater.destroy();
  await settled;
});
