import type { AccountRecord } from '../model/account.ts';

/** Decides who someone is. Implementations take the same time for unknown users as for known ones. */
export interface Authenticator {
  /** The account when user and password fit, else undefined. May wait: failed tries are slowed down. */
  check(attempt: PasswordAttempt): Promise<AccountRecord | undefined>;
}

export interface PasswordAttempt {
  readonly user: string;
  readonly password: string;
  readonly remoteAddress: string;
  readonly signal: AbortSignal;
}
