import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { defaultLimits } from '../base/limits.ts';
import type { Part } from '../model/part.ts';
import { encodeBinary } from './encode-binary.ts';
import { MessageIndexer } from './indexer.ts';
import { findPart } from './section.ts';
import { decodeTransfer } from './transfer.ts';

function structureOf(message: Buffer): Part {
  const indexer = new MessageIndexer(defaultLimits);
  indexer.write(message);
  return indexer.end().structure;
}

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const list: Uint8Array[] = [];
  for await (const chunk of chunks) list.push(chunk);
  return Buffer.concat(list);
}

async function encoded(
  message: Buffer,
  options = { headerBytesMax: 1000, chunk: 7 },
): Promise<Buffer | undefined> {
  const reader = {
    read: (from: number, to: number) => cut(message.subarray(from, to), options.chunk),
  };
  const chunks = await encodeBinary(structureOf(message), reader, options);
  return chunks && (await joined(chunks));
}

/** What a part's bytes stand for. */
async function decoded(message: Buffer, numbers: readonly number[]): Promise<Buffer> {
  const part = findPart(structureOf(message), numbers);
  assert.ok(part !== undefined);
  const chunks = decodeTransfer(
    part.encoding,
    cut(message.subarray(part.bodyStart, part.bodyEnd), 50),
  );
  assert.ok(chunks !== undefined);
  return await joined(chunks);
}

const message = (...lines: string[]): Buffer => Buffer.from(lines.join('\r\n'), 'latin1');

describe('encodeBinary', () => {
  it('leaves a message without NUL alone', async () => {
    assert.equal(
      await encoded(message('Content-Transfer-Encoding: binary', '', 'abc', '')),
      undefined,
    );
    assert.equal(await encoded(message('X: a\0b', '', 'abc')), undefined, 'NUL in a header stays');
  });

  it('encodes the body that holds it, and says so in the header', async () => {
    const result = await encoded(
      message(
        'A: b',
        'content-transfer-encoding:',
        ' binary',
        'C: d',
        'Content-Transfer-Encoding: 7bit',
        '',
        'a\0b\xff',
      ),
    );
    assert.equal(
      result?.toString('latin1'),
      message('A: b', 'Content-Transfer-Encoding: base64', 'C: d', '', 'YQBi/w==', '').toString(
        'latin1',
      ),
    );
    const bare = await encoded(message('', '\0'));
    assert.equal(bare?.toString(), 'Content-Transfer-Encoding: base64\r\n\r\nAA==\r\n');
  });

  it('touches only the parts that need it, and what declares them binary', async () => {
    const whole = (inner: string, outer: string, ...part: string[]): Buffer =>
      message(
        'Content-Type: multipart/mixed; boundary=x',
        outer,
        '',
        'pre\0amble',
        '--x',
        '',
        'text',
        '--x',
        'Content-Type: message/rfc822',
        inner,
        '',
        'Subject: inner',
        ...part,
        '--x--',
        'epilogue',
      );
    const before = whole(
      'Content-Transfer-Encoding: 8bit',
      'Content-Transfer-Encoding: Binary',
      '',
      'G\0F',
    );
    const after = whole(
      'Content-Transfer-Encoding: 8bit',
      'Content-Transfer-Encoding: 8bit',
      'Content-Transfer-Encoding: base64',
      '',
      'RwBG',
    );
    assert.equal((await encoded(before))?.toString('latin1'), after.toString('latin1'));
    assert.equal((await decoded(after, [2, 1])).toString('latin1'), 'G\0F');
  });

  it('leaves a part whose header cannot be held', async () => {
    assert.equal(
      await encoded(message(`X: ${'x'.repeat(100)}`, '', '\0'), { headerBytesMax: 50, chunk: 9 }),
      undefined,
    );
  });

  it('gives the same bytes back, in lines that mail can carry, however they come', async () => {
    const sizes = fc.uint8Array({ minLength: 1, maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 200 }), async (body, chunk) => {
        const bytes = Buffer.concat([message('A: b', '', '\0'), body]);
        const result = await encoded(bytes, { headerBytesMax: 1000, chunk });
        assert.ok(result !== undefined && !result.includes(0));
        assert.ok(
          result
            .toString()
            .split('\r\n')
            .every((line) => line.length <= 76),
        );
        assert.deepEqual(await decoded(result, [1]), Buffer.concat([Buffer.alloc(1), body]));
      }),
      { numRuns: 200 },
    );
  });
});
