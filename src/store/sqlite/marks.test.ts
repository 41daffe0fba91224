import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NumberSet } from '../../model/number-set.ts';
import { flagsIn, type MarkRun, Marks, messagesIn, runsOf } from './marks.ts';

/** Flags and mod-sequence of each message: what runs stand for. */
type Model = Map<number, readonly [flags: number, modSeq: number]>;

const uidMax = 40;

function content(marks: Marks): Model {
  const found: Model = new Map();
  let end = 0;
  for (const run of marks.runs) {
    const [first, last, , modSeq] = run;
    assert.ok(first > end && last >= first, 'runs ascend');
    end = last;
    for (let uid = first; uid <= last; uid++) found.set(uid, [flagsIn(run, uid), modSeq]);
  }
  for (let uid = 1; uid <= uidMax; uid++) {
    const run = marks.get(uid);
    const told = run === undefined ? undefined : [flagsIn(run, uid), run[3]];
    assert.deepEqual(told, found.get(uid));
  }
  return found;
}

/** Flags of messages, ascending, that differ from one to the next. */
function ownFlags(uids: readonly number[], flags: number): Map<number, number> {
  return new Map(uids.map((uid) => [uid, (uid * 7 + flags) % 5]));
}

/** Runs of neighbours with their own flags. */
function runsOfOwn(own: ReadonlyMap<number, number>, modSeq: number): MarkRun[] {
  return NumberSet.of(own.keys()).ranges.map(({ first, last }) => {
    const flags = Array.from({ length: last - first + 1 }, (_, at) => own.get(first + at)!);
    return [first, last, Uint32Array.from(flags), modSeq];
  });
}

/** A write: flags of some messages. */
const write = fc.record({
  flags: fc.integer({ min: 0, max: 3 }),
  modSeq: fc.integer({ min: 1, max: 6 }),
  uids: fc.uniqueArray(fc.integer({ min: 1, max: uidMax }), { maxLength: 25 }),
  kind: fc.constantFrom('put', 'put', 'own', 'own', 'remove', 'remove all', 'drop'),
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
        } else if (kind === 'own') {
          const own = ownFlags(ascending, flags);
          marks.put(runsOfOwn(own, modSeq));
          for (const [uid, one] of own)
            if ((model.get(uid)?.[1] ?? 0) <= modSeq) model.set(uid, [one, modSeq]);
        } else if (kind === 'remove all') {
          marks.removeAll(ascending);
          for (const uid of uids) model.delete(uid);
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
