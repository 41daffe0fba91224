import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silent } from '../base/logger.ts';
import type { Abortable, Store } from '../store/store.ts';
import { tending } from './tending.ts';

test('the store is asked to tend its accounts, until the server stops', async () => {
  const begun = Promise.withResolvers<AbortSignal | undefined>();
  const store = {
    tend: async ({ signal }: Abortable = {}): Promise<number> => {
      begun.resolve(signal);
      await sleep(60_000, undefined, { ref: false, signal: signal! });
      return 0;
    },
  } as unknown as Store;
  const work = tending(store, { logger: silent, waitMs: 1 });
  // The work holds no process open.
  const alive = setInterval(() => undefined, 1000);
  const signal = await begun.promise;
  clearInterval(alive);
  assert.equal(signal?.aborted, false);
  work[Symbol.dispose]();
  assert.equal(signal?.aborted, true);
});
