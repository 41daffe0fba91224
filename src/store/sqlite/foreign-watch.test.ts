import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
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
