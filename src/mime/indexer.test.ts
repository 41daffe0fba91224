import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { defaultLimits } from '../base/limits.ts';
import type { Part } from '../model/part.ts';
import { MessageIndexer } from './indexer.ts';
import type { IndexedMessage, IndexerLimits } from './indexer.ts';

function index(
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

/** A part as `type/subtype octets lines`, a multipart as its subtype, with what is in it. */
function outline(part: Part): unknown {
  if (part.kind === 'multipart') return [part.subtype, ...part.parts.map(outline)];
  const text = `${part.type}/${part.subtype} ${part.bodyEnd - part.bodyStart} ${part.lines}`;
  return part.kind === 'message' ? [text, outline(part.body)] : text;
}

function outlineOf(message: string, limits?: IndexerLimits): unknown {
  return outline(index(message, limits).structure);
}

const multipart = 'Content-Type: multipart/mixed; boundary=b\n\n';

describe('the structure of well-formed messages', () => {
  it('is text/plain in US-ASCII without MIME fields', () => {
    const { structure, envelope, size, headerSize, headers } = index('Subject: x\n\nhello\n');
    assert.deepEqual(structure, {
      kind: 'single',
      type: 'text',
      subtype: 'plain',
      parameters: [['charset', 'us-ascii']],
      id: null,
      description: null,
      encoding: '7bit',
      md5: null,
      disposition: null,
      language: [],
      location: null,
      headerStart: 0,
      bodyStart: 14,
      bodyEnd: 21,
      lines: 1,
    });
    assert.equal(envelope.subject, 'x');
    assert.deepEqual([size, headerSize], [21, 14]);
    assert.equal(Buffer.from(headers).toString(), 'Subject: x\r\n');
  });

  it('gives the line end before a boundary to the boundary', () => {
    assert.deepEqual(
      outlineOf(`${multipart}pre\n--b\n\nhello\n--b\n\ntwo\nlines\n\n--b--\nepilogue\n`),
      ['mixed', 'text/plain 5 0', 'text/plain 12 2'],
    );
  });

  it('reads enclosed messages, in a digest by default (RFC 2046 section 5.1.5)', () => {
    const { structure } = index(
      'Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: in\n\nbody\n--b\nContent-Type: text/plain\n\nx\n--b--\n',
    );
    assert.ok(structure.kind === 'multipart');
    const [message] = structure.parts;
    assert.ok(message.kind === 'message');
    assert.equal(message.envelope.subject, 'in');
    assert.deepEqual(outline(message), ['message/rfc822 19 2', 'text/plain 4 0']);
  });

  it('reads message/global as a message (RFC 9051 section 6.4.5.1), other messages as they are', () => {
    assert.deepEqual(outlineOf('Content-Type: message/global\n\nSubject: x\n\ny\n'), [
      'message/global 17 3',
      'text/plain 3 1',
    ]);
    assert.equal(
      outlineOf('Content-Type: message/delivery-status\n\nA: b\n\n'),
      'message/delivery-status 8 0',
    );
  });

  it('keeps the MIME fields', () => {
    const { structure } = index(
      'Content-Type: TEXT/Html; charset=utf-8\nContent-ID: <a@b>\nContent-Description: a\n  b\nContent-MD5: abc==\n' +
        'Content-Disposition: INLINE; filename="x y"\nContent-Language: en, de\nContent-Location: http://x/\n' +
        'Content-Transfer-Encoding: BASE64\n\n',
    );
    const { type, subtype, id, description, md5, disposition, language, location, encoding } =
      structure;
    assert.deepEqual(
      { type, subtype, id, description, md5, disposition, language, location, encoding },
      {
        type: 'TEXT',
        subtype: 'Html',
        id: '<a@b>',
        description: 'a  b',
        md5: 'abc==',
        disposition: { type: 'INLINE', parameters: [['filename', 'x y']] },
        language: ['en', 'de'],
        location: 'http://x/',
        encoding: 'BASE64',
      },
    );
  });
});

describe('the structure of broken messages', () => {
  it('has an empty part in a multipart without any', () => {
    const empty = ['mixed', 'text/plain 0 0'];
    assert.deepEqual(outlineOf(`${multipart}nothing\n`), empty);
    assert.deepEqual(outlineOf('Content-Type: multipart/mixed\n\nnothing\n'), empty);
    assert.deepEqual(outlineOf('Content-Type: multipart/mixed; boundary=""\n\nnothing\n'), empty);
  });

  it('ends open parts where an outer boundary or the message ends', () => {
    const inner = 'Content-Type: multipart/alternative; boundary=bb\n\n';
    assert.deepEqual(outlineOf(`${multipart}--b\n${inner}--bb\n\none\n--b\n\ntwo\n`), [
      'mixed',
      ['alternative', 'text/plain 3 0'],
      'text/plain 5 1',
    ]);
  });

  it('knows a boundary from a longer one that begins with it', () => {
    const inner = 'Content-Type: multipart/alternative; boundary=b--x\n\n';
    assert.deepEqual(outlineOf(`${multipart}--b\n${inner}--b--x\n\none\n--b--x--\n\n--b--\n`), [
      'mixed',
      ['alternative', 'text/plain 3 0'],
    ]);
  });

  it('takes a line that begins with a boundary for one (RFC 2046 section 5.1.1)', () => {
    assert.deepEqual(outlineOf(`${multipart}--b  \n\none\n--bad\n\ntwo\n-- b\n --b\n--b-- x\n`), [
      'mixed',
      'text/plain 3 0',
      'text/plain 15 2',
    ]);
  });

  it('takes blanks for part of a boundary but at its end (RFC 2046 section 5.1.1)', () => {
    const parts = ['mixed', 'text/plain 3 0'];
    const type = 'Content-Type: multipart/mixed; boundary=';
    assert.deepEqual(outlineOf(`${type}" a b"\n\n-- a b\n\none\n-- a b--\n`), parts);
    assert.deepEqual(outlineOf(`${type}"a b "\n\n--a b\n\none\n--a b--\n`), parts);
  });

  it('takes no boundary for a part once it was closed', () => {
    assert.deepEqual(outlineOf(`${multipart}--b\n\none\n--b--\n--b\n\ntwo\n`), [
      'mixed',
      'text/plain 3 0',
    ]);
  });

  it('ends a header at a boundary', () => {
    const { structure } = index(`${multipart}--b\nContent-Type: image/png\n--b--\n`);
    assert.ok(structure.kind === 'multipart');
    const [part] = structure.parts;
    assert.equal(part.subtype, 'png');
    assert.equal(part.bodyEnd - part.bodyStart, 0);
  });

  // RFC 2046 section 5.1.1: the line end before a boundary is the boundary's, so the inner closing one has none.
  it('gives the line end between two closing boundaries to the second', () => {
    const inner =
      'Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--c--\n';
    const { structure } = index(`${multipart}--b\n${inner}--b--\n`);
    assert.ok(structure.kind === 'multipart');
    assert.deepEqual(outline(structure.parts[0]), [
      'message/rfc822 60 5',
      ['mixed', 'text/plain 1 0'],
    ]);
  });

  it('reads on behind lines that are no fields, up to the empty line', () => {
    const { envelope, structure } = index(
      'From x@y Mon 1 Jan\n>From z\nSubject: a\njunk\nTo : b@c\n\nbody\n',
    );
    assert.equal(envelope.subject, 'a');
    assert.equal(envelope.to[0]?.host, 'c');
    assert.equal(structure.lines, 1);
  });

  it('takes a message without empty line for a header, and nothing for nothing', () => {
    const { structure, envelope } = index('Subject: x');
    assert.equal(envelope.subject, 'x');
    assert.deepEqual([structure.bodyStart, structure.bodyEnd, structure.lines], [10, 10, 0]);
    assert.equal(outlineOf(''), 'text/plain 0 0');
    assert.equal(outlineOf('\nbody\n'), 'text/plain 6 1');
  });

  it('reads bare LF and mixed line ends', () => {
    const text = multipart.replace('\n', '\r\n') + 'pre\n--b\r\n\nhello\r\n--b--';
    assert.deepEqual(outline(index(Buffer.from(text)).structure), ['mixed', 'text/plain 5 0']);
  });

  it('is text/plain where Content-Type is no media type (RFC 2045 section 5.2)', () => {
    assert.equal(outlineOf('Content-Type: garbage\n\nx\n'), 'text/plain 3 1');
    assert.equal(outlineOf('Content-Type:\n\nx\n'), 'text/plain 3 1');
  });

  it('reads an encoded enclosed message raw: BODYSTRUCTURE has no other way to show it', () => {
    const message =
      'Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeA==\n';
    assert.deepEqual(outlineOf(message), ['message/rfc822 18 1', 'text/plain 0 0']);
  });

  it('has no NUL in any value', () => {
    const { envelope } = index('Subject: a\0b\rc\nFrom: x\0y@z\n\n');
    assert.equal(envelope.subject, 'ab c');
    assert.equal(envelope.from[0]?.mailbox, 'xy');
  });
});

describe('limits', () => {
  it('makes what is nested too deep opaque', () => {
    const limits = { ...defaultLimits, mimeDepthMax: 2 };
    assert.deepEqual(
      outlineOf(`${multipart}--b\n${multipart.replace('=b', '=c')}--c\n\nx\n--b--\n`, limits),
      ['mixed', 'application/octet-stream 8 0'],
    );
    let nested = 'Subject: x\n\ny\n';
    for (let i = 0; i < 500; i++) nested = `Content-Type: message/rfc822\n\n${nested}`;
    let depth = 0;
    for (let part = index(nested).structure; part.kind === 'message'; part = part.body) depth++;
    assert.equal(depth, defaultLimits.mimeDepthMax - 1);
  });

  it('gives the last part all the rest', () => {
    const limits = { ...defaultLimits, mimePartsMax: 3 };
    const { structure } = index(`${multipart}${'--b\n\nx\n'.repeat(1000)}--b--\n`, limits);
    assert.ok(structure.kind === 'multipart');
    assert.equal(structure.parts.length, 2);
    assert.equal(structure.parts[1]?.bodyEnd, structure.bodyEnd);
  });

  it('reads only the beginning of a gigantic header, and says so', () => {
    const limits = { ...defaultLimits, mimeHeaderBytesMax: 1000 };
    const { envelope, headersComplete, headers, structure, size } = index(
      `Subject: a\nX: ${'x'.repeat(5000)}\nTo: b@c\n\nbody\n`,
      limits,
    );
    assert.equal(headersComplete, false);
    assert.equal(envelope.subject, 'a');
    assert.equal(Buffer.from(headers).toString(), 'Subject: a\r\n');
    assert.deepEqual([structure.bodyEnd, structure.lines], [size, 1]);
  });

  it('holds little of a message whose parts are all header', () => {
    const part = `--b\nContent-Description: ${'x'.repeat(20_000)}\n\n`;
    const { structure } = index(multipart + part.repeat(300));
    assert.ok(structure.kind === 'multipart');
    const held = structure.parts.reduce(
      (sum, { description }) => sum + (description?.length ?? 0),
      0,
    );
    assert.ok(held <= 4 * defaultLimits.mimeHeaderBytesMax, `${held}`);
    assert.equal(structure.parts.length, 300);
  });
});

describe('random bytes', () => {
  it('never make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { structure } = index(bytes);
        checkPart(structure, Buffer.from(bytes));
      }),
    );
  });
});

function checkPart(part: Part, bytes: Buffer): void {
  assert.ok(part.headerStart <= part.bodyStart && part.bodyStart <= part.bodyEnd);
  const body = bytes.subarray(part.bodyStart, part.bodyEnd);
  const isTold = part.kind === 'message' || (part.kind === 'single' && /^text$/i.test(part.type));
  assert.equal(part.lines, isTold ? body.filter((byte) => byte === 10).length : 0);
  const inner = part.kind === 'multipart' ? part.parts : part.kind === 'message' ? [part.body] : [];
  let from = part.bodyStart;
  for (const child of inner) {
    assert.ok(child.headerStart >= from && child.bodyEnd <= part.bodyEnd);
    checkPart(child, bytes);
    from = child.bodyEnd;
  }
}
