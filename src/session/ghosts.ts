import type { Uid } from '../model/ids.ts';
import type { NumberSet } from '../model/number-set.ts';
import type { Entry, Gone } from '../store/change.ts';

/**
 * Messages that are gone but still numbered for a client, ordered by UID. Adding is cheap, since many may
 * go one by one while the client is silent; the order is made when somebody asks.
 */
export class Ghosts {
  #uids: Uid[] = [];
  /** Of each of them what went together with it, and its place there: no object for each, of which there may be a hundred thousand. */
  #gone: Gone[] = [];
  #index: number[] = [];
  #sorted = true;

  get count(): number {
    return this.#uids.length;
  }

  /** The highest UID among them. */
  get last(): Uid | undefined {
    return this.#ordered().at(-1);
  }

  /** Ascending. */
  uids(): readonly Uid[] {
    return this.#ordered();
  }

  /** Adds those whose UID is below a bound. */
  add(gone: Gone, below = Infinity): void {
    const { count } = gone;
    const uids = this.#uids;
    for (let index = 0; index < count; index++) {
      const uid = gone.uid(index);
      if (uid >= below) continue;
      if (uids.length > 0 && uids[uids.length - 1]! > uid) this.#sorted = false;
      uids.push(uid);
      this.#gone.push(gone);
      this.#index.push(index);
    }
  }

  uid(index: number): Uid {
    return this.#ordered()[index]!;
  }

  at(index: number): Entry {
    this.#ordered();
    return this.#gone[index]!.entry(this.#index[index]!);
  }

  /** The index of the first ghost whose UID is not below this one; `count` when there is none. */
  from(uid: number): number {
    const uids = this.#ordered();
    let low = 0;
    let high = uids.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (uids[middle]! < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether any of these messages is among them. */
  meets(uids: NumberSet<Uid>): boolean {
    return uids.ranges.some(({ first, last }) => this.from(first) < this.from(last + 1));
  }

  has(uid: number): boolean {
    return this.#ordered()[this.from(uid)] === uid;
  }

  /** The UIDs of all of them, ascending; none is left. */
  take(): readonly Uid[] {
    const uids = this.#ordered();
    this.#uids = [];
    this.#gone = [];
    this.#index = [];
    return uids;
  }

  #ordered(): readonly Uid[] {
    if (this.#sorted) return this.#uids;
    const [uids, gone, index] = [this.#uids, this.#gone, this.#index];
    const order = Array.from(uids.keys()).sort((a, b) => uids[a]! - uids[b]!);
    this.#uids = order.map((at) => uids[at]!);
    this.#gone = order.map((at) => gone[at]!);
    this.#index = order.map((at) => index[at]!);
    this.#sorted = true;
    return this.#uids;
  }
}
