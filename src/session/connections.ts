import { Tally } from '../base/tally.ts';
import type { AccountId } from '../model/ids.ts';

/** Counts the connections of each account, so that one account cannot take them all. */
export class AccountConnections {
  readonly #max: number;
  readonly #counts: Tally;

  /** `counts` where other processes have connections too. */
  constructor(connectionsPerAccountMax: number, counts = new Tally()) {
    this.#max = connectionsPerAccountMax;
    this.#counts = counts;
  }

  /** A place for one more connection of this account until it is disposed, or undefined when all are taken. */
  enter(account: AccountId): Disposable | undefined {
    if (this.#counts.count(account) >= this.#max) return undefined;
    this.#counts.enter(account);
    return new Place(this.#counts, account);
  }
}

class Place implements Disposable {
  #counts: Tally | undefined;
  readonly #account: AccountId;

  constructor(counts: Tally, account: AccountId) {
    this.#counts = counts;
    this.#account = account;
  }

  [Symbol.dispose](): void {
    this.#counts?.leave(this.#account);
    this.#counts = undefined;
  }
}
