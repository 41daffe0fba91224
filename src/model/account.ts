import type { AccountId } from './ids.ts';
import type { CapabilitySwitches } from './offer.ts';

/** One account as the directory knows it. */
export interface AccountRecord {
  readonly id: AccountId;
  /** The address it logs in with. */
  readonly address: string;
  /** Further addresses whose mail it receives. */
  readonly aliases: readonly string[];
  readonly createdAt: Date;
  /** Where the account differs from what is switched for everybody. */
  readonly capabilities?: CapabilitySwitches;
  /** Nobody logs in: it is there for those whom its mailboxes are shared with. */
  readonly shared?: true;
  /** May do for others what concerns the operator, such as SETQUOTA. */
  readonly administrator?: boolean;
}

export interface Credentials {
  readonly account: AccountRecord;
  /** As `auth/password.ts` writes it; nobody else reads it. */
  readonly passwordHash: string;
}
