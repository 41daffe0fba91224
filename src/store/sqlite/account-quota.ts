import {
  limitsUnder,
  quotaResources,
  type QuotaLimits,
  type QuotaRule,
  type QuotaUsage,
} from '../../model/quota.ts';
import type { Mailbox } from '../store.ts';
import { StoreError } from '../store-error.ts';
import type { MailboxState } from './mailbox-state.ts';
import type { Step } from './step.ts';
import { Totals } from './totals.ts';
import type { MailTransaction } from './transaction.ts';

/** The rule of an account as `account.quota` has it: JSON, or null where nothing is laid down. */
export type RuleText = string | null;

export function readRule(text: RuleText): QuotaRule {
  return text === null ? {} : (JSON.parse(text) as QuotaRule);
}

function writeRule(rule: QuotaRule): RuleText {
  const entries = quotaResources.flatMap((resource) => {
    const limit = rule[resource];
    return limit === undefined ? [] : [[resource, limit] as const];
  });
  return entries.length === 0 ? null : JSON.stringify(Object.fromEntries(entries));
}

/** Lays down the account's quota, for the writes behind this one. */
export function setRule(tx: MailTransaction, rule: QuotaRule): void {
  tx.tick();
  const text = writeRule(rule);
  tx.statements.setQuota.run(text);
  tx.quota.laid = text;
}

/** The quota within one transaction: every write of it is entered before it is logged. */
export class AccountQuota {
  readonly #state: MailboxState;
  readonly #steps: readonly Step[];
  #rule: RuleText;
  /** As it was when the job began. */
  #before: RuleText;
  /** Whether the job under way is in the book. */
  #isEntered = false;
  #book: QuotaBook | undefined;
  #isOpen = false;
  /** Whether the quota does not stop the job under way. */
  beyond = false;
  /** What the job under way lays down. */
  laid: RuleText | undefined;

  /** `steps`: those of the transaction so far, as it goes on. */
  constructor(state: MailboxState, rule: RuleText, steps: readonly Step[]) {
    this.#state = state;
    this.#rule = this.#before = rule;
    this.#steps = steps;
  }

  /** Makes known what is laid down. */
  publish(): void {
    this.#state.rule = this.#rule;
  }

  /** A job begins. */
  begin(): void {
    this.#before = this.#rule;
    this.#isEntered = false;
    this.beyond = false;
    this.laid = undefined;
  }

  /** The job under way comes to nothing; it is none of the steps. */
  undo(): void {
    if (!this.#isEntered) return;
    this.#rule = this.#before;
    this.#isOpen = false;
  }

  /** The job under way has written this. Throws `over-quota`, and has counted nothing then. */
  enter(step: Step): void {
    if (!this.#isOpen) this.#open();
    this.#book?.enter(step, { beyond: this.beyond });
    this.#isEntered = true;
    if (this.laid === undefined) return;
    this.#rule = this.laid;
    this.#isOpen = false;
  }

  #open(): void {
    const state = this.#state;
    const isKnown = this.#rule === state.rule;
    const limits = isKnown ? state.limits : limitsUnder(readRule(this.#rule), state.quotaOfAll);
    this.#isOpen = true;
    // An account without a limit costs nothing more.
    this.#book = Object.keys(limits).length === 0 ? undefined : new QuotaBook(limits, state);
    for (const step of this.#steps) this.#book?.enter(step, { beyond: true });
  }
}

/**
 * What an account has and may have within one write transaction, under the lock that keeps other writers out: two of
 * them cannot have the same room.
 */
class QuotaBook {
  readonly #limits: QuotaLimits;
  readonly #state: MailboxState;
  #usage: QuotaUsage;
  /** Mailboxes as they are after what was entered; undefined for those that are gone. */
  readonly #rows = new Map<number, Mailbox | undefined>();

  constructor(limits: QuotaLimits, state: MailboxState) {
    this.#limits = limits;
    this.#state = state;
    this.#usage = state.usage;
  }

  /**
   * Counts what a write did. Throws `over-quota`, and has counted nothing, when it takes more than there is; one that only
   * gives back is let through whatever there is, and so is one that may go `beyond`.
   */
  enter({ puts, removed }: Step, { beyond }: { readonly beyond: boolean }): void {
    const totals = Totals.from(this.#usage);
    for (const key of removed) this.#count(totals, key, undefined);
    for (const [key, { mailbox }] of puts) this.#count(totals, key, mailbox);
    const { usage } = totals;
    if (!beyond) this.#demand(usage);
    this.#usage = usage;
    for (const key of removed) this.#rows.set(key, undefined);
    for (const [key, { mailbox }] of puts) this.#rows.set(key, mailbox);
  }

  #count(totals: Totals, key: number, after: Mailbox | undefined): void {
    const before = this.#rows.has(key) ? this.#rows.get(key) : this.#state.get(key)?.mailbox;
    if (before !== undefined) totals.add(before, -1);
    if (after !== undefined) totals.add(after, 1);
  }

  #demand(after: QuotaUsage): void {
    for (const resource of quotaResources) {
      const limit = this.#limits[resource] ?? Infinity;
      if (after[resource] > limit && after[resource] > this.#usage[resource])
        throw new StoreError('over-quota', `the account may have ${limit} of ${resource}`);
    }
  }
}
