import { asUid, type Uid } from '../../model/ids.ts';
import type { Entry, Gone } from '../change.ts';
import type { Columns } from './columns.ts';
import { entryAt } from './entry-at.ts';
import type { FlagSets } from './flag-sets.ts';

/** Messages that are gone, as the rows that they were. */
export class GoneRows implements Gone {
  readonly #columns: Columns;
  readonly #flagSets: FlagSets;

  constructor(columns: Columns, flagSets: FlagSets) {
    this.#columns = columns;
    this.#flagSets = flagSets;
  }

  get count(): number {
    return this.#columns.count;
  }

  uid(index: number): Uid {
    return asUid(this.#columns.uid[index]!);
  }

  entry(index: number): Entry {
    return entryAt(this.#columns, index, this.#flagSets);
  }

  *[Symbol.iterator](): Generator<Entry, void, undefined> {
    for (let index = 0; index < this.count; index++) yield this.entry(index);
  }
}
