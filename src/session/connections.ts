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
    let taken = true;
    return {
      [Symbol.dispose]: () => {
        if (!taken) return;
        taken = false;
        const left = (this.#counts.get(account) ?? 1) - 1;
        if (left > 0) this.#counts.set(account, left);
        else this.#counts.delete(account);
      },
    };
  }
}
