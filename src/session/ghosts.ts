import type { Uid } from '../model/ids.ts';
import type { NumberSet } from '../model/number-set.ts';
import type { Entry, Gone } from '../store/change.ts';

/** Where a ghost is found among what went together. */
interface Place {
  readonly gone: Gone;
  readonly index: number;
}

/**
 * Messages that are gone but still numbered for a client, ordered by UID. Adding is cheap, since many may
 * go one by one while the client is silent; the order is made when somebody asks.
 */
export class Ghosts {
  #uids: Uid[] = [];
  /** Of each of them. */
  #places: Place[] = [];
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
      this.#places.push({ gone, index });
    }
  }

  uid(index: number): Uid {
    return this.#ordered()[index]!;
  }

  at(index: number): Entry {
    this.#ordered();
    const place = this.#places[index]!;
    return place.gone.entry(place.index);
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
    this.#places = [];
    return uids;
  }

  #ordered(): readonly Uid[] {
    if (this.#sorted) return this.#uids;
    this.#places.sort((a, b) => a.gone.uid(a.index) - b.gone.uid(b.index));
    this.#uids = this.#places.map(({ gone, index }) => gone.uid(index));
    this.#sorted = true;
    return this.#uids;
  }
}
