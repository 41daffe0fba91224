import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Alarm } from './alarm.ts';

function sleeper(): { readonly rang: string[]; readonly alarm: (reason: string) => void } {
  const rang: string[] = [];
  return { rang, alarm: (reason) => void rang.push(reason) };
}

test('an alarm rings once, not before its time', async () => {
  const it = sleeper();
  using alarm = new Alarm(it);
  alarm.set(20, 'late');
  const began = performance.now();
  while (it.rang.length === 0) await sleep(1);
  assert.ok(performance.now() - began >= 19);
  await sleep(30);
  assert.deepEqual(it.rang, ['late']);
});

test('the last time set counts, earlier or later', async () => {
  const it = sleeper();
  using alarm = new Alarm(it);
  alarm.set(60_000, 'far');
  alarm.set(5, 'near');
  while (it.rang.length === 0) await sleep(1);
  alarm.set(5, 'no');
  alarm.set(60_000, 'far');
  await sleep(30);
  assert.deepEqual(it.rang, ['near']);
});

test('what is cleared or disposed does not ring', async () => {
  const it = sleeper();
  using cleared = new Alarm(it);
  const disposed = new Alarm(it);
  cleared.set(5, 'cleared');
  disposed.set(5, 'disposed');
  cleared.clear();
  disposed[Symbol.dispose]();
  disposed.set(5, 'set again');
  await sleep(30);
  assert.deepEqual(it.rang, []);
});

test('many alarms ring in turn, and may set and dispose each other', async () => {
  const rang: number[] = [];
  const alarms = Array.from({ length: 50 }, (_, n) => {
    const alarm: Alarm = new Alarm({
      alarm: () => {
        rang.push(n);
        if (n === 0) alarms[49]?.[Symbol.dispose]();
        if (n < 49 && rang.length < 60) alarm.set(1, 'again');
      },
    });
    alarm.set(1 + n, 'first');
    return alarm;
  });
  while (rang.length < 60) await sleep(1);
  await sleep(60);
  assert.ok(!rang.includes(49));
  for (let n = 0; n < 49; n++) assert.ok(rang.includes(n), `alarm ${n} rang`);
  for (const alarm of alarms) alarm[Symbol.dispose]();
});
