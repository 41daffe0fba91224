import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import {
  constants,
  createDeflateRaw,
  createInflateRaw,
  deflateRawSync,
  inflateRawSync,
} from 'node:zlib';
import { Reader, open, scene, type Scene } from './server-fixture.ts';

/** A client that compresses from here on. */
class Squeezed {
  readonly reader: Reader;
  readonly #chunks: Buffer[] = [];
  /** The end of what came: looking through all of it at every chunk would take longer than the server. */
  #tail = '';
  readonly #deflate = createDeflateRaw();
  readonly #inflate = createInflateRaw();
  #woken: (() => void) | undefined;

  private constructor(reader: Reader) {
    this.reader = reader;
    const { socket } = reader;
    this.#deflate.on('data', (chunk: Buffer) => socket.write(chunk));
    this.#inflate.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#tail = (this.#tail + chunk.toString('latin1')).slice(-200);
      this.#woken?.();
    });
    socket.removeAllListeners('data');
    socket.on('data', (chunk: string) => this.#inflate.write(Buffer.from(chunk, 'latin1')));
    socket.on('close', () => this.#inflate.flush(() => this.#woken?.()));
  }

  static async open(it: Scene): Promise<Squeezed> {
    const reader = await open(it);
    reader.socket.write('a COMPRESS\r\n');
    await reader.until('a OK');
    return new Squeezed(reader);
  }

  send(text: string): void {
    this.#deflate.write(Buffer.from(text, 'latin1'));
    this.#deflate.flush(constants.Z_SYNC_FLUSH);
  }

  /** All that came, when it ends with this or nearly so. */
  async until(wanted: string): Promise<string> {
    while (!this.#tail.includes(wanted)) {
      if (this.reader.socket.closed) throw new Error(`closed after ${this.#tail}`);
      await new Promise<void>((resolve) => (this.#woken = resolve));
    }
    return Buffer.concat(this.#chunks).toString('latin1');
  }
}

test('commands and answers are compressed, each batch flushed', async () => {
  await using it = await scene();
  const client = await Squeezed.open(it);
  client.send('b NOOP\r\nc X {3}\r\n');
  await client.until('+ ');
  client.send('xyz\r\n');
  assert.match(await client.until('c OK'), /^b OK NOOP clear\r\n\+ OK\r\nc OK X clear\r\n$/);
  client.reader.socket.destroy();
});

test('what is large comes whole, in both directions', async () => {
  await using it = await scene();
  const client = await Squeezed.open(it);
  client.send(`b APPEND x {3000000+}\r\n${'abcdefghij'.repeat(300_000)}\r\nc BODY\r\nd FLOOD\r\n`);
  const text = await client.until('d OK');
  assert.match(
    text,
    /^b OK 3000000 bytes\|\r\n\* 1 FETCH \(BODY\[\] \{300000\}\r\nm{300000}\)\r\nc OK/,
  );
  assert.equal(text.match(/^\* OK x{1000}$/gm)?.length, 100_000);
  assert.ok(client.reader.socket.bytesRead < 5_000_000, 'it was compressed');
  client.reader.socket.destroy();
});

test('what came behind the command is the first that is compressed', async () => {
  await using it = await scene();
  const reader = await open(it);
  const more = deflateRawSync('b NOOP\r\n', { finishFlush: constants.Z_SYNC_FLUSH });
  reader.socket.write(Buffer.concat([Buffer.from('a COMPRESS\r\n'), more]));
  await reader.until('a OK COMPRESS clear\r\n');
  while (it.parrots[0]?.heard.length !== 2) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(it.parrots[0].heard, ['a COMPRESS', 'b NOOP']);
  reader.socket.destroy();
});

test('the stream of answers ends right behind the last one of them, and says so', async () => {
  await using it = await scene();
  const reader = await open(it);
  const begun = reader.text.length;
  reader.socket.write('a COMPRESS\r\n');
  await reader.until('a OK COMPRESS clear\r\n');
  const end = deflateRawSync('b NOOP\r\nc DECOMPRESS\r\n', { finishFlush: constants.Z_SYNC_FLUSH });
  reader.socket.write(Buffer.concat([end, Buffer.from('d NOOP\r\n')]));
  await reader.until('d OK NOOP clear\r\n');
  const came = reader.text.slice(begun + 'a OK COMPRESS clear\r\n'.length);
  const stream = Buffer.from(came.slice(0, came.indexOf('d OK')), 'latin1');
  // Without its end this would throw.
  assert.equal(
    inflateRawSync(stream).toString('latin1'),
    'b OK NOOP clear\r\nc OK DECOMPRESS clear\r\n',
  );
  assert.ok(stream.toString('latin1').endsWith('c OK DECOMPRESS clear\r\n'));
  reader.socket.destroy();
});

test('what is no deflate stream ends the connection and nothing else', async () => {
  await using it = await scene();
  const reader = await open(it);
  reader.socket.write('a COMPRESS\r\n');
  await reader.until('a OK');
  reader.socket.write('b NOOP\r\n');
  await reader.closed();
  const other = await open(it);
  other.socket.write('a NOOP\r\n');
  await other.until('a OK');
  other.socket.destroy();
});

test('a client that leaves while it compresses leaves nothing behind', async () => {
  await using it = await scene();
  const client = await Squeezed.open(it);
  client.send('b NOOP\r\n');
  await client.until('b OK');
  client.reader.socket.end();
  while (it.parrots[0]?.disposed !== true) await new Promise((resolve) => setImmediate(resolve));
});

test('a bomb ends its connection before it has cost more than the limit', async () => {
  const mib = 1024 * 1024;
  await using it = await scene({ skippedBytesMax: 8 * mib });
  const reader = new Reader(connect({ host: '127.0.0.1', port: it.address.port }));
  await reader.until('hello');
  reader.socket.write('a COMPRESS\r\n');
  await reader.until('a OK');
  // 512 MiB of one line in half a megabyte.
  const deflate = createDeflateRaw({ level: 9 });
  const before = process.memoryUsage.rss();
  let peak = before;
  const closed = reader.closed();
  const { socket } = reader;
  deflate.on('data', (chunk: Buffer) => socket.write(chunk));
  const zeros = Buffer.alloc(4 * mib, 'x');
  for (let sent = 0; sent < 128 && !socket.closed; sent++) {
    if (!deflate.write(zeros)) await new Promise((resolve) => deflate.once('drain', resolve));
    peak = Math.max(peak, process.memoryUsage.rss());
  }
  await closed;
  assert.ok(peak - before < 128 * mib, `${Math.round((peak - before) / mib)} MiB`);
});
