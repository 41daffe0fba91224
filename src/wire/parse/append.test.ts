import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLimits } from '../../base/limits.ts';
import { Cursor } from '../cursor.ts';
import { parses, refuses } from '../../../test/support/command-arguments.ts';
import { parseAppendRest } from './append.ts';

test('APPEND up to its message', () => {
  const message = { kind: 'message', flags: [], catenated: false };
  const literal = { kind: 'literal', holds: 'text', utf8: false, catenated: false };
  parses('APPEND x {5}\r\n', { mailbox: 'x', pieces: [message, literal] });
  parses('APPEND {1}\r\nx (\\seen Work) " 1-Feb-2024 02:03:04 -0730" ~{5+}\r\n', {
    mailbox: 'x',
    pieces: [
      {
        ...message,
        flags: ['\\Seen', 'Work'],
        date: { epochSeconds: Date.UTC(2024, 1, 1, 9, 33, 4) / 1000, zoneMinutes: -450 },
      },
      literal,
    ],
  });
  parses('APPEND x () UTF8 (~{5}\r\n', {
    mailbox: 'x',
    pieces: [message, { ...literal, utf8: true }],
  });
  for (const date of [
    '"31-Feb-2024 00:00:00 +0000"',
    '"1-Feb-2024 00:00:00 +0000"',
    '"01-Feb-2024 24:00:00 +0000"',
    '"01-Feb-2024 00:60:00 +0000"',
    '"01-Feb-2024 00:00:61 +0000"',
    '"01-Feb-2024 00:00:00 +0060"',
    '"00-Feb-2024 00:00:00 +0000"',
    '"01-Fab-2024 00:00:00 +0000"',
    '"29-Feb-2023 00:00:00 +0000"',
    '"01-Feb-2024 00:00:00 0000"',
    '"01-Feb-24 00:00:00 +0000"',
    '"01-Feb-2024 00:00:00 +0000',
  ])
    refuses(`APPEND x ${date} {5}\r\n`, 'date-time at 11');
  refuses('APPEND x', 'space');
  refuses('APPEND x "mail"', 'date-time');
  refuses('APPEND x mail', 'literal at 11');
  refuses('APPEND x (\\Recent) {5}\r\n', 'flag that can be set at 12');
  refuses('APPEND x {5}\r\nabcde', 'end of command');
  refuses('APPEND x UTF8 ({5}\r\n', 'literal8');
});

test('APPEND of parts', () => {
  const message = { kind: 'message', flags: [], catenated: true };
  const text = { kind: 'literal', holds: 'text', utf8: false, catenated: true };
  const url = { kind: 'url', url: '/x/;UID=1' };
  const end = { kind: 'end' };
  const pieces = (line: string, expected: readonly unknown[]): void =>
    parses(`APPEND x ${line}`, { mailbox: 'x', pieces: expected });
  pieces('catenate (url "/x/;UID=1")', [message, url, end]);
  pieces('CATENATE (URL /x/;UID=1 TEXT {3+}\r\n', [message, url, text]);
  pieces('CATENATE (TEXT ~{3}\r\n', [message, text]);
  pieces('CATENATE (UTF8 (~{3}\r\n', [message, { ...text, utf8: true }]);
  pieces('CATENATE (URL {9}\r\n', [message, { ...text, holds: 'url' }]);
  pieces('(\\Seen) CATENATE (URL /x/;UID=1) () CATENATE (URL /x/;UID=1) {3}\r\n', [
    { ...message, flags: ['\\Seen'] },
    url,
    end,
    message,
    url,
    end,
    { ...message, catenated: false },
    { ...text, catenated: false },
  ]);
  refuses('APPEND x CATENATE ()', 'cat-part');
  refuses('APPEND x CATENATE (URL "/x/;UID=1"', 'space');
  refuses('APPEND x CATENATE (URL /x/;UID=1 )', 'cat-part');
  refuses('APPEND x CATENATE (TEXT "x")', 'literal');
  refuses('APPEND x CATENATE (TEXT UTF8 (~{3}\r\n', 'literal');
  refuses('APPEND x CATENATE (BODY {3}\r\n', 'cat-part');
  refuses('APPEND x CATENATE (URL /x/;UID=1)x', 'space');
  refuses('APPEND x CATENATE URL /x/;UID=1', '"("');
});

test('what follows a literal of APPEND', () => {
  const rest = (
    text: string,
    literal: { utf8?: boolean; catenated?: boolean },
    unknown?: ReadonlySet<string>,
  ): unknown =>
    parseAppendRest(new Cursor(Buffer.from(text), { utf8: true, limits: defaultLimits, unknown }), {
      kind: 'literal',
      holds: 'text',
      utf8: false,
      catenated: false,
      ...literal,
    });
  const end = { kind: 'end' };
  assert.deepEqual(rest('', {}), []);
  assert.deepEqual(rest(')', { utf8: true }), []);
  assert.deepEqual(rest(')', { catenated: true }), [end]);
  assert.deepEqual(rest('))', { utf8: true, catenated: true }), [end]);
  assert.deepEqual(rest(' URL a)', { catenated: true }), [{ kind: 'url', url: 'a' }, end]);
  assert.deepEqual(rest(' CATENATE (URL a)', {}), [
    { kind: 'message', flags: [], catenated: true },
    { kind: 'url', url: 'a' },
    end,
  ]);
  for (const [text, literal] of [
    [')', {}],
    ['', { utf8: true }],
    ['', { catenated: true }],
    [')', { utf8: true, catenated: true }],
    ['x', {}],
    [' ', {}],
  ] as const)
    assert.throws(() => rest(text, literal), { status: 'BAD' }, text);
  const unknown = new Set(['append append-message']);
  assert.throws(() => rest(' CATENATE (URL a)', {}, unknown), { status: 'BAD' });
  assert.deepEqual(rest(')', { catenated: true }, unknown), [end]);
});
