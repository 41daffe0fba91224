import type { AccountRecord, Credentials } from '../model/account.ts';

/**
 * Who has an account. Addresses are compared by ASCII case folding of the whole address after NFC;
 * every method may reject with StoreError.
 */
export interface Directory {
  /** The account that receives mail for this address or alias, without subaddress. */
  find(address: string): Promise<AccountRecord | undefined>;
  /** What is needed to check a password; only the login address counts, not an alias. */
  credentials(address: string): Promise<Credentials | undefined>;
  list(): Promise<readonly AccountRecord[]>;
  /** Makes the account with INBOX, Drafts, Sent, Junk, Trash, Archive, special uses set, all subscribed. */
  add(account: NewAccount): Promise<AccountRecord>;
  setPassword(address: string, passwordHash: string): Promise<void>;
  /** Switches a capability for this account alone, from its next login on; undefined: as for everybody. */
  switchCapability(address: string, name: string, on: boolean | undefined): Promise<void>;
  /** Forgets the account and deletes its mail. */
  remove(address: string): Promise<void>;
}

export interface NewAccount {
  readonly address: string;
  readonly passwordHash: string;
  readonly aliases?: readonly string[];
}
