import { asUid, type Uid } from '../model/ids.ts';
import { NumberSet } from '../model/number-set.ts';
import type { MailboxView } from '../store/store.ts';

/**
 * New messages of a selected mailbox that NOTIFY sends something of (RFC 5465 section 5.2): those that were announced
 * but for those that this client put there itself.
 */
export class FreshMessages {
  #announced: NumberSet<Uid> = NumberSet.empty;
  #own: NumberSet<Uid> = NumberSet.empty;

  /** The last `count` messages of the view are this client's own. */
  addOwn(view: MailboxView, count: number): void {
    if (count === 0) return;
    const first = view.uid(view.count - count);
    const last = view.uid(view.count - 1);
    this.#own = this.#own.union(NumberSet.ofRanges([{ first, last }]));
  }

  /** The client was told of these UIDs, both included. */
  announced(first: number, last: number): void {
    const range = { first: asUid(first), last: asUid(last) };
    this.#announced = this.#announced.union(NumberSet.ofRanges([range]));
  }

  /** What is to be sent, once. */
  take(): NumberSet<Uid> {
    const fresh = this.#announced.subtract(this.#own);
    if (this.#announced.isEmpty) return fresh;
    this.#announced = NumberSet.empty;
    this.#own = NumberSet.empty;
    return fresh;
  }
}
