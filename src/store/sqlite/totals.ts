import type { QuotaUsage } from '../../model/quota.ts';
import type { Mailbox } from '../store.ts';

/** What the mailboxes of an account add up to, kept while they change. */
export class Totals {
  #storage = 0;
  #messages = 0;
  #mailboxes = 0;

  static from({ storage, messages, mailboxes }: QuotaUsage): Totals {
    const totals = new Totals();
    totals.#storage = storage;
    totals.#messages = messages;
    totals.#mailboxes = mailboxes;
    return totals;
  }

  get usage(): QuotaUsage {
    return { storage: this.#storage, messages: this.#messages, mailboxes: this.#mailboxes };
  }

  /** A mailbox came (1) or went (-1), with what it holds. */
  add({ size, messages, selectable }: Mailbox, sign: 1 | -1): void {
    this.#storage += sign * size;
    this.#messages += sign * messages;
    if (selectable) this.#mailboxes += sign;
  }
}
