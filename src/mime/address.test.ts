import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseAddresses } from './address.ts';

type Row = readonly [name: string | null, mailbox: string | null, host: string | null];

function reads(value: string, ...expected: Row[]): void {
  assert.deepEqual(
    parseAddresses(value).map(({ name, mailbox, host }) => [name, mailbox, host]),
    expected,
    value,
  );
}

describe('parseAddresses', () => {
  it('reads the forms of RFC 5322', () => {
    reads('a@b.c', [null, 'a', 'b.c']);
    reads('Joe Q. Public <john.q.public@example.com>', [
      'Joe Q. Public',
      'john.q.public',
      'example.com',
    ]);
    reads(
      '"Joe \\"Q\\" Public, Jr." <j@x>, <k@y>',
      ['Joe "Q" Public, Jr.', 'j', 'x'],
      [null, 'k', 'y'],
    );
    reads('"a b"@c.d', [null, 'a b', 'c.d']);
    reads('x@[127.0.0.1]', [null, 'x', '[127.0.0.1]']);
    reads('Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>', [
      'Pete',
      'pete',
      'silly.test',
    ]);
    reads('jdoe@example.com (John (the) Doe)', ['John (the) Doe', 'jdoe', 'example.com']);
  });

  it('reads groups, which open without host and close with nothing', () => {
    reads('undisclosed-recipients:;', [null, 'undisclosed-recipients', null], [null, null, null]);
    reads(
      'A Group: Ed <e@x>, joe@y; z@w',
      [null, 'A Group', null],
      ['Ed', 'e', 'x'],
      [null, 'joe', 'y'],
      [null, null, null],
      [null, 'z', 'w'],
    );
    reads('Open: a@b', [null, 'Open', null], [null, 'a', 'b'], [null, null, null]);
    reads('Hidden:(nobody (that I know));(the end)', [null, 'Hidden', null], [null, null, null]);
  });

  it('reads obsolete syntax: routes, blanks around dots, empty list members', () => {
    reads(
      'Mary <@node.test,@other.test:mary@x.y>, , jdoe@test . example',
      ['Mary', 'mary', 'x.y'],
      [null, 'jdoe', 'test.example'],
    );
    reads('a . b @ c . d', [null, 'a.b', 'c.d']);
  });

  it('keeps a source route, which an envelope has a place for', () => {
    const routes = (value: string): (string | undefined)[] =>
      parseAddresses(value).map(({ route }) => route);
    assert.deepEqual(routes('<@node.test,@other.test:mary@x.y>, b@c'), [
      '@node.test,@other.test',
      undefined,
    ]);
    assert.deepEqual(routes('<@ a . b , @c (d) : e@f>, <mailto:g@h>, <:i@j>'), [
      '@a.b,@c',
      undefined,
      undefined,
    ]);
  });

  // An absent host would announce a group, and an invented one ("MISSING_DOMAIN") would be shown to people.
  it('gives a broken address empty strings for what it lacks', () => {
    reads('root', [null, 'root', '']);
    reads('root (Charlie)', ['Charlie', 'root', '']);
    reads('just some words', ['just some words', '', '']);
    reads('Someone <>', ['Someone', '', '']);
    reads('<root>', [null, 'root', '']);
  });

  it('makes sense of what software and people write', () => {
    reads('a@b; c@d', [null, 'a', 'b'], [null, 'c', 'd']);
    reads('a@b c@d', [null, 'a', 'b'], [null, 'c', 'd']);
    reads('Big Bug bb@bug.com', ['Big Bug', 'bb', 'bug.com']);
    reads('x@y.z <x@y.z>', ['x@y.z', 'x', 'y.z']);
    reads('Foo "bar" baz <x@y', ['Foo bar baz', 'x', 'y']);
    reads('<x@y, z@w', [null, 'x', 'y'], [null, 'z', 'w']);
    reads('"open quote <x@y>', ['open quote', 'x', 'y']);
    reads('open (comment <x@y>', ['open comment', 'x', 'y']);
    reads('<<x@y>>', [null, 'x', 'y']);
    reads('<mailto:x@y>', [null, 'x', 'y']);
    reads('=?utf-8?Q?Doe,_John_<x>?= <x@y>', ['=?utf-8?Q?Doe,_John_<x>?=', 'x', 'y']);
    reads('\xc3\xa0 <x@universit\xc3\xa0.it>', ['\xc3\xa0', 'x', 'universit\xc3\xa0.it']);
    reads(', ,; <>');
    reads('');
  });

  it('never throws, and always closes the groups it opens', () => {
    const piece = fc.constantFrom(
      'a',
      '@',
      '<',
      '>',
      ',',
      ';',
      ':',
      '"',
      '\\',
      '(',
      ')',
      '[',
      ']',
      '.',
      ' ',
      '=?',
      '?q?',
      '?=',
      '\xa0',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        let depth = 0;
        for (const { mailbox, host } of parseAddresses(pieces.join(''))) {
          if (host === null) depth += mailbox === null ? -1 : 1;
          else assert.notEqual(mailbox, null);
          assert.ok(depth === 0 || depth === 1);
        }
        assert.equal(depth, 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('stays quick on hostile fields', () => {
    for (const piece of [
      'a@b ',
      '( )',
      'a,',
      '(',
      '"',
      '[',
      '=?a?q?',
      '<',
      'a ',
      '[a] ',
      '@',
      'a:',
      ';',
      '"\\',
    ]) {
      const started = performance.now();
      parseAddresses(piece.repeat(200_000 / piece.length));
      assert.ok(performance.now() - started < 1000, piece);
    }
  });
});
