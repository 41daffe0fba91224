import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../model/refusal.ts';
import { prepareIdentifier } from './identifiers.ts';

const bad = (text: string): void =>
  assert.throws(
    () => prepareIdentifier(text),
    (error) => error instanceof Refusal && error.status === 'BAD',
    JSON.stringify(text),
  );

test('identifiers are prepared by SASLprep (RFC 4013 section 3), the dash of negative ones apart', () => {
  const prepared = (text: string): string => {
    const { sign, name } = prepareIdentifier(text);
    return `${sign}|${name}`;
  };
  assert.equal(prepared('I\u00adX'), '|IX');
  assert.equal(prepared('user'), '|user');
  assert.equal(prepared('USER'), '|USER');
  assert.equal(prepared('\u00aa'), '|a');
  assert.equal(prepared('\u2168'), '|IX');
  assert.equal(prepared('a\u00a0b'), '|a b');
  assert.equal(prepared('-bert@example.org'), '-|bert@example.org');
  assert.equal(prepared('--x'), '-|-x');
});

test('what cannot be prepared, and what is nothing then, is BAD (RFC 4314 section 3)', () => {
  for (const text of ['', '-', '\u00ad', '\u0007', 'a\u200eb', '\ue000', '\ufffd', '\ufdd0'])
    bad(text);
});
