import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DotDecoder } from './dot-decoder.ts';

/** Puts dots in as RFC 5321 section 4.5.2 tells a client, and the end of data. */
export function stuffed(message: Buffer): Buffer {
  let text = message.toString('latin1').replaceAll('\r\n.', '\r\n..');
  if (text.startsWith('.')) text = `.${text}`;
  if (text !== '' && !text.endsWith('\r\n')) text += '\r\n';
  return Buffer.from(`${text}.\r\n`, 'latin1');
}

function decode(chunks: readonly Buffer[]): { message: Buffer; rest: Buffer } {
  const decoder = new DotDecoder();
  const out: Uint8Array[] = [];
  for (const [index, chunk] of chunks.entries()) {
    const { bytes, end } = decoder.decode(chunk);
    out.push(bytes);
    if (end !== undefined) {
      const rest = Buffer.concat([chunk.subarray(end), ...chunks.slice(index + 1)]);
      return { message: Buffer.concat(out), rest };
    }
  }
  assert.fail('no end of data');
}

const split = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );

test('known dialogues, at every chunk size', () => {
  const cases: [sent: string, message: string][] = [
    ['.\r\n', ''],
    ['..\r\n.\r\n', '.\r\n'],
    ['a\r\n..\r\n.\r\n', 'a\r\n.\r\n'],
    ['.x\r\n.\r\n', 'x\r\n'],
    ['a\n.\r\nb\r\n.\r\n', 'a\n.\r\nb\r\n'],
    ['a\n..b\r\n.\r\n', 'a\n..b\r\n'],
    ['a\r..b\r\n.\r\n', 'a\r..b\r\n'],
    ['a\r\n.\rb\r\n.\r\n', 'a\r\n\rb\r\n'],
    ['a\r\n.\r\r\n.\r\n', 'a\r\n\r\r\n'],
    ['a\r\n.\n\r\n.\r\n', 'a\r\n\n\r\n'],
    ['\r\r\n..\0\r\n.\r\n', '\r\r\n.\0\r\n'],
  ];
  for (const [sent, message] of cases) {
    for (let size = 1; size <= sent.length + 8; size += 1) {
      const got = decode(split(Buffer.from(`${sent}QUIT\r\n`, 'latin1'), size));
      assert.equal(got.message.toString('latin1'), message, JSON.stringify([sent, size]));
      assert.equal(got.rest.toString('latin1'), 'QUIT\r\n');
    }
  }
});

test('any bytes arrive as they were, however they are cut', () => {
  const byte = fc.oneof(
    { arbitrary: fc.constantFrom(0x0d, 0x0a, 0x2e), weight: 4 },
    { arbitrary: fc.integer({ min: 0, max: 255 }), weight: 1 },
  );
  const property = fc.property(
    fc.array(byte, { maxLength: 60 }),
    fc.integer({ min: 1, max: 20 }),
    (bytes, size) => {
      let message = Buffer.from(bytes);
      if (message.length > 0 && !message.toString('latin1').endsWith('\r\n')) {
        message = Buffer.concat([message, Buffer.from('\r\n')]);
      }
      const got = decode(split(Buffer.concat([stuffed(message), Buffer.from('\r\n.\r\n')]), size));
      assert.deepEqual(got.message, message);
      assert.equal(got.rest.toString(), '\r\n.\r\n');
    },
  );
  fc.assert(property, { numRuns: 2000 });
});

test('a message of nothing but dots is quick', () => {
  const message = Buffer.from('.\r\n'.repeat(300_000));
  const started = performance.now();
  assert.deepEqual(decode(split(stuffed(message), 65_536)).message, message);
  assert.ok(performance.now() - started < 2000);
});
