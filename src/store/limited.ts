import type { Quota, QuotaRule } from '../model/quota.ts';
import type { WriteOptions } from './store.ts';

/** What of an account concerns how much it may have. */
export interface Limited {
  /**
   * What the account has and may have, as of the last durable write. Every write that brings a resource above its limit
   * fails as a whole with `over-quota`, whoever writes at the same time; one that brings nothing, or gives back, does not.
   */
  readonly quota: Quota;
  /** Lays down the account's limits, for every writer of the store from then on; less than there is takes nothing away. */
  setQuota(rule: QuotaRule, options?: WriteOptions): Promise<void>;
}

export interface QuotaOptions {
  /** An operator's own doing, such as an import: no quota stops it, though it counts. */
  readonly beyondQuota?: boolean;
}
