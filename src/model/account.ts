import type { AccountId } from './ids.ts';

/** One account as the directory knows it. */
export interface AccountRecord {
  readonly id: AccountId;
  /** The address it logs in with. */
  readonly address: string;
  /** Further addresses whose mail it receives. */
  readonly aliases: readonly string[];
  readonly createdAt: Date;
}

export interface Credentials {
  readonly account: AccountRecord;
  /** As `auth/password.ts` writes it; nobody else reads it. */
  readonly passwordHash: string;
}
