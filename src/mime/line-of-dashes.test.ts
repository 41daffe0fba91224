import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { lineOfDashes } from './line-of-dashes.ts';

describe('lineOfDashes', () => {
  const pieces = fc.array(fc.constantFrom('-', '--', '\n', '\r\n', 'a', '\n--', 'word - word'), {
    maxLength: 120,
  });

  it('finds what a search for an LF and two hyphens finds', () => {
    fc.assert(
      fc.property(pieces, fc.nat({ max: 40 }), (parts, from) => {
        const bytes = Buffer.from(parts.join(''), 'latin1');
        const feed = bytes.indexOf('\n--', from, 'latin1');
        assert.equal(lineOfDashes(bytes, from), feed < 0 ? -1 : feed + 1);
      }),
      { numRuns: 5000 },
    );
  });

  it('takes no longer for bytes that are full of hyphens', () => {
    const began = process.cpuUsage();
    const bytes = Buffer.alloc(1 << 20, '- --\n---\n'.repeat(3));
    let lines = 0;
    for (let at = lineOfDashes(bytes, 0); at >= 0; at = lineOfDashes(bytes, at)) lines++;
    assert.ok(lines > 100_000);
    assert.equal(lineOfDashes(Buffer.alloc(1 << 20, 'a--b\n'), 0), -1);
    const { user, system } = process.cpuUsage(began);
    assert.ok(user + system < 2_000_000);
  });
});
