import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../model/refusal.ts';
import { prepareIdentifier } from './identifiers.ts';

const bad = (text: string): Promise<void> =>
  assert.rejects(
    prepareIdentifier(text),
    (error) => error instanceof Refusal && error.status === 'BAD',
    JSON.stringify(text),
  );

test('identifiers are prepared by SASLprep (RFC 4013 section 3), the dash of negative ones apart', async () => {
  const prepared = async (text: string): Promise<string> => {
    const { sign, name } = await prepareIdentifier(text);
    return `${sign}|${name}`;
  };
  assert.equal(await prepared('I\u00adX'), '|IX');
  assert.equal(await prepared('user'), '|user');
  assert.equal(await prepared('USER'), '|USER');
  assert.equal(await prepared('\u00aa'), '|a');
  assert.equal(await prepared('\u2168'), '|IX');
  assert.equal(await prepared('a\u00a0b'), '|a b');
  assert.equal(await prepared('-bert@example.org'), '-|bert@example.org');
  assert.equal(await prepared('--x'), '-|-x');
});

test('what cannot be prepared, and what is nothing then, is BAD (RFC 4314 section 3)', async () => {
  for (const text of [
    '',
    '-',
    '\u00ad',
    '\u0007',
    'a\u200eb',
    '\ue000',
    '\u0627\u0031',
    '\u0627b\u0628',
  ])
    await bad(text);
});
