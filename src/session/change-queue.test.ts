import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asUid, type Uid } from '../model/ids.ts';
import { NumberSet } from '../model/number-set.ts';
import { ChangeQueue } from './change-queue.ts';

const range = (first: number, last: number): NumberSet<Uid> =>
  NumberSet.ofRanges([{ first: asUid(first), last: asUid(last) }]);
const one = (uid: number): NumberSet<Uid> => NumberSet.of([asUid(uid)]);
const never = (): never => assert.fail('nothing is asked of the columns');

function told(queue: ChangeQueue): string {
  const { flags, modSeqs } = queue.take(never);
  assert.ok(queue.isEmpty);
  return `${flags.toString()} (${modSeqs.toString()})`;
}

test('ranges and single messages are told together, flags before mod-sequences', () => {
  const queue = new ChangeQueue(1000);
  queue.add(range(1, 100), 'modseq', 1000);
  queue.add(range(20, 60), 'flags', 50);
  queue.add(one(5), 'flags', 1000);
  queue.add(one(70), 'modseq', 1000);
  queue.add(one(30), 'modseq', 1000);
  assert.equal(told(queue), '5,20:49 (1:4,6:19,50:100)');
});

test('what was sent already is forgotten, of a range too', () => {
  const queue = new ChangeQueue(1000);
  queue.add(range(1, 32), 'flags', 1000);
  queue.add(one(50), 'modseq', 1000);
  assert.ok(queue.has(asUid(7)) && queue.has(asUid(50)) && !queue.has(asUid(33)));
  queue.forget(asUid(7));
  queue.forget(asUid(50));
  assert.ok(!queue.has(asUid(7)) && !queue.has(asUid(50)));
  assert.equal(told(queue), '1:6,8:32 ()');
  queue.add(range(1, 16), 'modseq', 1000);
  for (let uid = 1; uid <= 16; uid++) queue.forget(asUid(uid));
  assert.ok(queue.isEmpty);
});

test('what was marked is taken alone, and not told again', () => {
  const queue = new ChangeQueue(1000);
  queue.add(range(1, 40), 'flags', 1000);
  queue.add(one(60), 'flags', 1000);
  queue.mark(range(30, 60));
  assert.equal(queue.takeMarked().flags.toString(), '30:60');
  assert.equal(told(queue), '1:29 ()');
});

test('more than fits is asked of the columns, whichever way it came', () => {
  const queue = new ChangeQueue(50);
  queue.add(range(1, 40), 'flags', 1000);
  for (let uid = 50; uid <= 61; uid++) queue.add(one(uid), 'flags', 1000);
  assert.ok(!queue.isEmpty && !queue.has(asUid(1)));
  const { flags, modSeqs } = queue.take(() => range(1, 99));
  assert.deepEqual([flags.toString(), modSeqs.isEmpty, queue.isEmpty], ['1:99', true, true]);
});
