import type { AccountId, ModSeq } from '../model/ids.ts';

/**
 * Tells the processes that have the same account open of each other's writes. All of it is advice: what is lost or
 * comes twice costs time, never truth, which is in the store.
 */
export interface Bus {
  /** Whether no other process serves the store: then only command line tools write besides. */
  readonly alone: boolean;
  /** This process has the account open, until the result is disposed. */
  join(account: AccountId, member: BusMember): BusSeat;
}

export interface BusMember {
  /** Another process has answered its writers up to here: everything up to it may be shown without a further sync. */
  heard(modSeq: ModSeq): void;
}

export interface BusSeat extends Disposable {
  /** This process has answered its writers up to here. */
  publish(modSeq: ModSeq): void;
}
