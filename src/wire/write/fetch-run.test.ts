import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { singly } from '../../../test/support/fetch-run.ts';
import { flag, FlagSet } from '../../model/flag.ts';
import { asSequenceNumber } from '../../model/ids.ts';
import type { FetchColumn, FetchRunResponse } from '../../model/response.ts';
import { encode } from './response.ts';

function written(run: FetchRunResponse): string {
  const encoded = encode(run, { utf8: false });
  assert.ok(typeof encoded !== 'string' && encoded.length === 1);
  assert.ok(encoded[0] instanceof Uint8Array);
  return Buffer.from(encoded[0]).toString('latin1');
}

function expected(run: FetchRunResponse): string {
  let text = '';
  for (const one of singly(run)) {
    const encoded = encode(one, { utf8: false });
    assert.ok(typeof encoded === 'string');
    text += encoded;
  }
  return text;
}

const keywords = ['a', 'work', '$Junk', 'k'.repeat(300)];
const anySet = fc
  .subarray(['\\Seen', '\\Deleted', '\\Answered', ...keywords])
  .map((names) => new FlagSet(names.map(flag)));
const anyNumber = fc.oneof(
  fc.nat(1200),
  fc.constantFrom(1, 9, 10, 99, 100, 99_999, 100_000, 999_999_999, 1_000_000_000, 2 ** 31, 2 ** 32),
  fc.maxSafeNat(),
);

function anyColumn(count: number): fc.Arbitrary<FetchColumn> {
  const exactly = { minLength: count, maxLength: count };
  const numbers = fc.array(anyNumber, exactly).map((values) => Float64Array.from(values));
  const bits = fc.array(fc.nat(1), exactly).map((values) => Uint8Array.from(values));
  return fc.oneof(
    fc.record({ kind: fc.constantFrom('UID', 'RFC822.SIZE', 'MODSEQ'), values: numbers }),
    fc.array(anySet, { minLength: 1, maxLength: 3 }).chain((sets) =>
      fc.record({
        kind: fc.constant('FLAGS' as const),
        values: fc.array(fc.constantFrom(...sets), exactly),
        recent: fc.option(bits, { nil: undefined }),
      }),
    ),
  );
}

test('a run is what its messages are one by one', () => {
  const anyRun = fc.integer({ min: 1, max: 40 }).chain((count) =>
    fc.record({
      kind: fc.constant('FETCH run' as const),
      sequence: fc.integer({ min: 1, max: 2 ** 32 - 50 }).map(asSequenceNumber),
      count: fc.constant(count),
      columns: fc.array(anyColumn(count), { minLength: 1, maxLength: 4 }),
    }),
  );
  fc.assert(fc.property(anyRun, (run) => assert.equal(written(run), expected(run))));
});

test('flags of any length have room, and the next run is not longer for it', () => {
  const sets = Array.from(
    { length: 256 },
    (_, i) => new FlagSet([flag(`${'long'.repeat(200)}${i}`)]),
  );
  const sequence = asSequenceNumber(99_990);
  const long: FetchRunResponse = {
    kind: 'FETCH run',
    sequence,
    count: 256,
    columns: [{ kind: 'FLAGS', values: sets, recent: undefined }],
  };
  assert.equal(written(long), expected(long));
  const short: FetchRunResponse = {
    kind: 'FETCH run',
    sequence,
    count: 1,
    columns: [{ kind: 'UID', values: Float64Array.of(7) }],
  };
  assert.equal(written(short), '* 99990 FETCH (UID 7)\r\n');
});
