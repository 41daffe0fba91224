import type { Tally } from '../base/tally.ts';

/** What a process counts together with others that serve the same store, so that a limit holds for all of them. */
export interface SharedLimits {
  /** IMAP connections by account id. */
  readonly byAccount: Tally;
  /** Connections by network address; those of LMTP have names of their own. */
  readonly byAddress: Tally;
  /** All connections of `imap` and of `lmtp`. */
  readonly byService: Tally;
  /** Networks that a login failed from. */
  readonly failedLogins: {
    publish(network: string): void;
    /** Calls back for those of the others. */
    listen(listener: (network: string) => void): void;
  };
}
