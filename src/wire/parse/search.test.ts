import { test } from 'node:test';
import { parses, ranges, refuses } from '../../../test/support/command-arguments.ts';

test('SEARCH keys', () => {
  const searches = (text: string, key: unknown): void => parses(`SEARCH ${text}`, { key });
  const date = { year: 2024, month: 2, day: 1 };
  searches('ALL', { kind: 'all' });
  searches('unseen', { kind: 'not', key: { kind: 'flag', flag: '\\Seen' } });
  searches('NEW', {
    kind: 'and',
    keys: [{ kind: 'recent' }, { kind: 'not', key: { kind: 'flag', flag: '\\Seen' } }],
  });
  searches('OLD', { kind: 'not', key: { kind: 'recent' } });
  searches('2,4:* UID $', {
    kind: 'and',
    keys: [
      { kind: 'sequence', set: ranges([2, 2], [4, '*']) },
      { kind: 'uid', set: { kind: 'saved' } },
    ],
  });
  searches('OR (ANSWERED DRAFT) NOT $', {
    kind: 'or',
    left: {
      kind: 'and',
      keys: [
        { kind: 'flag', flag: '\\Answered' },
        { kind: 'flag', flag: '\\Draft' },
      ],
    },
    right: { kind: 'not', key: { kind: 'sequence', set: { kind: 'saved' } } },
  });
  searches('UNKEYWORD $Junk', { kind: 'not', key: { kind: 'flag', flag: '$Junk' } });
  searches('HEADER X-Y ""', { kind: 'header', name: 'X-Y', text: '' });
  searches('FROM {5}\r\na\r\nb ', { kind: 'address', field: 'from', text: 'a\r\nb ' });
  searches('SUBJECT "grüße"', { kind: 'subject', text: 'grüße' });
  searches('SINCE 1-feb-2024', { kind: 'date', of: 'received', relation: 'since', date });
  searches('SENTBEFORE "01-Feb-2024"', { kind: 'date', of: 'sent', relation: 'before', date });
  searches('SAVEDON 1-Feb-2024', { kind: 'date', of: 'saved', relation: 'on', date });
  searches('SAVEDATESUPPORTED', { kind: 'savedatesupported' });
  searches('LARGER 9223372036854775807', { kind: 'larger', size: Number.MAX_SAFE_INTEGER });
  searches('OLDER 60', { kind: 'older', seconds: 60 });
  searches('YOUNGER 60', { kind: 'younger', seconds: 60 });
  searches('MODSEQ 0', { kind: 'modseq', modSeq: 0 });
  searches('MODSEQ "/flags/\\\\draft" all 620162338', { kind: 'modseq', modSeq: 620162338 });
  searches('EMAILID M1', { kind: 'emailid', id: 'M1' });
  searches('THREADID "T1"', { kind: 'threadid', id: 'T1' });
});

test('SEARCH return options and charsets', () => {
  const key = { kind: 'all' };
  parses('SEARCH RETURN () ALL', { returns: ['ALL'], key });
  parses('SEARCH RETURN (MIN max SAVE MIN) ALL', { returns: ['MIN', 'MAX', 'SAVE'], key });
  parses(Buffer.from('SEARCH CHARSET iso-8859-1 BODY "\xe9"', 'latin1'), {
    charset: 'iso-8859-1',
    key: { kind: 'body', text: 'é' },
  });
  parses(Buffer.from('SEARCH RETURN (COUNT) CHARSET "koi8-r" BODY {1+}\r\n\xc1', 'latin1'), {
    returns: ['COUNT'],
    charset: 'koi8-r',
    key: { kind: 'body', text: 'а' },
  });
  parses('SEARCH CHARSET UTF-8 TEXT é'.replace('é', '"é"'), {
    charset: 'UTF-8',
    key: { kind: 'text', text: 'é' },
  });
  refuses('SEARCH CHARSET NONSENSE ALL', 'charset', { status: 'NO' });
  refuses(Buffer.from('SEARCH CHARSET utf-8 BODY "\xe9"', 'latin1'), 'text in the charset');
  refuses('SEARCH RETURN (NONSENSE) ALL', 'search-return-opt');
  refuses('SEARCH RETURN (MIN)', 'space');
});

test('SEARCH refused', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['', 'search-key'],
    ['NONSENSE', 'search-key at 9'],
    ['()', 'search-key'],
    ['(ALL', '")"'],
    ['ALL ', 'search-key'],
    ['NOT', 'space'],
    ['OR ALL', 'space'],
    ['SINCE 30-Feb-2024', 'date at 15'],
    ['SINCE "1-Feb-2024', 'date'],
    ['SINCE 1-Feb-24', 'date'],
    ['KEYWORD \\Seen', 'flag-keyword'],
    ['LARGER x', 'number64'],
    ['LARGER 9223372036854775808', 'number64'],
    ['OLDER 0', 'nz-number'],
    ['HEADER a', 'space'],
    ['FROM', 'space'],
    ['FROM (x)', 'astring'],
    ['MODSEQ "/x" all 1', 'entry-name'],
    ['MODSEQ "/flags/x" both 1', 'entry-type-req'],
    ['UID', 'space'],
    ['ALL)', 'end of command'],
  ];
  for (const [keys, what] of wrong) refuses(`SEARCH ${keys}`, what);
  refuses(`SEARCH ${'('.repeat(501)}ALL${')'.repeat(501)}`, 'nested too deep');
  refuses(`SEARCH ${'NOT '.repeat(501)}ALL`, 'nested too deep');
  refuses(`SEARCH ${'ALL '.repeat(1000)}ALL`, 'at most 1000 keys', { status: 'NO' });
});
