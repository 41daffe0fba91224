import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type MarkRun, Marks, messagesIn, runsOf } from './marks.ts';

/** Flags and mod-sequence of each message: what runs stand for. */
type Model = Map<number, readonly [flags: number, modSeq: number]>;

const uidMax = 40;

function content(marks: Marks): Model {
  const found: Model = new Map();
  let end = 0;
  for (const [first, last, flags, modSeq] of marks.runs) {
    assert.ok(first > end && last >= first, 'runs ascend');
    end = last;
    for (let uid = first; uid <= last; uid++) found.set(uid, [flags, modSeq]);
  }
  for (let uid = 1; uid <= uidMax; uid++) {
    const run = marks.get(uid);
    assert.deepEqual(run === undefined ? undefined : [run[2], run[3]], found.get(uid));
  }
  return found;
}

/** A write: flags of some messages. */
const write = fc.record({
  flags: fc.integer({ min: 0, max: 3 }),
  modSeq: fc.integer({ min: 1, max: 6 }),
  uids: fc.uniqueArray(fc.integer({ min: 1, max: uidMax }), { maxLength: 25 }),
  kind: fc.constantFrom('put', 'put', 'put', 'remove', 'drop'),
});

test('runs tell of each message what the newest write did', () => {
  fc.assert(
    fc.property(fc.array(write, { maxLength: 12 }), (writes) => {
      const marks = new Marks();
      const model: Model = new Map();
      for (const { flags, modSeq, uids, kind } of writes) {
        const ascending = uids.toSorted((a, b) => a - b);
        if (kind === 'put') {
          marks.put(runsOf(ascending.map((uid) => [uid, flags, modSeq])));
          for (const uid of uids)
            if ((model.get(uid)?.[1] ?? 0) <= modSeq) model.set(uid, [flags, modSeq]);
        } else if (kind === 'remove') {
          for (const uid of uids.slice(0, 3)) {
            marks.remove(uid);
            model.delete(uid);
          }
        } else {
          marks.drop(modSeq - 2);
          for (const [uid, [, at]] of model) if (at <= modSeq - 2) model.delete(uid);
        }
        assert.deepEqual(content(marks), new Map([...model].sort(([a], [b]) => a - b)));
        assert.equal(messagesIn(marks.runs), model.size);
      }
    }),
    { numRuns: 300 },
  );
});

test('a mailbox whose messages get the same flags is one run', () => {
  const marks = new Marks();
  marks.put(runsOf(Array.from({ length: 100 }, (_, at) => [at + 1, at % 2, 7] as const)));
  assert.equal(marks.runs.length, 100);
  const all: MarkRun = [1, 100, 5, 8];
  marks.put([all]);
  assert.deepEqual(marks.runs, [all]);
});
