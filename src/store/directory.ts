import type { AccountRecord, Credentials } from '../model/account.ts';
import type { AccountId } from '../model/ids.ts';
import type { Mailbox } from './store.ts';

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
  /** Makes the account an administrator's, or no longer one. */
  setAdministrator(address: string, administrator: boolean): Promise<void>;
  /** Forgets the account and deletes its mail. */
  remove(address: string): Promise<void>;
  /** Who shares with whom, for a store whose mailboxes can be shared. */
  readonly sharing?: SharingDirectory;
}

/**
 * Which accounts share something with a user, found without opening any. It is told before a list of an account names
 * somebody new, and again behind every change of one: so it may name too many after a crash, and never too few for long.
 */
export interface SharingDirectory {
  /** The account of this id; undefined when it is gone. */
  account(id: AccountId): Promise<AccountRecord | undefined>;
  /** Accounts that may share something with this user, his own not among them, ordered by address. */
  sharedWith(user: AccountId): Promise<readonly AccountRecord[]>;
  /**
   * The mailboxes of an account that others may see, those that have a list, ordered by name; none when it is gone. Asked of
   * every account that shares something whenever somebody lists mailboxes, so it had better not open them.
   */
  mailboxes(owner: AccountId): readonly SharedMailbox[] | Promise<readonly SharedMailbox[]>;
  /** This account shares with these from here on: ids of accounts, and `anyone`. `all`: with nobody else. */
  share(owner: AccountId, grantees: readonly string[], which: 'also' | 'all'): Promise<void>;
  /** Another value whenever `sharedWith` may say something else than before, whichever process made it so; cheap to ask for. */
  readonly version: unknown;
  /** Calls back when `version` may be another one: a hint, which may come late or doubled. Dispose to end it. */
  watch(listener: () => void): Disposable;
}

/** What others may be told of a mailbox without its account. */
export type SharedMailbox = Pick<Mailbox, 'id' | 'name' | 'selectable' | 'acl'>;

export interface NewAccount {
  readonly address: string;
  /** Undefined for an account that nobody logs in to. */
  readonly passwordHash: string | undefined;
  readonly aliases?: readonly string[];
}
