import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { defaultLimits } from '../base/limits.ts';
import type { Part } from '../model/part.ts';
import { MessageIndexer } from './indexer.ts';
import type { IndexedMessage, IndexerLimits } from './indexer.ts';

export function index(
  message: string | Uint8Array,
  limits: IndexerLimits = defaultLimits,
): IndexedMessage {
  const indexer = new MessageIndexer(limits);
  indexer.write(bytesOf(message));
  return indexer.end();
}

/** Test messages are written with bare LF and read with CRLF. */
function bytesOf(message: string | Uint8Array): Uint8Array {
  return typeof message === 'string'
    ? Buffer.from(message.replaceAll('\n', '\r\n'), 'latin1')
    : message;
}

/** A message made of the pieces that matter to the indexer, in an order that seldom makes sense. */
const fragments = fc.array(
  fc.constantFrom(
    'Content-Type: multipart/mixed; boundary=b\r\n',
    'Content-Type: multipart/digest; boundary="bb"\n',
    'Content-Type: multipart/alternative; boundary=c\r\n',
    'Content-Type: message/rfc822\r\n',
    'Content-Type: text/html; charset=utf-8\r\n',
    'Content-Transfer-Encoding: base64\r\n',
    'Subject: hello\r\n world\r\n',
    'From: a <b@c>\r\n',
    '\r\n',
    '\n',
    '\r',
    '\r\n\r\n',
    '--b\r\n',
    '--bb\r\n',
    '--b--\r\n',
    '--bb--',
    '--c  \n',
    '--c',
    '-',
    '--',
    'text\r\n',
    'text',
    '\0',
    '\xff',
    'aGVsbG8=\r\n',
    ': x\r\n',
    ' folded\r\n',
  ),
  { maxLength: 40 },
);

describe('MessageIndexer', () => {
  it('gives the same however the message is cut', () => {
    fc.assert(
      fc.property(
        fragments,
        fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 20 }),
        (parts, cuts) => {
          const bytes = Buffer.from(parts.join(''), 'latin1');
          const pieces = new MessageIndexer(defaultLimits);
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = cuts[i % cuts.length]! + 1;
            pieces.write(bytes.subarray(at, at + size));
            at += size;
          }
          assert.deepEqual(pieces.end(), index(bytes));
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('gives parts that lie within their parents, in order, with their lines counted', () => {
    fc.assert(
      fc.property(fragments, (parts) => {
        const bytes = Buffer.from(parts.join(''), 'latin1');
        const { structure, size } = index(bytes);
        assert.equal(size, bytes.length);
        assert.equal(structure.headerStart, 0);
        assert.equal(structure.bodyEnd, size);
        checkPart(structure, bytes);
      }),
      { numRuns: 1500 },
    );
  });
});

function checkPart(part: Part, bytes: Buffer): void {
  assert.ok(part.headerStart <= part.bodyStart && part.bodyStart <= part.bodyEnd);
  const body = bytes.subarray(part.bodyStart, part.bodyEnd);
  assert.equal(part.lines, body.filter((byte) => byte === 10).length);
  const inner = part.kind === 'multipart' ? part.parts : part.kind === 'message' ? [part.body] : [];
  let from = part.bodyStart;
  for (const child of inner) {
    assert.ok(child.headerStart >= from && child.bodyEnd <= part.bodyEnd);
    checkPart(child, bytes);
    from = child.bodyEnd;
  }
}
