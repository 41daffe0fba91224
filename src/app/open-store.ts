import type { Limits } from '../base/limits.ts';
import type { Logger } from '../base/logger.ts';
import type { QuotaLimits } from '../model/quota.ts';
import type { Bus } from '../store/bus.ts';
import type { Store } from '../store/store.ts';
import type { StoreAddress } from './address.ts';

export interface OpenStoreOptions {
  readonly limits: Limits;
  /** What every account may have. */
  readonly quota: QuotaLimits;
  readonly logger: Logger;
  readonly sync: 'full' | 'relaxed';
  /** Told of every sync that writers waited for. */
  readonly onSync?: (durationMs: number) => void;
  /** Other processes that serve the same store. */
  readonly bus?: Bus | undefined;
}

/** The store at an address; a SQLite one is made when its directory is empty or missing. */
export async function openStore(address: StoreAddress, options: OpenStoreOptions): Promise<Store> {
  // A process that only starts others, or prints its help, is not to load it.
  const { openSqliteStore } = await import('../store/sqlite/store.ts');
  return await openSqliteStore({ directory: address.directory, ...options });
}
