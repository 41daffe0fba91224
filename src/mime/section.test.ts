import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultLimits } from '../base/limits.ts';
import type { SectionText } from '../model/section.ts';
import { MessageIndexer } from './indexer.ts';
import { filterHeader, findPart, findSection } from './section.ts';

function open(text: string): (section: string) => string | undefined {
  const message = Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
  const indexer = new MessageIndexer(defaultLimits);
  indexer.write(message);
  const { structure } = indexer.end();
  return (section) => {
    const [, numbers = '', word = ''] = /^([\d.]*?)\.?([A-Z.]*)$/.exec(section) ?? [];
    const kind = word === '' ? 'ALL' : word;
    const part = numbers === '' ? [] : numbers.split('.').map(Number);
    const place = findSection(structure, {
      part,
      text: { kind, names: ['SUBJECT'] } as SectionText,
    });
    if (place === undefined) return undefined;
    const bytes = message.subarray(place.from, place.to);
    const shown = place.kind === 'bytes' ? bytes : filterHeader(bytes, place.names, place.not);
    return shown.toString('latin1').replaceAll('\r\n', '\n');
  };
}

// The example of RFC 9051 section 6.4.5.1.
const complex = `Subject: outer
Content-Type: multipart/mixed; boundary=a

--a

1
--a
Content-Type: application/octet-stream

2
--a
Content-Type: message/rfc822

Subject: three
 folded
X: y
Content-Type: multipart/mixed; boundary=b

--b

3.1
--b
Content-Type: application/octet-stream

3.2
--b--

--a
Content-Type: multipart/mixed; boundary=c

--c
Content-Type: image/gif

4.1
--c
Content-Type: message/rfc822

Subject: deep
Content-Type: multipart/mixed; boundary=d

--d

4.2.1
--d
Content-Type: multipart/alternative; boundary=e

--e

4.2.2.1
--e
Content-Type: text/richtext

4.2.2.2
--e--
--d--
--c--
--a--
`;

describe('findSection', () => {
  it('finds every section of the RFC example', () => {
    const section = open(complex);
    for (const number of ['1', '2', '3.1', '3.2', '4.1', '4.2.1', '4.2.2.1', '4.2.2.2']) {
      assert.equal(section(number), number);
    }
    assert.equal(section(''), complex);
    assert.equal(
      section('HEADER'),
      'Subject: outer\nContent-Type: multipart/mixed; boundary=a\n\n',
    );
    assert.ok(section('TEXT')?.startsWith('--a\n\n1\n--a'));
    assert.ok(section('3')?.startsWith('Subject: three\n folded\nX: y\n'));
    assert.ok(section('3')?.endsWith('--b--\n'));
    assert.equal(
      section('3.HEADER'),
      'Subject: three\n folded\nX: y\nContent-Type: multipart/mixed; boundary=b\n\n',
    );
    assert.ok(section('3.TEXT')?.startsWith('--b\n\n3.1'));
    assert.equal(section('4.1.MIME'), 'Content-Type: image/gif\n\n');
    assert.equal(section('3.MIME'), 'Content-Type: message/rfc822\n\n');
    assert.equal(section('4.2.HEADER.FIELDS'), 'Subject: deep\n\n');
    assert.equal(section('HEADER.FIELDS'), 'Subject: outer\n\n');
    assert.equal(
      section('3.HEADER.FIELDS.NOT'),
      'X: y\nContent-Type: multipart/mixed; boundary=b\n\n',
    );
  });

  it('finds nothing where there is nothing', () => {
    const section = open(complex);
    for (const name of [
      '5',
      '1.1',
      '2.HEADER',
      '1.TEXT',
      '3.3',
      '4.3',
      '4.1.1',
      '4.HEADER',
      '4.2.3',
      '3.1.HEADER',
      '0',
      '4.2.2.1.1',
    ]) {
      assert.equal(section(name), undefined, name);
    }
    assert.equal(section('MIME'), undefined);
  });

  it('gives a message that is not multipart itself as part 1', () => {
    const section = open('Subject: x\n\nbody\n');
    assert.equal(section('1'), 'body\n');
    assert.equal(section('1.MIME'), 'Subject: x\n\n');
    assert.equal(section('1.1'), undefined);
    assert.equal(section('1.HEADER'), undefined);
    assert.equal(section('2'), undefined);
  });

  it('numbers the one part of an enclosed message', () => {
    const section = open('Content-Type: message/rfc822\n\nSubject: in\n\nbody\n');
    assert.equal(section('1'), 'Subject: in\n\nbody\n');
    assert.equal(section('1.HEADER'), 'Subject: in\n\n');
    assert.equal(section('1.TEXT'), 'body\n');
    assert.equal(section('1.1'), 'body\n');
    assert.equal(section('1.1.MIME'), 'Subject: in\n\n');
    assert.equal(section('1.1.1'), undefined);
  });

  it('finds the empty part that stands for the parts of an empty multipart', () => {
    const section = open('Content-Type: multipart/mixed; boundary=x\n\nnothing\n');
    assert.equal(section('1'), '');
    assert.equal(section('2'), undefined);
    assert.equal(section('TEXT'), 'nothing\n');
  });

  it('refuses numbers that no array has', () => {
    const indexer = new MessageIndexer(defaultLimits);
    assert.equal(findPart(indexer.end().structure, [4294967295]), undefined);
  });
});

describe('filterHeader', () => {
  const filter = (text: string, names: string[], not: boolean): string =>
    filterHeader(Buffer.from(text, 'latin1'), names, not).toString('latin1');

  it('keeps order, case, folding, repeats and line ends', () => {
    const header = 'To: a\r\nRECEIVED: 1\r\n\tx\r\nX:1\nreceived : 2\r\n\r\n';
    assert.equal(
      filter(header, ['Received', 'TO'], false),
      'To: a\r\nRECEIVED: 1\r\n\tx\r\nreceived : 2\r\n\r\n',
    );
    assert.equal(filter(header, ['Received', 'TO'], true), 'X:1\n\r\n');
  });

  it('always ends with an empty line', () => {
    assert.equal(filter('To: a', ['to'], false), 'To: a\r\n\r\n');
    assert.equal(filter('', ['to'], false), '\r\n');
    assert.equal(filter('To: a\r\n\r\n', ['x'], false), '\r\n');
  });

  it('compares whole names, ASCII case aside', () => {
    assert.equal(
      filter('Subjects: a\r\nSub: b\r\n\u00cb: c\r\n', ['subject', '\u00eb'], false),
      '\r\n',
    );
    assert.equal(filter('no colon here\r\nTo: a\r\n', ['to'], true), 'no colon here\r\n\r\n');
  });
});
