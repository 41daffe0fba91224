import { asSequenceNumber, type SequenceNumber, type Uid } from '../model/ids.ts';
import { NumberSet, type Range, type SequenceRange } from '../model/number-set.ts';
import { bad } from '../model/refusal.ts';
import type { Entry } from '../store/change.ts';
import { goneOf } from '../store/gone.ts';
import type { MailboxView } from '../store/store.ts';
import { Ghosts } from './ghosts.ts';

/** A message where this client sees it. `row` is good until the next `await`; a ghost has none (-1). */
export interface Located {
  readonly sequence: SequenceNumber;
  readonly uid: Uid;
  readonly row: number;
  /** The message as it was last, when it is gone and the client was not told yet. */
  readonly ghost: Entry | undefined;
}

/** Messages that follow each other in the view and in this client's numbers: so many from `row` on, good until the next `await`. */
export interface Run {
  /** The number of the first. */
  readonly sequence: SequenceNumber;
  readonly row: number;
  readonly count: number;
}

/**
 * One client's sequence numbers over the shared view. They are never stored: the messages it was told of are
 * the rows below `toldUidNext` and the ghosts, both ordered by UID, so a number is a sum of two positions and
 * costs two binary searches.
 */
export class Numbering {
  readonly #view: MailboxView;
  readonly ghosts = new Ghosts();
  /** Every message below it has been told of by EXISTS. */
  toldUidNext: number;
  /** The mailbox is gone: only ghosts are left. */
  removed = false;
  /** Grows with every change of rows or ghosts: positions found before are no longer good. */
  generation = 0;

  /** What is in the view now counts as told, or what is below a UID. */
  constructor(view: MailboxView, toldUidNext?: number) {
    this.#view = view;
    this.toldUidNext = toldUidNext ?? (view.count === 0 ? 1 : view.uid(view.count - 1) + 1);
  }

  get count(): number {
    return this.rows + this.ghosts.count;
  }

  /** Rows the client knows of. */
  get rows(): number {
    return this.rowFrom(this.toldUidNext);
  }

  /** The mailbox is gone: what the store did not name among the expunged is a ghost too. */
  removeAll(): void {
    const { rows } = this;
    this.ghosts.add(goneOf(Array.from({ length: rows }, (_, row) => this.#view.entry(row))));
    this.removed = true;
  }

  rowFrom(uid: number): number {
    return this.removed ? 0 : this.#view.rowFrom(uid);
  }

  /** The row of a message that is there and that the client knows, or -1. */
  row(uid: Uid): number {
    return this.removed || uid >= this.toldUidNext ? -1 : this.#view.row(uid);
  }

  /** A message that is there and that the client knows. */
  located(uid: Uid): Located | undefined {
    const row = this.row(uid);
    if (row < 0) return undefined;
    const sequence = asSequenceNumber(row + this.ghosts.from(uid) + 1);
    return { sequence, uid, row, ghost: undefined };
  }

  /** How many messages the client knows whose UID is below this one. */
  before(uid: number): number {
    const bound = Math.min(uid, this.toldUidNext);
    return this.rowFrom(bound) + this.ghosts.from(bound);
  }

  /** The largest UID the client knows of, 0 in an empty mailbox: what `*` means among UIDs. */
  get largestUid(): Uid | 0 {
    const rows = this.rows;
    const row = rows === 0 ? 0 : this.#view.uid(rows - 1);
    const ghost = this.ghosts.last ?? 0;
    return row > ghost ? row : ghost;
  }

  /** The number of a message, or undefined when the client does not know of it. */
  sequence(uid: Uid): SequenceNumber | undefined {
    const known = this.row(uid) >= 0 || this.ghosts.has(uid);
    return known ? asSequenceNumber(this.before(uid) + 1) : undefined;
  }

  /** The UID that has this number, from 1 to `count`. */
  uid(sequence: number): Uid {
    const ghosts = this.ghosts;
    // How many ghosts stand at or before this number: ghost i has the number rowFrom(its uid) + i + 1.
    let low = 0;
    let high = ghosts.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const uid = ghosts.uid(middle);
      const number = this.rowFrom(uid) + middle + 1;
      if (number === sequence) return uid;
      if (number < sequence) low = middle + 1;
      else high = middle;
    }
    return this.#view.uid(sequence - 1 - low);
  }

  /** UID ranges of these numbers. Throws Refusal BAD for one above `count`, and for `*` in an empty mailbox. */
  resolve(ranges: readonly SequenceRange[]): NumberSet<Uid> {
    const count = this.count;
    const found: Range<Uid>[] = [];
    for (const { first, last } of ranges) {
      const from = first === '*' ? count : first;
      const to = last === '*' ? count : last;
      if (Math.max(from, to) > count || Math.min(from, to) === 0) {
        throw bad(`there are only ${count} messages`);
      }
      found.push({ first: this.uid(from), last: this.uid(to) });
    }
    return NumberSet.ofRanges(found);
  }

  /** The sequence numbers of those of these messages that the client knows. */
  numbers(uids: NumberSet<Uid>): NumberSet<SequenceNumber> {
    const ranges: Range<SequenceNumber>[] = [];
    for (const { first, last } of uids.ranges) {
      const from = this.before(first) + 1;
      const to = this.before(last + 1);
      if (from <= to) ranges.push({ first: asSequenceNumber(from), last: asSequenceNumber(to) });
    }
    return NumberSet.ofRanges(ranges);
  }

  /**
   * Those of these messages that the client knows, ghosts too, ascending. May be suspended across
   * `await`s: messages that go meanwhile come as ghosts, numbers stay right as long as nothing is announced.
   */
  *messages(uids: NumberSet<Uid>): Generator<Located, void, undefined> {
    for (const { first, last } of uids.ranges) {
      let next: number = first;
      const end = Math.min(last, this.toldUidNext - 1);
      while (next <= end) {
        const generation = this.generation;
        const rows = this.rows;
        let row = this.rowFrom(next);
        let index = this.ghosts.from(next);
        while (generation === this.generation) {
          const uid = row < rows ? this.#view.uid(row) : Infinity;
          const ghost = index < this.ghosts.count ? this.ghosts.uid(index) : Infinity;
          const nearest = Math.min(ghost, uid);
          next = nearest + 1;
          if (nearest > end) break;
          const sequence = asSequenceNumber(row + index + 1);
          if (nearest === uid)
            yield { sequence, uid: nearest as Uid, row: row++, ghost: undefined };
          else yield { sequence, uid: nearest as Uid, row: -1, ghost: this.ghosts.at(index++) };
        }
      }
    }
  }

  /** As `messages`, but those that are there come together, so many at most; ghosts come alone. */
  *runs(uids: NumberSet<Uid>, most: number): Generator<Run | Located, void, undefined> {
    const view = this.#view;
    for (const { first, last } of uids.ranges) {
      const end = Math.min(last, this.toldUidNext - 1);
      for (let next: number = first; next <= end;) {
        const row = this.rowFrom(next);
        const index = this.ghosts.from(next);
        const ghost = index < this.ghosts.count ? this.ghosts.uid(index) : Infinity;
        const bound = Math.min(ghost, end + 1);
        const count = Math.min(this.rowFrom(bound) - row, most);
        const sequence = asSequenceNumber(row + index + 1);
        if (count > 0) {
          next = view.uid(row + count - 1) + 1;
          yield { sequence, row, count };
        } else if (ghost <= end) {
          next = ghost + 1;
          yield { sequence, uid: ghost as Uid, row: -1, ghost: this.ghosts.at(index) };
        } else break;
      }
    }
  }

  /** A message that was found before an `await`, as it is now. Its number stays right as long as nothing is announced. */
  again(message: Located): Located {
    const { row: before, uid } = message;
    if (before < 0) return message;
    const view = this.#view;
    if (!this.removed && before < view.count && view.uid(before) === uid) return message;
    const row = this.row(uid);
    const ghost = row < 0 ? this.ghosts.at(this.ghosts.from(uid)) : undefined;
    return { sequence: message.sequence, uid, row, ghost };
  }
}
