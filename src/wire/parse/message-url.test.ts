import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLimits } from '../../base/limits.ts';
import type { SectionText } from '../../model/section.ts';
import { parseMessageUrl } from './message-url.ts';

const read = (url: string): ReturnType<typeof parseMessageUrl> =>
  parseMessageUrl(url, defaultLimits);

test('a message, a section of it, and a slice of that', () => {
  const whole = { part: [], text: { kind: 'ALL' } };
  const message = { mailbox: 'INBOX', uidValidity: undefined, uid: 20, section: whole };
  assert.deepEqual(read('/INBOX/;UID=20'), { ...message, partial: undefined });
  assert.deepEqual(read('/inbox;uidvalidity=385759045/;uid=20/;section=1.2/;partial=10.1024'), {
    ...message,
    uidValidity: 385759045,
    section: { part: [1, 2], text: { kind: 'ALL' } },
    partial: { origin: 10, length: 1024 },
  });
  assert.deepEqual(read('/INBOX/;UID=20/;PARTIAL=5')?.partial, { origin: 5, length: Infinity });
  const section = (text: string): unknown => read(`/INBOX/;UID=1/;SECTION=${text}`)?.section;
  assert.deepEqual(section('HEADER'), { part: [], text: { kind: 'HEADER' } });
  assert.deepEqual(section('1.MIME'), { part: [1], text: { kind: 'MIME' } });
  assert.deepEqual(section('2.HEADER.FIELDS%20(%22Subject%22%20to)'), {
    part: [2],
    text: { kind: 'HEADER.FIELDS', names: ['Subject', 'to'] },
  });
});

test('names are UTF-8, percent-encoded; slashes part levels', () => {
  const mailbox = (path: string): unknown => read(`/${path}/;UID=1`)?.mailbox;
  assert.equal(mailbox('Entw%C3%BCrfe/2024'), 'Entwürfe/2024');
  assert.equal(mailbox('a%3Bb%3Fc%25'), 'a;b?c%');
  assert.equal(mailbox("~!$'()*+,&=:@_.-"), "~!$'()*+,&=:@_.-");
  // Modified UTF-7 must have been converted (RFC 5092 section 8).
  assert.equal(mailbox('Entw&APw-rfe'), 'Entw&APw-rfe');
  assert.equal(mailbox('%2E%2E'), '..');
  assert.equal(mailbox('Drafts/'), 'Drafts');
});

test('what is no relative URL of a message in an account', () => {
  for (const url of [
    '',
    '/',
    'INBOX/;UID=1',
    ';UID=1',
    '/INBOX',
    '/INBOX;UIDVALIDITY=1',
    '/INBOX?ALL',
    '/INBOX/;UID=0',
    '/INBOX/;UID=01',
    '/INBOX/;UID=4294967296',
    '/INBOX/;UID=1:2',
    '/INBOX/;UID=*',
    '/INBOX;UIDVALIDITY=0/;UID=1',
    '/INBOX;UIDVALIDITY=x/;UID=1',
    '/INBOX;UID=1',
    '/;UID=1',
    '//;UID=1',
    '//example.org/INBOX/;UID=1',
    'imap://example.org/INBOX/;UID=1',
    'imap://anna@example.org/INBOX/;UID=1',
    'http://example.org/',
    '/A/../INBOX/;UID=1',
    '/./INBOX/;UID=1',
    '/INBOX/;UID=1/;SECTION=',
    '/INBOX/;UID=1/;SECTION=0',
    '/INBOX/;UID=1/;SECTION=1.',
    '/INBOX/;UID=1/;SECTION=MIME',
    '/INBOX/;UID=1/;SECTION=TEXT%20',
    '/INBOX/;UID=1/;SECTION=HEADER.FIELDS (TO)',
    '/INBOX/;UID=1/;SECTION=HEADER.FIELDS%20()',
    '/INBOX/;UID=1/;PARTIAL=',
    '/INBOX/;UID=1/;PARTIAL=1.0',
    '/INBOX/;UID=1/;PARTIAL=1.2.3',
    '/INBOX/;UID=1/;PARTIAL=0.1/;SECTION=1',
    '/INBOX/;UID=1;EXPIRE=2030-01-01T00:00:00Z;URLAUTH=anonymous',
    '/INBOX/;UID=1#x',
    '/INBOX/;UID=1/',
    '/IN%BOX/;UID=1',
    '/%FF/;UID=1',
    '/%C0%AF/;UID=1',
    '/Entwürfe/;UID=1',
    '/a b/;UID=1',
    '/a"b/;UID=1',
    '/INBOX/;UID=1\r\n',
    '/INBOX\0/;UID=1',
  ])
    assert.equal(read(url), undefined, url);
});

/** Numbers that look random, the same at every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('what is written as a URL is read as it was', () => {
  const draw = random(7);
  const letters = [
    'a',
    'Z',
    '/',
    '-',
    ';',
    '?',
    '%',
    '&',
    'ü',
    '€',
    '😀',
    ' ',
    '"',
    '\\',
    '#',
    '1',
  ];
  const texts: readonly SectionText[] = [
    { kind: 'ALL' },
    { kind: 'HEADER' },
    { kind: 'TEXT' },
    { kind: 'HEADER.FIELDS', names: ['Subject', 'X-a'] },
    { kind: 'HEADER.FIELDS.NOT', names: ['to'] },
  ];
  const word = (text: SectionText): string =>
    text.kind === 'ALL'
      ? ''
      : 'names' in text
        ? `${text.kind} (${text.names.join(' ')})`
        : text.kind;
  for (let n = 0; n < 2000; n++) {
    const length = 1 + draw(12);
    const mailbox = `x${Array.from({ length }, () => letters[draw(letters.length)]).join('')}x`;
    const part = Array.from({ length: draw(4) }, () => 1 + draw(30));
    const text = texts[draw(texts.length)]!;
    const spec = [part.join('.'), word(text)].filter((piece) => piece !== '').join('.');
    const uidValidity = draw(2) === 0 ? undefined : 1 + draw(0xffff_fffe);
    const partial = draw(2) === 0 ? undefined : { origin: draw(1000), length: 1 + draw(1000) };
    const uid = 1 + draw(0xffff_fffe);
    const url = [
      `/${mailbox.split('/').map(encodeURIComponent).join('/')}`,
      uidValidity === undefined ? '' : `;UIDVALIDITY=${uidValidity}`,
      `/;UID=${uid}`,
      spec === '' ? '' : `/;SECTION=${encodeURIComponent(spec)}`,
      partial === undefined ? '' : `/;PARTIAL=${partial.origin}.${partial.length}`,
    ].join('');
    const expected = { mailbox, uidValidity, uid, section: { part, text }, partial };
    assert.deepEqual(read(url), expected, url);
  }
});

test('whatever is thrown at it, it answers, and quickly', () => {
  const draw = random(11);
  const pieces = [
    '/',
    ';',
    '=',
    'UID',
    '/;UID=1',
    '/;SECTION=',
    '1.2',
    'HEADER',
    '%41',
    '%',
    '.',
    'x',
    '?',
    ';UIDVALIDITY=',
    '/;PARTIAL=',
    '9',
  ];
  for (let n = 0; n < 20_000; n++) {
    const url = Array.from({ length: draw(12) }, () => pieces[draw(pieces.length)]).join('');
    const found = read(url);
    if (found !== undefined) assert.ok(found.uid > 0 && found.mailbox !== '', url);
  }
  const began = performance.now();
  for (const piece of ['/', ';', '%41', '/;UID=1', '/;SECTION=1', '1.'])
    read(`/x/;UID=1/;SECTION=${piece.repeat(8192 / piece.length)}`);
  assert.ok(performance.now() - began < 1000);
});
