import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { collectorFlags } from './collector.ts';

const run = promisify(execFile);

/** Has a process keep some objects and throw them away, and tells the MiB of its young generation. */
async function young(flags: readonly string[], begin: string): Promise<number> {
  const script = `
    import { collectAlone } from '${new URL('collector.ts', import.meta.url).href}';
    import { getHeapSpaceStatistics } from 'node:v8';
    import { setImmediate as nextTurn } from 'node:timers/promises';
    ${begin}
    for (let round = 0; round < 60; round++) {
      const kept = [];
      for (let n = 0; n < 20000; n++) kept.push({ n, more: [n] });
      await nextTurn();
    }
    const { space_size } = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    console.log(space_size / 1024 / 1024);`;
  const words = [...flags, '--input-type=module', '--eval', script];
  return Number((await run(process.execPath, words)).stdout);
}

test('the young generation stays small, however a process is started', async () => {
  const [usual, worker, alone] = await Promise.all([
    young([], ''),
    young(collectorFlags, ''),
    young([], 'collectAlone();'),
  ]);
  // On a small machine V8 itself lets it grow to less.
  const expected = Math.min(usual, 16);
  assert.deepEqual([worker, alone], [expected, expected]);
});
