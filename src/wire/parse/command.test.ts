import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Refusal } from '../../model/refusal.ts';
import { parsers, read } from '../../../test/support/command-arguments.ts';
import { parseCommandStart, readTag } from './command.ts';

test('the beginning of a command', () => {
  const start = (text: string): unknown => parseCommandStart(Buffer.from(text));
  assert.deepEqual(start('A1 noop'), { tag: 'A1', name: 'NOOP', uid: false, position: 7 });
});

test('a beginning that is none is refused, with its tag where there is one', () => {
  const cases: readonly (readonly [string, string | undefined, string])[] = [
    ['', undefined, 'tag at 0'],
    [' NOOP', undefined, 'tag at 0'],
    ['+ NOOP', undefined, 'tag at 0'],
    ['* NOOP', undefined, 'tag at 0'],
    ['a', 'a', 'space at 1'],
    ['a ', 'a', 'command at 2'],
    ['a  NOOP', 'a', 'command at 2'],
    ['a UID', 'a', 'space at 5'],
    ['a UID ', 'a', 'command at 6'],
    ['a\tNOOP', undefined, 'space at 1'],
    ['a+b NOOP', undefined, 'space at 1'],
    ['\u00e9 NOOP', undefined, 'tag at 0'],
  ];
  for (const [text, tag, what] of cases) {
    assert.throws(
      () => parseCommandStart(Buffer.from(text)),
      { status: 'BAD', message: `expected ${what}` },
      text,
    );
    assert.equal(readTag(Buffer.from(text)), tag, text);
  }
  assert.deepEqual(parseCommandStart(Buffer.from('t] uid fetch 1 UID')), {
    tag: 't]',
    name: 'FETCH',
    uid: true,
    position: 12,
  });
});

const fragment = fc.oneof(
  fc.constantFrom(
    ' ',
    '(',
    ')',
    '"',
    '\\',
    '[',
    ']',
    '<0.1>',
    '{1}\r\nx',
    '{0}\r\n',
    '1:*',
    '$',
    '1,2',
    'NIL',
    'ALL',
    'NOT ',
    'BODY[',
    'HEADER.FIELDS (',
    'RETURN (',
    'CHARSET utf-8 ',
    'x',
    '&APw-',
    '&',
    '1-Feb-2024',
    '(CHANGEDSINCE 1)',
    '(DEPTH 1) ',
    '/private/a',
    '~{1}\r\n\0',
    'FLAGS',
    '\\Seen',
    '99999999999999999999',
  ),
  fc.string({ maxLength: 3, unit: 'binary' }),
);

test('no bytes make a parser throw anything but a refusal', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(parsers)),
      fc.boolean(),
      fc.array(fragment, { maxLength: 12 }),
      (name, utf8, fragments) => {
        const command = Buffer.from(`${name} ${fragments.join('')}`, 'latin1');
        try {
          read(command, { utf8 });
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          assert.ok(error.status !== 'BYE');
        }
      },
    ),
    { numRuns: 1500 },
  );
});
