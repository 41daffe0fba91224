import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseDisposition, parseEncoding, parseLanguages, parseMediaType } from './content-type.ts';

function reads(value: string, type: string, ...parameters: (readonly [string, string])[]): void {
  const media = parseMediaType(value);
  assert.ok(media, value);
  assert.equal(`${media.type}/${media.subtype}`, type);
  assert.deepEqual(media.parameters, parameters);
}

describe('parseMediaType', () => {
  it('reads type, subtype and parameters as RFC 2045 has them', () => {
    reads('TEXT/Plain; CharSet=us-ascii (Plain text)', 'TEXT/Plain', ['charset', 'us-ascii']);
    reads(
      'text (a) / (b) plain ; a="x \\"y\\" ; z" ; b=c',
      'text/plain',
      ['a', 'x "y" ; z'],
      ['b', 'c'],
    );
  });

  it('passes over comments, which nest and may hold anything (RFC 5322 section 3.2.2)', () => {
    reads('(a (b)) text/plain (c; d=e) ; charset=(f) utf-8 (g; (h))', 'text/plain', [
      'charset',
      'utf-8',
    ]);
    reads('a/b; c=(d) ; e=(f)', 'a/b', ['c', '(d)'], ['e', '(f)']);
    reads('a/b; c=(d)e; name=(1) f.txt', 'a/b', ['c', '(d)e'], ['name', '(1) f.txt']);
    reads('a/b; c=d (e; f=g', 'a/b', ['c', 'd'], ['f', 'g']);
  });

  it('reads boundaries that should have been quoted', () => {
    reads('multipart/mixed; boundary=----=_Part/1?x', 'multipart/mixed', [
      'boundary',
      '----=_Part/1?x',
    ]);
    reads('multipart/mixed;;\tBoundary="a b"', 'multipart/mixed', ['boundary', 'a b']);
  });

  // Others cut such a name at its first blank; the user would save "This".
  it('reads file names that should have been quoted', () => {
    reads(
      'text/plain; name=This is a test.txt; x=y z',
      'text/plain',
      ['name', 'This is a test.txt'],
      ['x', 'y'],
    );
    reads('text/plain; name="unterminated', 'text/plain', ['name', 'unterminated']);
  });

  it('joins continuations, and keeps what is encoded encoded (RFC 2231 section 3)', () => {
    reads('a/b; name*1=bar; name*0="foo "', 'a/b', ['name', 'foo bar']);
    reads(
      "a/b; name*0*=utf-8'en'a%20; name*1=b%; z=1",
      'a/b',
      ['z', '1'],
      ['name*', "utf-8'en'a%20b%25"],
    );
    reads("a/b; name*=iso-8859-1'de'%e4", 'a/b', ['name*', "iso-8859-1'de'%e4"]);
    reads('a/b; name*0="a "; name*1*=%c3%a4', 'a/b', ['name*', "''a %c3%a4"]);
  });

  it('passes over what is no parameter', () => {
    reads('a/b; ; =x; novalue; c=; d="" x; e=f', 'a/b', ['c', ''], ['d', ''], ['e', 'f']);
  });

  it('knows what is no media type (RFC 2045 section 5.2: the default counts)', () => {
    for (const value of ['', 'garbage', '/', '/plain', 'binary; name=x', '(text/plain)', 'image']) {
      assert.equal(parseMediaType(value), undefined, value);
    }
    reads('text; charset=utf-8', 'text/plain', ['charset', 'utf-8']);
    reads('multipart; boundary=x', 'multipart/mixed', ['boundary', 'x']);
  });

  it('never throws, and is quick', () => {
    const piece = fc.constantFrom(
      'text',
      '/',
      ';',
      '=',
      '"',
      '\\',
      '(',
      ')',
      ' ',
      'a*0',
      '*',
      "'",
      '%',
      '\xa0',
      '\r\n ',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        (pieces) => void parseMediaType(pieces.join('')),
      ),
    );
    for (const text of ['a/b; a="', 'a/b;(', 'a/b;()', 'a/b; x=', 'a/b; \\"', 'a/b;"\\a', ' ']) {
      const started = performance.now();
      parseMediaType(text.repeat(32_768 / text.length));
      assert.ok(performance.now() - started < 500, text);
    }
  });
});

describe('the other MIME fields', () => {
  it('reads Content-Disposition', () => {
    assert.deepEqual(parseDisposition('ATTACHMENT; FileName=x.txt'), {
      type: 'ATTACHMENT',
      parameters: [['filename', 'x.txt']],
    });
    assert.equal(parseDisposition(''), undefined);
    assert.equal(parseDisposition('; filename=x'), undefined);
  });

  it('reads Content-Transfer-Encoding when it is one word', () => {
    assert.equal(parseEncoding('Quoted-Printable (q)'), 'Quoted-Printable');
    assert.equal(parseEncoding('(a) base64 (b (c))'), 'base64');
    // Clearly meant so, and not decoding it helps nobody.
    assert.equal(parseEncoding('quoted-printable;'), 'quoted-printable');
    assert.equal(parseEncoding('quoted printable'), undefined);
    assert.equal(parseEncoding('text/html; charset=x'), undefined);
    assert.equal(parseEncoding(''), undefined);
  });

  it('reads Content-Language', () => {
    assert.deepEqual(parseLanguages('en (English), de'), ['en', 'de']);
    assert.deepEqual(parseLanguages(''), []);
  });
});
