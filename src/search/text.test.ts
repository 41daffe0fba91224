import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SearchKey } from '../model/search-key.ts';
import {
  and,
  body,
  find,
  from,
  has,
  header,
  mailbox,
  not,
  or,
  plain,
  text,
} from './fake-mailbox.ts';

describe('headers', () => {
  const source = mailbox([
    {
      text: [
        'From: "Smith, Anna" <Anna.Smith@Example.ORG>',
        'To: =?utf-8?q?J=C3=BCrgen?= <juergen@example.net>, Team: bob@example.net;',
        'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
        '\taus =?iso-8859-1?q?K=F6ln?=',
        'X-Odd: one',
        'X-Odd: two',
        'X-Empty:',
        'Message-ID: <1@example.org>',
        '',
        'nothing of this: Subject: decoy',
        '',
      ].join('\n'),
    },
    { text: 'Received: x\n\nno more\n' },
  ]);
  const to = (sought: string): SearchKey => ({ kind: 'address', field: 'to', text: sought });
  const cc = (sought: string): SearchKey => ({ kind: 'address', field: 'cc', text: sought });
  const subject = (sought: string): SearchKey => ({ kind: 'subject', text: sought });
  const cases: readonly (readonly [string, SearchKey, readonly number[]])[] = [
    ['address, any case', from('anna.smith@EXAMPLE'), [1]],
    ['display name', from('smith, anna'), [1]],
    ['as people write it', from('Anna <anna.smith'), [1]],
    ['as it stands in the field', from('"Smith, Anna" <'), [1]],
    ['decoded name', to('jürgen'), [1]],
    ['encoded form is not text', to('=C3=BC'), []],
    ['a group and its members', to('team'), [1]],
    ['second address', to('bob@example.net'), [1]],
    ['other field', cc('anna'), []],
    ['any sender', from(''), [1]],
    ['no cc', cc(''), []],
    ['subject decoded and unfolded', subject('GRÜSSE AUS KÖLN'), [1]],
    ['subject, not body', subject('decoy'), []],
    ['header cached', header('Message-Id', '<1@example.org>'), [1]],
    ['header not cached', header('x-odd', 'TWO'), [1]],
    ['header exists', header('X-Empty', ''), [1]],
    ['header is missing', header('X-None', ''), []],
    ['header by its name alone', header('Subjec', 'k'), []],
    ['not header', not(header('X-Odd', 'two')), [2]],
  ];
  for (const [name, key, expected] of cases) {
    test(name, async () => {
      assert.deepEqual(await find(key, source), expected);
    });
  }

  test('ids are exact', async () => {
    assert.deepEqual(await find({ kind: 'emailid', id: 'E2' }, source), [2]);
    assert.deepEqual(await find({ kind: 'emailid', id: 'e2' }, source), []);
    assert.deepEqual(await find({ kind: 'threadid', id: 'T1' }, source), [1]);
  });
});

const multipart = [
  'From: a@example.org',
  'Subject: parts',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  'the preamble speaks to nobody',
  '--b',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  'Content-Description: first words',
  '',
  'Viele Gr=C3=BC=C3=9Fe aus dem lan=',
  'gen Satz',
  '--b',
  'Content-Type: text/html; charset=iso-8859-1',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.from('<p>Stra\xdfe in <b>fett</b></p>', 'latin1').toString('base64'),
  '--b',
  'Content-Type: application/octet-stream',
  '',
  'opaque octets',
  '--b',
  'Content-Type: message/rfc822',
  '',
  'From: inner@example.org',
  'Subject: =?utf-8?q?=C3=A9t=C3=A9?=',
  '',
  'inner words',
  '--b--',
  '',
].join('\n');

describe('bodies', () => {
  const source = mailbox([{ text: multipart }, { text: plain }]);
  const cases: readonly (readonly [string, SearchKey, readonly number[]])[] = [
    ['quoted-printable over a soft line break', body('langen satz'), [1]],
    ['decoded', body('viele grüße'), [1]],
    ['encoded form is not text', body('=C3=BC'), []],
    ['base64 and charset', body('straße in'), [1]],
    ['the message within', body('inner words'), [1]],
    ['not the header of the message within', body('été'), []],
    ['text: the header of the message within', text('été'), [1]],
    ['over a folded line', body('aus dem langen'), [1]],
    ['not the own header', body('parts'), []],
    ['not MIME headers', body('first words'), []],
    ['not the preamble', body('preamble'), []],
    ['other media are left out', body('opaque'), []],
    ['no match over a part border', body('satz<p>'), []],
    ['the empty text is in every body', body(''), [1, 2]],
    ['text: header', text('PARTS'), [1]],
    ['text: field name and value', text('from: anna'), [2]],
    ['text: MIME header', text('first words'), [1]],
    ['text: body', text('fett'), [1]],
    ['text: nothing', text('nowhere'), []],
    ['not body', not(body('inner')), [2]],
    ['html as people read it', body('Straße in fett'), [1]],
    ['several at once', and(body('grüße'), body('inner'), not(text('nowhere'))), [1]],
    ['or with a header', or(header('X-None', ''), body('body')), [2]],
  ];
  for (const [name, key, expected] of cases) {
    test(name, async () => {
      assert.deepEqual(await find(key, source), expected);
    });
  }

  test('a match over any border of chunks is found', async () => {
    for (let chunkBytes = 1; chunkBytes < 40; chunkBytes++) {
      const small = mailbox([{ text: multipart }], { chunkBytes });
      assert.deepEqual(await find(body('grüße aus dem langen satz'), small), [1], `${chunkBytes}`);
      assert.deepEqual(await find(body('straße in <b>'), small), [1], `${chunkBytes}`);
    }
  });
});

describe('cost', () => {
  const two = [{ text: plain, flags: ['\\Seen'] }, { text: multipart }];

  test('cheap keys go first, whatever their place', async () => {
    const source = mailbox(two);
    assert.deepEqual(await find(and(body('body'), has('\\Seen')), source), [1]);
    assert.deepEqual(source.reads, { facts: 1, contents: 1, bytes: source.reads.bytes });
  });

  test('OR with a cheap key that holds reads nothing', async () => {
    const source = mailbox(two);
    assert.deepEqual(await find(or(body('no'), { kind: 'all' }), source), [1, 2]);
    assert.deepEqual(source.reads, { facts: 0, contents: 0, bytes: 0 });
  });

  test('facts decide before bytes', async () => {
    const source = mailbox(two);
    assert.deepEqual(await find(and(text('body'), from('nobody')), source), []);
    assert.equal(source.reads.contents, 0);
  });

  test('a large body is read only until it decides', async () => {
    const source = mailbox([{ text: `${plain}${'filler '.repeat(20_000)}` }]);
    assert.deepEqual(await find(body('body'), source), [1]);
    assert(source.reads.bytes < 1000, `${source.reads.bytes} bytes`);
  });

  test('other work goes on meanwhile, and an abort ends the search', async () => {
    const source = mailbox(
      Array.from({ length: 300 }, () => ({ text: multipart })),
      { chunkBytes: 1 },
    );
    let turns = 0;
    const ticking = setInterval(() => turns++, 1);
    await find(body('nowhere'), source);
    clearInterval(ticking);
    assert(turns > 3, `${turns} turns`);
    const abort = new AbortController();
    const ending = find(body('nowhere'), source, { signal: abort.signal });
    setTimeout(() => abort.abort(new Error('gone')), 5);
    await assert.rejects(ending, /gone/);
  });
});

describe('messages that cannot be read', () => {
  const source = mailbox([
    { text: plain, broken: true },
    { text: plain },
    { text: plain, gone: true },
  ]);

  test('match neither a key nor its opposite', async () => {
    assert.deepEqual(await find(body('body'), source), [2]);
    assert.deepEqual(await find(not(body('nowhere')), source), [2]);
    assert.deepEqual(await find(not(from('nobody')), source), [1, 2]);
  });

  test('match what is decided without their bytes', async () => {
    assert.deepEqual(await find(or(from('anna'), body('nowhere')), source), [1, 2]);
    assert.deepEqual(await find({ kind: 'all' }, source), [1, 2, 3]);
  });
});
