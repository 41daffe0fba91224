import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import { Inflater } from './inflater.ts';

const { Z_FINISH, Z_FULL_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH } = constants;
const last = 'b UNAUTHENTICATE\r\n';

/** Who reads lines as a connection does, each in a turn of its own, and ends the stream behind the last one. */
class Owner {
  text = '';
  readonly left = Promise.withResolvers<string>();
  readonly ended = Promise.withResolvers<void>();
  readonly failed = Promise.withResolvers<Error>();
  readonly #inflater: Inflater;
  paused = false;

  constructor() {
    const socket = {
      pause: () => void (this.paused = true),
      resume: () => void (this.paused = false),
    };
    this.#inflater = new Inflater(socket as unknown as Socket, {
      received: (chunk) => {
        this.text += chunk.toString('latin1');
        setImmediate(() => this.#read());
      },
      ended: () => this.ended.resolve(),
      left: (rest) => this.left.resolve(rest.toString('latin1')),
      failed: (error) => this.failed.resolve(error),
    });
    this.#inflater.awaited();
  }

  #read(): void {
    if (this.text.endsWith(last)) this.#inflater.end();
    else this.#inflater.awaited();
  }

  get inflater(): Inflater {
    return this.#inflater;
  }
}

const squeezed = (text: string, finishFlush = Z_SYNC_FLUSH): Buffer =>
  deflateRawSync(text, { finishFlush });

describe('what follows UNAUTHENTICATE in the clear is none of the stream', () => {
  const clear = 'c AUTHENTICATE PLAIN AGEAYg==\r\nd NOOP\r\n';
  for (const [name, bytes] of [
    ['flushed', squeezed(last)],
    ['fully flushed', squeezed(last, Z_FULL_FLUSH)],
    ['finished', squeezed(last, Z_FINISH)],
    ['stored', Buffer.from(`\x01\x12\x00\xed\xff${last}`, 'latin1')],
    ['behind another', Buffer.concat([squeezed('a NOOP\r\n'), squeezed(last)])],
  ] as const)
    test(name, async () => {
      const all = Buffer.concat([bytes, Buffer.from(clear)]);
      for (let at = 1; at <= all.length; at++) {
        const owner = new Owner();
        owner.inflater.receive(all.subarray(0, at));
        if (at < all.length) owner.inflater.receive(all.subarray(at));
        const rest = await owner.left.promise;
        assert.ok(owner.text.endsWith(last), `${at}: ${owner.text}`);
        assert.equal(rest, clear.slice(0, rest.length), `${at}`);
        assert.equal(rest, clear, `${at}`);
      }
    });
});

test('the stream ends where its flush does, when that comes later', async () => {
  const owner = new Owner();
  const bytes = squeezed(last);
  for (const byte of bytes.subarray(0, -2)) {
    owner.inflater.receive(Buffer.from([byte]));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.equal(owner.text, last);
  owner.inflater.receive(bytes.subarray(-2));
  assert.equal(await owner.left.promise, '');
});

test('a client that flushes otherwise and waits goes on in the clear', async () => {
  for (const piece of [1, 3, 100]) {
    const owner = new Owner();
    owner.inflater.receive(squeezed(last, Z_PARTIAL_FLUSH));
    while (owner.text !== last) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 5));
    const clear = Buffer.from('c NOOP\r\n');
    let rest = '';
    owner.left.promise.then((text) => (rest = text), assert.fail);
    for (let at = 0; at < clear.length && rest === ''; at += piece) {
      owner.inflater.receive(clear.subarray(at, at + piece));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(rest, clear.toString().slice(0, Math.max(4, rest.length)));
  }
});

test('a stream that goes on is inflated whatever its bytes look like', async () => {
  const owner = new Owner();
  const pieces = Array.from({ length: 300 }, (_, n) => squeezed(`${n.toString(36)} NOOP\r\n`));
  for (const piece of pieces) owner.inflater.receive(piece);
  owner.inflater.socketEnded();
  await owner.ended.promise;
  assert.equal(owner.text.match(/NOOP/g)?.length, 300);
});

test('a piece that looks like text is inflated when nothing else is left to do', async () => {
  const text = 'tfvc CAPABILITY\r\n';
  const piece = squeezed(text);
  assert.match(piece.toString('latin1'), /^\*I\+KVpv/);
  const owner = new Owner();
  owner.inflater.receive(Buffer.concat([squeezed('a NOOP\r\n'), piece.subarray(0, 7)]));
  owner.inflater.receive(piece.subarray(7));
  owner.inflater.socketEnded();
  await owner.ended.promise;
  assert.equal(owner.text, `a NOOP\r\n${text}`);
});

test('what stands behind the final block of a stream that nobody ended is a failure', async () => {
  const owner = new Owner();
  owner.inflater.receive(Buffer.concat([squeezed('a NOOP\r\n', Z_FINISH), Buffer.from('b X\r\n')]));
  assert.match((await owner.failed.promise).message, /over/);
  assert.equal(owner.text, 'a NOOP\r\n');
});

test('what waits for the owner stops the socket, until it is over', async () => {
  const owner = new Owner();
  const clear = 'x'.repeat(20_000);
  owner.inflater.receive(Buffer.concat([squeezed(last), Buffer.from(clear)]));
  assert.equal(owner.paused, true);
  assert.equal(await owner.left.promise, clear);
  assert.equal(owner.paused, false);
});
