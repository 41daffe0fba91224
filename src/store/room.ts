import { exceeded, type QuotaUsage } from '../model/quota.ts';
import { StoreError } from './store-error.ts';
import type { Account } from './store.ts';

/**
 * Fails with `over-quota` where there is no room for so much more, before anything of it is written. What other processes
 * have given back is looked at before that is said. Who takes the last room at the same time is found out by the write.
 */
export function demandRoom(account: Account, more: Partial<QuotaUsage>): Promise<void> | undefined {
  return exceeded(account.quota, more) === undefined ? undefined : lookAgain(account, more);
}

async function lookAgain(account: Account, more: Partial<QuotaUsage>): Promise<void> {
  await account.refresh?.('all');
  const resource = exceeded(account.quota, more);
  if (resource !== undefined)
    throw new StoreError('over-quota', `the account has no room left in its quota of ${resource}`);
}

/** The bytes of one message, of a size that is not known, for as long as the account has room for them. */
export function withinRoom(
  account: Account,
  content: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const { storage, messages } = account.quota.limits;
  return storage === undefined && messages === undefined ? content : counted(account, content);
}

async function* counted(
  account: Account,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let storage = 0;
  for await (const chunk of content) {
    storage += chunk.length;
    const full = demandRoom(account, { storage, messages: 1 });
    if (full !== undefined) await full;
    yield chunk;
  }
}
