import type { AccountRecord } from '../model/account.ts';
import { rightsOfOther } from '../model/acl.ts';
import type { AccountId } from '../model/ids.ts';
import type { SharingDirectory } from '../store/directory.ts';
import type { Account, Store } from '../store/store.ts';
import { sharedName } from './namespaces.ts';
import type { Realm } from './place.ts';

/** What every realm of somebody else has, open or not. */
type Outside = Pick<Realm, 'kind' | 'prefix' | 'rights'>;

/** An account that shares something with the user, as long as nobody needs it open. */
export interface Sharer extends Outside {
  readonly id: AccountId;
  /** Those that others than its owner may see, by their names there. */
  readonly mailboxes: () => ReturnType<SharingDirectory['mailboxes']>;
  /** Undefined when the account was removed a moment ago. */
  readonly open: () => Promise<Realm | undefined>;
}

export interface Opening {
  readonly record: AccountRecord;
  readonly user: AccountId;
  readonly signal: AbortSignal;
}

export function outside({ record, user }: Omit<Opening, 'signal'>): Outside {
  return {
    kind: record.shared === true ? 'shared' : 'other',
    prefix: sharedName(record),
    rights: (mailbox) => rightsOfOther(mailbox?.acl, user),
  };
}

/** Undefined when the account was removed a moment ago, or its store knows no sharing. */
export async function openRealm(store: Store, opening: Opening): Promise<Realm | undefined> {
  const { record, user, signal } = opening;
  let account: Account;
  try {
    account = await store.open(record.id, { signal });
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'account-not-found';
    if (isGone) return undefined;
    throw error;
  }
  const guest = account.as?.(user);
  if (guest !== undefined) return { ...outside(opening), account: guest };
  await account[Symbol.asyncDispose]();
  return undefined;
}
