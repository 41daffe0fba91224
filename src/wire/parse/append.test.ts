import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultLimits } from '../../base/limits.ts';
import { Cursor } from '../cursor.ts';
import { parses, refuses } from '../../../test/support/command-arguments.ts';
import { parseAppendEnd, startsMessageLiteral } from './append.ts';

test('APPEND up to its message', () => {
  const message = { flags: [], utf8: false };
  parses('APPEND x {5}\r\n', { mailbox: 'x', message });
  parses('APPEND {1}\r\nx (\\seen Work) " 1-Feb-2024 02:03:04 -0730" ~{5+}\r\n', {
    mailbox: 'x',
    message: {
      flags: ['\\Seen', 'Work'],
      utf8: false,
      date: { epochSeconds: Date.UTC(2024, 1, 1, 9, 33, 4) / 1000, zoneMinutes: -450 },
    },
  });
  parses('APPEND x () UTF8 (~{5}\r\n', { mailbox: 'x', message: { flags: [], utf8: true } });
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
  const end = (text: string): Cursor =>
    new Cursor(Buffer.from(text), { utf8: true, limits: defaultLimits });
  parseAppendEnd(end(''), { utf8: false, more: false });
  parseAppendEnd(end(')'), { utf8: true, more: false });
  assert.throws(() => parseAppendEnd(end(')'), { utf8: false, more: false }), { status: 'BAD' });
  assert.throws(() => parseAppendEnd(end(''), { utf8: true, more: false }), { status: 'BAD' });
});

test('which literal is a message', () => {
  for (const line of [
    'a APPEND x {5}',
    'a append "x y" (\\Seen) {5+}',
    'a APPEND {1}\r\nx {5}',
    'a APPEND {2+}\r\n\r\n {5}',
    'a APPEND x UTF8 (~{5}',
    'a APPEND x ~{5}',
    'a APPEND x (\\Recent {5}',
  ]) {
    assert.equal(startsMessageLiteral(Buffer.from(`${line}\r\n`)), true, line);
  }
  for (const line of [
    'a APPEND {5}',
    'a APPEND ~{5}',
    'a APPEND  {5}',
    'a APPENDX x {5}',
    'a LOGIN x {5}',
    'a SEARCH APPEND x {5}',
    'APPEND x {5}',
    'a UID APPEND x {5}',
    '{5}',
  ]) {
    assert.equal(startsMessageLiteral(Buffer.from(`${line}\r\n`)), false, line);
  }
});
