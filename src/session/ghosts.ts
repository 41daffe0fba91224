import type { Uid } from '../model/ids.ts';
import type { NumberSet } from '../model/number-set.ts';
import type { Entry } from '../store/change.ts';

/**
 * Messages that are gone but still numbered for a client, ordered by UID. Adding is cheap, since many may
 * go one by one while the client is silent; the order is made when somebody asks.
 */
export class Ghosts {
  #entries: Entry[] = [];
  #sorted = true;

  get count(): number {
    return this.#entries.length;
  }

  get last(): Entry | undefined {
    return this.#ordered().at(-1);
  }

  /** Ascending. */
  uids(): Uid[] {
    return this.#ordered().map(({ uid }) => uid);
  }

  add(entry: Entry): void {
    const previous = this.#entries.at(-1);
    if (previous !== undefined && previous.uid > entry.uid) this.#sorted = false;
    this.#entries.push(entry);
  }

  at(index: number): Entry {
    return this.#ordered()[index]!;
  }

  /** The index of the first ghost whose UID is not below this one; `count` when there is none. */
  from(uid: number): number {
    const entries = this.#ordered();
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (entries[middle]!.uid < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether any of these messages is among them. */
  meets(uids: NumberSet<Uid>): boolean {
    return uids.ranges.some(({ first, last }) => this.from(first) < this.from(last + 1));
  }

  has(uid: number): boolean {
    return this.#ordered()[this.from(uid)]?.uid === uid;
  }

  /** All of them, ascending; none is left. */
  take(): readonly Entry[] {
    const entries = this.#ordered();
    this.#entries = [];
    return entries;
  }

  #ordered(): Entry[] {
    if (!this.#sorted) {
      this.#entries.sort((a, b) => a.uid - b.uid);
      this.#sorted = true;
    }
    return this.#entries;
  }
}
