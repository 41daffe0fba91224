import { asUid, type Uid } from '../model/ids.ts';
import { NumberSet } from '../model/number-set.ts';
import type { MailboxView } from '../store/store.ts';
import type { Numbering } from './numbering.ts';

/** The messages that are \Recent in one session (RFC 3501 section 2.3.2). */
export class RecentMessages {
  #uids: NumberSet<Uid> = NumberSet.empty;

  has(uid: Uid): boolean {
    return this.#uids.has(uid);
  }

  /** How many of them the client knows. */
  count(numbering: Numbering): number {
    let count = 0;
    for (const { first, last } of this.#uids.ranges)
      count += numbering.before(last + 1) - numbering.before(first);
    return count;
  }

  /** Marks those of these UIDs, both ends included, that no session has shown yet; a read-only one leaves them to the next. */
  note(
    view: MailboxView,
    { from, to, readOnly }: { from: number; to: number; readOnly: boolean },
  ): void {
    if (to < from) return;
    this.add(Math.max(readOnly ? view.mailbox.firstRecentUid : view.takeRecent(), from), to);
  }

  /** Marks these UIDs, both ends included. */
  add(first: number, last: number): void {
    if (first > last) return;
    const range = { first: asUid(first), last: asUid(last) };
    this.#uids = this.#uids.union(NumberSet.ofRanges([range]));
  }

  forget(uids: NumberSet<Uid>): void {
    this.#uids = this.#uids.subtract(uids);
  }
}
