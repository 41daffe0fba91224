import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { silent } from '../../base/logger.ts';
import { ForeignWatch } from './foreign-watch.ts';

test('who was opened for a moment is not watched; who is used is, and is asked what was missed', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const folder = await mkdtemp(join(tmpdir(), 'restante-watch-'));
  let isUsed = false;
  let looks = 0;
  const watch = new ForeignWatch(folder, {
    database: 'mail.db',
    looksMs: [2],
    logger: silent,
    look: () => {
      looks += 1;
      return false;
    },
    onGone: () => assert.fail('the folder is there'),
    isUsed: () => isUsed,
  });
  t.mock.timers.tick(1000);
  assert.equal(looks, 0);
  isUsed = true;
  watch.used();
  watch.used();
  t.mock.timers.tick(100);
  t.mock.timers.tick(2);
  assert.equal(looks, 1);
  watch[Symbol.dispose]();
  watch.used();
  t.mock.timers.tick(1000);
  assert.equal(looks, 1);
  await rm(folder, { recursive: true });
});

/** A watch of a folder with a WAL, and what it did. Time passes by `tick` alone. */
async function watched(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const folder = await mkdtemp(join(tmpdir(), 'restante-watch-'));
  const seen = { looks: 0, isUsed: true };
  const watch = new ForeignWatch(folder, {
    database: 'mail.db',
    looksMs: [2, 40],
    logger: silent,
    look: () => {
      seen.looks += 1;
      return false;
    },
    onGone: () => assert.fail('the folder is there'),
    isUsed: () => seen.isUsed,
  });
  t.after(async () => {
    watch[Symbol.dispose]();
    await rm(folder, { recursive: true });
  });
  /** How often it looks in so long. */
  const looksIn = (...ticks: readonly number[]): number => {
    seen.looks = 0;
    for (const ms of ticks) t.mock.timers.tick(ms);
    return seen.looks;
  };
  /** Somebody writes; the system says so within some turns of the loop. */
  const write = async (): Promise<void> => {
    await writeFile(join(folder, 'mail.db-wal'), 'x');
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  };
  assert.equal(looksIn(100, 2, 40), 2);
  return { watch, seen, looksIn, write };
}

test('a sign is looked after twice, and once where it is most likely our own', async (t) => {
  const { watch, looksIn, write } = await watched(t);
  await write();
  assert.equal(looksIn(2, 40), 2);
  await write();
  watch.wrote();
  assert.equal(looksIn(2, 40), 1);
});

test('nobody waits for signs of what nobody uses any longer, until somebody does again', async (t) => {
  const { watch, seen, looksIn, write } = await watched(t);
  seen.isUsed = false;
  await write();
  assert.equal(looksIn(2, 40), 0);
  seen.isUsed = true;
  await write();
  assert.equal(looksIn(2, 40), 0);
  watch.used();
  assert.equal(looksIn(100, 2, 40), 2);
  await write();
  assert.equal(looksIn(2, 40), 2);
});
