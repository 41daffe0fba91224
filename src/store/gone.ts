import type { Uid } from '../model/ids.ts';
import type { Entry, Gone } from './change.ts';

/** Messages that are gone and that somebody has as entries. */
class GoneEntries implements Gone {
  readonly #entries: readonly Entry[];

  constructor(entries: readonly Entry[]) {
    this.#entries = entries;
  }

  get count(): number {
    return this.#entries.length;
  }

  uid(index: number): Uid {
    return this.#entries[index]!.uid;
  }

  entry(index: number): Entry {
    return this.#entries[index]!;
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#entries[Symbol.iterator]();
  }
}

/** These messages, ascending, as what is gone. */
export function goneOf(entries: readonly Entry[]): Gone {
  return new GoneEntries(entries);
}

export const nothingGone: Gone = goneOf([]);
