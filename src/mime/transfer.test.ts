import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodedSize, decodeTransfer, transferDecoder } from './transfer.ts';

function decode(encoding: string, text: string, step = text.length): string {
  const decoder = transferDecoder(encoding)!;
  const bytes = Buffer.from(text, 'latin1');
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += step)
    out.push(Buffer.from(decoder.write(bytes.subarray(at, at + step))));
  out.push(decoder.end());
  return Buffer.concat(out).toString('latin1');
}

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text, 'latin1');
}

describe('base64', () => {
  it('decodes lines, and passes over what is not base64', () => {
    assert.equal(decode('BASE64', 'aGVs\r\nbG8g\r\n d29y*bGQ=\r\n'), 'hello world');
  });

  it('goes on after padding, and takes a missing one', () => {
    assert.equal(decode('base64', 'aA==\r\naGk=\r\naGV5'), 'hhihey');
    assert.equal(decode('base64', 'aGVsbG8'), 'hello');
    assert.equal(decode('base64', 'a'), '');
  });

  it('decodes what the platform encodes, however it is cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.integer({ min: 1, max: 9 }),
        (bytes, step) => {
          const text = Buffer.from(bytes).toString('base64').replaceAll(/.{20}/g, '$&\r\n');
          assert.equal(decode('base64', text || '=', step), Buffer.from(bytes).toString('latin1'));
        },
      ),
    );
  });
});

describe('base64 that is not clean', () => {
  it('decodes to the same as a whole and byte by byte', () => {
    const characters = fc.constantFrom(...Array.from('AZaz09+/bcd=\r\n -_*\0\xff'));
    fc.assert(
      fc.property(fc.string({ unit: characters, maxLength: 80 }), fc.nat(20), (text, step) => {
        const whole = text || '=';
        assert.equal(decode('base64', whole, step + 1), decode('base64', whole, 1));
      }),
    );
  });
});

describe('quoted-printable', () => {
  it('decodes codes and soft line breaks', () => {
    assert.equal(
      decode('quoted-printable', 'a=3D=e4=\r\nb=20=  \r\nc=\nd\r\ne'),
      'a=\xe4b cd\r\ne',
    );
  });

  it('drops white space at line ends (RFC 2045 section 6.7)', () => {
    assert.equal(decode('quoted-printable', 'a  \t\r\nb \nc d '), 'a\r\nb\nc d');
  });

  it('leaves what is no code as it is', () => {
    assert.equal(decode('quoted-printable', 'a=b =XY = =4'), 'a=b =XY = =4');
    assert.equal(decode('quoted-printable', 'end='), 'end');
  });

  it('gives the same however it is cut', () => {
    const piece = fc.constantFrom(
      '=',
      '3',
      'D',
      'x',
      ' ',
      '\t',
      '\r',
      '\n',
      '=3D',
      '=\r\n',
      ' '.repeat(1100),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 20 }),
        fc.integer({ min: 1, max: 5 }),
        (pieces, step) => {
          const text = pieces.join('');
          assert.equal(
            decode('quoted-printable', text, step),
            decode('quoted-printable', text || ' '),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('decodeTransfer', () => {
  it('streams, and leaves 7bit, 8bit and binary alone', async () => {
    const decoded: Uint8Array[] = [];
    for await (const chunk of decodeTransfer('8BIT', chunks('a\0', '=3D'))!) decoded.push(chunk);
    assert.equal(Buffer.concat(decoded).toString('latin1'), 'a\0=3D');
  });

  it('reports an unknown encoding', async () => {
    assert.equal(decodeTransfer('x-uuencode', chunks('x')), undefined);
    assert.equal(await decodedSize('7-bit', chunks('x')), undefined);
  });

  it('counts decoded bytes', async () => {
    assert.equal(await decodedSize('base64', chunks('aGVs', 'bG8', '=')), 5);
    assert.equal(await decodedSize('quoted-printable', chunks('=3', 'D=', '\r\n')), 1);
  });
});
