import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { type ProcessorTime, watchRoom } from './room.ts';

/** What is told of looks during which each processor had so many milliseconds of both. */
function told(processors: number, looks: readonly (readonly [idle: number, busy: number])[]) {
  mock.timers.enable({ apis: ['setInterval'] });
  try {
    const answers: boolean[] = [];
    let now: ProcessorTime = { processors, idle: 7_000_000, busy: 3_000_000 };
    using _ = watchRoom(
      (hasRoom) => answers.push(hasRoom),
      () => now,
    );
    for (const [idle, busy] of looks) {
      now = {
        processors,
        idle: now.idle + processors * idle,
        busy: now.busy + processors * busy,
      };
      mock.timers.tick(5000);
    }
    return answers;
  } finally {
    mock.timers.reset();
  }
}

test('a machine with a worker alone has room, and one whose other processor is taken has none', () => {
  assert.deepEqual(told(2, [[2500, 2500]]), [true]);
  assert.deepEqual(told(2, [[1000, 4000]]), [false]);
  // Three quarters of a processor, however many there are.
  assert.deepEqual(told(2, [[1870, 3130]]), [false]);
  assert.deepEqual(told(2, [[1880, 3120]]), [true]);
  assert.deepEqual(told(16, [[230, 4770]]), [false]);
  assert.deepEqual(told(16, [[240, 4760]]), [true]);
});

test('each look is taken by itself', () => {
  const looks = [
    [0, 5000],
    [5000, 0],
    [0, 5000],
  ] as const;
  assert.deepEqual(told(4, looks), [false, true, false]);
});

test('time that was neither idle nor busy gives no room, a system that tells nothing does', () => {
  assert.deepEqual(told(2, [[0, 0]]), [false]);
  assert.deepEqual(told(0, [[0, 0]]), [true]);
});
