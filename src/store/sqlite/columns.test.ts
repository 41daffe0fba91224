import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Columns, type EntryRow, rowRuns } from './columns.ts';

const rowOf = (uid: number): EntryRow => [
  uid,
  uid % 32,
  uid * 2,
  uid + 7,
  uid * 10,
  uid * 3,
  (uid % 5) - 2,
  uid + 1,
];

function shown(columns: Columns): EntryRow[] {
  return Array.from({ length: columns.count }, (_, row) => [
    columns.uid[row]!,
    columns.flags[row]!,
    columns.modSeq[row]!,
    columns.message[row]!,
    columns.size[row]!,
    columns.date[row]!,
    columns.zone[row]!,
    columns.saved[row]!,
  ]);
}

test('columns behave like an array of rows, whatever comes and goes', () => {
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 300 }), gap: fc.nat(3) }),
    fc.record({
      remove: fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), {
        maxLength: 400,
      }),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const columns = new Columns();
      let model: EntryRow[] = [];
      let next = 1;
      for (const action of steps) {
        if ('add' in action) {
          for (let count = 0; count < action.add; count++) {
            const row = rowOf((next += 1 + action.gap));
            columns.push(row);
            model.push(row);
          }
        } else {
          const gone = new Set(
            action.remove
              .map((part) => Math.floor(part * model.length))
              .filter((row) => row < model.length),
          );
          const runs = rowRuns([...gone].sort((a, b) => a - b));
          const apart = new Columns();
          apart.copy(columns, runs);
          assert.deepEqual(
            shown(apart),
            model.filter((_, row) => gone.has(row)),
          );
          columns.remove(runs);
          model = model.filter((_, row) => !gone.has(row));
        }
        columns.fit();
      }
      assert.deepEqual(shown(columns), model);
      for (let uid = 0; uid < Math.min(next + 2, 400); uid++) {
        const from = model.findIndex(([known]) => known >= uid);
        assert.equal(columns.rowFrom(uid), from < 0 ? model.length : from);
        assert.equal(
          columns.row(uid),
          model.findIndex(([known]) => known === uid),
        );
      }
    }),
    { numRuns: 60 },
  );
});

test('a search may begin where the last one ended', () => {
  const columns = new Columns();
  for (let uid = 2; uid <= 2000; uid += 2) columns.push(rowOf(uid));
  let row = 0;
  for (let uid = 1; uid <= 2001; uid += 3) {
    row = columns.rowFrom(uid, row);
    assert.equal(row, columns.rowFrom(uid));
  }
});
