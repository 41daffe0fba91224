import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeModifiedUtf7, encodeModifiedUtf7 } from './modified-utf7.ts';

test('known names', () => {
  const names: readonly (readonly [string, string])[] = [
    ['~peter/mail/台北/日本語', '~peter/mail/&U,BTFw-/&ZeVnLIqe-'],
    ['☺!', '&Jjo-!'],
    ['台北日本語', '&U,BTF2XlZyyKng-'],
    ['R&D', 'R&-D'],
    ['é&é', '&AOk-&-&AOk-'],
    ['Entwürfe', 'Entw&APw-rfe'],
    ['😀', '&2D3eAA-'],
    ['\r\n\t', '&AA0ACgAJ-'],
    ['', ''],
  ];
  for (const [text, encoded] of names) {
    assert.equal(encodeModifiedUtf7(text), encoded);
    assert.equal(decodeModifiedUtf7(encoded), text);
  }
});

test('what is not the encoding of any name', () => {
  for (const name of [
    '&Jjo!',
    '&U,BTFw-&ZeVnLIqe-',
    'R&D',
    '&',
    'a&b-',
    '&AGE-',
    '&AOl-',
    '&AOk',
    '&A-',
    '&AOk=-',
    '&2D0-',
    '&AO/-',
    '&AOkA-',
  ]) {
    assert.equal(decodeModifiedUtf7(name), undefined, name);
  }
});

test('raw characters beyond ASCII stand for themselves', () => {
  assert.equal(decodeModifiedUtf7('é&AOk-'), 'éé');
});

const anyText = fc
  .array(fc.oneof(fc.nat(0xff), fc.nat(0x2fff), fc.integer({ min: 0xe000, max: 0x10ffff })))
  .map((points) => String.fromCodePoint(...points));

test('every text comes back', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const encoded = encodeModifiedUtf7(text);
      assert.match(encoded, /^[\x20-\x7e]*$/);
      assert.equal(decodeModifiedUtf7(encoded), text);
    }),
  );
});
