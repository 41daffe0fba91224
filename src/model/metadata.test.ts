import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { foldedEntry, isAboveEntries, isEntryName, isPrivate } from './metadata.ts';

test('names of entries', () => {
  for (const name of [
    '/private/comment',
    '/SHARED/Comment',
    '/private/filters/values/a b',
    '/shared/vendor/cmu/cyrus-imapd/color',
    '/private/Vendor/acme/x',
    "/private/!#$&'()+,-.:;<=>?@[\\]^_`{|}~",
  ])
    assert.ok(isEntryName(name), name);
  for (const name of [
    '',
    '/',
    '/private',
    '/private/',
    '/private//comment',
    '//private/comment',
    '/private/comment/',
    'private/comment',
    '/comment',
    '/privat/comment',
    '/private/*',
    '/private/a%b',
    '/private/ä',
    '/private/a\tb',
    '/private/a\u007f',
    '/private/a\0',
    '/private/vendor',
    '/private/vendor/acme',
    '/shared/VENDOR/acme',
  ])
    assert.ok(!isEntryName(name), name);
});

test('what entries may lie below', () => {
  for (const name of ['/private', '/Shared', '/private/vendor', '/private/comment'])
    assert.ok(isAboveEntries(name), name);
  for (const name of ['', '/', '/private/', '/other', '/private/*', 'private'])
    assert.ok(!isAboveEntries(name), name);
});

test('every name keeps to the rules of RFC 5464 section 3.2, and folding keeps it one', () => {
  const piece = fc.oneof(
    fc.constantFrom('/', '/private', '/shared', '/vendor', '*', '%', ' ', 'é', '\0'),
    fc.string({ maxLength: 4, unit: 'binary' }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const text = pieces.join('');
      if (!isEntryName(text)) return;
      assert.match(text, /^[ -~]+$/);
      assert.doesNotMatch(text, /[*%]|\/\/|\/$/);
      assert.ok(isAboveEntries(text));
      const folded = foldedEntry(text);
      assert.ok(isEntryName(folded));
      assert.equal(foldedEntry(folded), folded);
      assert.equal(isPrivate(text), folded.startsWith('/private/'));
    }),
    { numRuns: 2000 },
  );
});
