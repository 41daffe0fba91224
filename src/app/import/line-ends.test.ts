import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineEnds } from './line-ends.ts';

function convert(text: string, size = 1000): { text: string; ends: LineEnds } {
  const ends = new LineEnds();
  const bytes = Buffer.from(text, 'latin1');
  const out: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size)
    out.push(ends.convert(bytes.subarray(at, at + size)));
  return { text: Buffer.concat(out).toString('latin1'), ends };
}

test('a lone LF becomes CRLF, everything else stays', () => {
  const { text, ends } = convert('a\nb\r\nc\rd\n\n\r\r\n\0');
  assert.equal(text, 'a\r\nb\r\nc\rd\r\n\r\n\r\r\n\0');
  assert.deepEqual([ends.bare, ends.full, ends.nuls], [3, 2, 1]);
});

test('chunks make no difference, and CRLF is left alone', () => {
  const part = fc.constantFrom('\r', '\n', 'a', '\r\n', '.');
  fc.assert(
    fc.property(fc.array(part), fc.integer({ min: 1, max: 5 }), (parts, size) => {
      const text = parts.join('');
      const once = convert(text, size).text;
      assert.equal(once, text.replaceAll(/(?<!\r)\n/g, '\r\n'));
      assert.equal(convert(once, size).text, once);
    }),
  );
});
