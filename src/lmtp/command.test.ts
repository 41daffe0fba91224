import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLine, parsePathCommand } from './command.ts';

const line = (text: string) => parseLine(Buffer.from(text));
const recipient = (text: string) => parsePathCommand(`TO:${text}`, 'TO')?.path;

test('a line is a verb and the rest', () => {
  assert.deepEqual(line('mail FROM:<a@b>  '), { verb: 'MAIL', rest: 'FROM:<a@b>' });
  assert.deepEqual(line('DATA'), { verb: 'DATA', rest: '' });
  assert.deepEqual(line(''), { verb: '', rest: '' });
  assert.deepEqual(line('rcpt to:<jürgen@x>'), { verb: 'RCPT', rest: 'to:<jürgen@x>' });
  assert.equal(line('RCPT TO:<a\0b@x>'), undefined);
  assert.equal(parseLine(Buffer.from('RCPT TO:<\xfc@x>', 'latin1')), undefined);
});

test('paths', () => {
  const good: [text: string, path: string, localPart: string, domain: string][] = [
    ['<anna@example.org>', 'anna@example.org', 'anna', 'example.org'],
    [' <anna@example.org>', 'anna@example.org', 'anna', 'example.org'],
    ['<@relay.example,@b:anna@example.org>', 'anna@example.org', 'anna', 'example.org'],
    ['<anna+Lists/x@Example.org>', 'anna+Lists/x@Example.org', 'anna+Lists/x', 'Example.org'],
    ['<"a b@c>\\"d"@example.org>', '"a b@c>\\"d"@example.org', 'a b@c>"d', 'example.org'],
    ['<postmaster>', 'postmaster', 'postmaster', ''],
    ['<"x@y">', '"x@y"', 'x@y', ''],
    ['<a@[IPv6:::1]>', 'a@[IPv6:::1]', 'a', '[IPv6:::1]'],
    ['<用户@例子.广告>', '用户@例子.广告', '用户', '例子.广告'],
    ['<.a..b.@x>', '.a..b.@x', '.a..b.', 'x'],
  ];
  for (const [text, path, localPart, domain] of good) {
    assert.deepEqual(recipient(text), { text: path, localPart, domain }, text);
  }
  const bad = [
    'anna@example.org',
    '<anna@>',
    '<@x>',
    '<a b@x>',
    '<a@b',
    '<<a@b>>',
    '<a@b>x',
    '<a@x y>',
    '<"a@x>',
  ];
  for (const text of bad) assert.equal(recipient(text), undefined, text);
  assert.equal(recipient(`<${'a'.repeat(2000)}@x>`), undefined);
});

test('parameters', () => {
  const of = (text: string) => parsePathCommand(`FROM:<> ${text}`, 'FROM')?.parameters;
  assert.deepEqual(
    [...(of('SIZE=10 body=8BITMIME SMTPUTF8') ?? [])],
    [
      ['SIZE', '10'],
      ['BODY', '8BITMIME'],
      ['SMTPUTF8', ''],
    ],
  );
  assert.equal(of('SIZE=1 size=2'), undefined);
  assert.equal(of('=x'), undefined);
  assert.equal(of('SIZE='), undefined);
  assert.equal(parsePathCommand('TO:<a@b>', 'FROM'), undefined);
});
