import type { FlagSet } from '../../model/flag.ts';
import type { DateTime } from '../../model/date-time.ts';
import type { MessageRef, ModSeq, Uid } from '../../model/ids.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { SearchSource } from '../../search/source.ts';
import type { Entry } from '../../store/change.ts';
import type { Abortable, Account, MessageContent, MessageFacts } from '../../store/store.ts';
import type { Selected } from '../selected.ts';

/**
 * The selected mailbox for a search: its numbering as it is now, which stays right as long as nothing is
 * announced. Messages that go meanwhile are found as they were last.
 */
export class SelectedSource implements SearchSource {
  readonly count: number;
  readonly #selected: Selected;
  readonly #account: Account;
  /** Four bytes a message: the UID at each position. */
  readonly #uids: Uint32Array;

  constructor(selected: Selected, account: Account) {
    this.#selected = selected;
    this.#account = account;
    this.count = selected.count;
    this.#uids = new Uint32Array(this.count);
    let position = 0;
    for (const part of selected.runs(selected.all, this.count)) {
      if ('count' in part)
        for (let row = part.row; row < part.row + part.count; row++)
          this.#uids[position++] = selected.view.uid(row);
      else this.#uids[position++] = part.uid;
    }
  }

  uid(position: number): Uid {
    return this.#uids[position] as Uid;
  }

  flags(position: number): FlagSet {
    const row = this.#row(position);
    return row < 0 ? this.#ghost(position).flags : this.#selected.view.flags(row);
  }

  modSeq(position: number): ModSeq {
    const row = this.#row(position);
    return row < 0 ? this.#ghost(position).modSeq : this.#selected.view.modSeq(row);
  }

  message(position: number): MessageRef {
    const row = this.#row(position);
    return row < 0 ? this.#ghost(position).message : this.#selected.view.message(row);
  }

  size(position: number): number {
    const row = this.#row(position);
    return row < 0 ? this.#ghost(position).size : this.#selected.view.size(row);
  }

  internalDate(position: number): DateTime {
    const row = this.#row(position);
    return row < 0 ? this.#ghost(position).internalDate : this.#selected.view.internalDate(row);
  }

  saveDate(position: number): DateTime {
    const row = this.#row(position);
    return row < 0 ? this.#ghost(position).saveDate : this.#selected.view.saveDate(row);
  }

  recent(position: number): boolean {
    return this.#selected.isRecent(this.uid(position));
  }

  facts(
    messages: readonly MessageRef[],
    options?: Abortable,
  ): Promise<readonly (MessageFacts | undefined)[]> {
    return this.#account.facts(messages, options);
  }

  content(message: MessageRef, options?: Abortable): Promise<MessageContent> {
    return this.#account.content(message, options);
  }

  /** The row of a position: the same number as long as nothing went, otherwise looked for; -1 for a ghost. */
  #row(position: number): number {
    const { view, removed } = this.#selected;
    if (removed) return -1;
    const uid = this.uid(position);
    return position < view.count && view.uid(position) === uid ? position : view.row(uid);
  }

  #ghost(position: number): Entry {
    const uid = this.uid(position);
    for (const message of this.#selected.messages(NumberSet.of([uid]))) {
      return this.#selected.entry(message);
    }
    throw new Error('broken promise: a numbered message is a row or a ghost');
  }
}
