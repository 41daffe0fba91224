import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { unquoteFrom, type FromQuoting } from './from-quoting.ts';

async function unquote(text: string, quoting: FromQuoting, size = 1000): Promise<string> {
  async function* chunks() {
    const bytes = Buffer.from(text, 'latin1');
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const out: Buffer[] = [];
  for await (const chunk of unquoteFrom(chunks(), quoting)) out.push(chunk);
  return Buffer.concat(out).toString('latin1');
}

test('each dialect takes away what it put in', async () => {
  const text = '>From a\n>>From b\nx >From c\n> From d\n>from e\n>From';
  assert.equal(await unquote(text, 'none'), text);
  assert.equal(await unquote(text, 'one'), text.replace('>From a', 'From a'));
  assert.equal(
    await unquote(text, 'all'),
    text.replace('>From a', 'From a').replace('>>From b', '>From b'),
  );
});

test('chunks make no difference, and mboxrd loses nothing', async () => {
  const line = fc.constantFrom(
    'From ',
    '>From ',
    '>>From x',
    '>',
    '',
    '>Fro',
    'x>From ',
    ' >From y',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.integer({ min: 1, max: 9 }), async (lines, size) => {
      const text = lines.join('\n');
      const quoted = text.replaceAll(/^(>*From )/gm, '>$1');
      assert.equal(await unquote(quoted, 'all', size), text);
      assert.equal(await unquote(quoted, 'one', size), await unquote(quoted, 'one'));
    }),
  );
});
