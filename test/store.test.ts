import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultLimits } from '../src/base/limits.ts';
import { silent } from '../src/base/logger.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { storeContract } from './store-contract/suite.ts';

storeContract({
  name: 'SQLite',
  async open({ limits = {}, clock } = {}) {
    const directory = await mkdtemp(join(tmpdir(), 'restante-store-'));
    const options = {
      directory,
      limits: { ...defaultLimits, ...limits },
      logger: silent,
      ...(clock && { clock }),
    };
    let store = await openSqliteStore(options);
    return {
      get store() {
        return store;
      },
      async reopen() {
        await store[Symbol.asyncDispose]();
        return (store = await openSqliteStore(options));
      },
      async [Symbol.asyncDispose]() {
        await store[Symbol.asyncDispose]();
        await rm(directory, { recursive: true, force: true });
      },
    };
  },
});
