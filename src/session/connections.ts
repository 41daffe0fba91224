import type { AccountId } from '../model/ids.ts';

/** Counts the connections of each account, so that one account cannot take them all. */
export class AccountConnections {
  readonly #max: number;
  readonly #counts = new Map<AccountId, number>();

  constructor(connectionsPerAccountMax: number) {
    this.#max = connectionsPerAccountMax;
  }

  /** A place for one more connection of this account until it is disposed, or undefined when all are taken. */
  enter(account: AccountId): Disposable | undefined {
    const count = this.#counts.get(account) ?? 0;
    if (count >= this.#max) return undefined;
    this.#counts.set(account, count + 1);
    return new Place(this.#counts, account);
  }
}

class Place implements Disposable {
  #counts: Map<AccountId, number> | undefined;
  readonly #account: AccountId;

  constructor(counts: Map<AccountId, number>, account: AccountId) {
    this.#counts = counts;
    this.#account = account;
  }

  [Symbol.dispose](): void {
    const counts = this.#counts;
    if (counts === undefined) return;
    this.#counts = undefined;
    const left = (counts.get(this.#account) ?? 1) - 1;
    if (left > 0) counts.set(this.#account, left);
    else counts.delete(this.#account);
  }
}
