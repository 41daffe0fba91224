import type { MailboxId, ModSeq } from '../../model/ids.ts';
import type { MailboxName } from '../../model/mailbox-name.ts';
import { limitsUnder, type Quota, type QuotaLimits, type QuotaUsage } from '../../model/quota.ts';
import type { Mailbox } from '../store.ts';
import { readRule, type RuleText } from './account-quota.ts';
import { Totals } from './totals.ts';

/** A mailbox as it is handed out, with what only the engine knows of it. A value: a new one replaces it. */
export interface MailboxRow {
  readonly key: number;
  /** Mod-sequence of its last change of name, subscription or special use. */
  readonly changed: number;
  readonly keywordIds: readonly number[];
  readonly mailbox: Mailbox;
}

/** Sorting all is quicker than putting so many into their places, as when a name that many are below is changed. */
const placedMax = 32;

/** All mailboxes and subscriptions of an account as of one durable write, for everybody in this process. */
export class MailboxState {
  modSeq: ModSeq;
  /** The clock of the database after our last commit that changed no rows but the log: it may be on its way to the disk. */
  logged: ModSeq;
  readonly rows = new Map<number, MailboxRow>();
  readonly subscriptions = new Set<MailboxName>();
  readonly #byId = new Map<MailboxId, number>();
  readonly #byName = new Map<MailboxName, number>();
  /** What every account may have that has no rule of its own. */
  quotaOfAll: QuotaLimits = {};
  /** What is laid down about this account's quota. */
  #rule: RuleText = null;
  readonly #totals = new Totals();
  #limits: QuotaLimits | undefined;
  #quota: Quota | undefined;
  #list: readonly Mailbox[] | undefined;
  /** Keys, ordered by name, once somebody asked for the list. */
  #order: number[] | undefined;
  /** How many were put into their places since. */
  #placed = 0;

  constructor(modSeq: ModSeq) {
    this.modSeq = this.logged = modSeq;
  }

  /** What all mailboxes hold. */
  get usage(): QuotaUsage {
    return this.#totals.usage;
  }

  get rule(): RuleText {
    return this.#rule;
  }

  set rule(rule: RuleText) {
    if (rule === this.#rule) return;
    this.#rule = rule;
    this.#quota = this.#limits = undefined;
  }

  /** The limits in force. */
  get limits(): QuotaLimits {
    return (this.#limits ??= limitsUnder(readRule(this.#rule), this.quotaOfAll));
  }

  /** The same value until something changes. */
  get quota(): Quota {
    if (this.#quota !== undefined) return this.#quota;
    const { usage, limits } = this;
    return (this.#quota = { usage, limits, rule: readRule(this.#rule) });
  }

  get(key: number): MailboxRow | undefined {
    return this.rows.get(key);
  }

  byId(id: MailboxId): MailboxRow | undefined {
    const key = this.#byId.get(id);
    return key === undefined ? undefined : this.rows.get(key);
  }

  byName(name: MailboxName): MailboxRow | undefined {
    const key = this.#byName.get(name);
    return key === undefined ? undefined : this.rows.get(key);
  }

  put(row: MailboxRow): void {
    const before = this.rows.get(row.key);
    let { mailbox } = row;
    if (before !== undefined && before.mailbox.firstRecentUid > mailbox.firstRecentUid) {
      // Taken while this write was under way; \Recent is not part of any write.
      mailbox = { ...mailbox, firstRecentUid: before.mailbox.firstRecentUid };
    }
    this.rows.set(row.key, mailbox === row.mailbox ? row : { ...row, mailbox });
    if (before !== undefined) this.#totals.add(before.mailbox, -1);
    this.#totals.add(mailbox, 1);
    this.#quota = undefined;
    this.#list = undefined;
    if (before?.mailbox.name === mailbox.name) return;
    if (before !== undefined) this.#takeOut(row.key);
    this.#putIn(mailbox.name, row.key);
    if (before !== undefined && this.#byName.get(before.mailbox.name) === row.key)
      this.#byName.delete(before.mailbox.name);
    this.#byName.set(mailbox.name, row.key);
    this.#byId.set(mailbox.id, row.key);
  }

  remove(key: number): void {
    const row = this.rows.get(key);
    if (row === undefined) return;
    this.rows.delete(key);
    this.#totals.add(row.mailbox, -1);
    this.#quota = undefined;
    this.#byId.delete(row.mailbox.id);
    if (this.#byName.get(row.mailbox.name) === key) this.#byName.delete(row.mailbox.name);
    this.#list = undefined;
    this.#takeOut(key);
  }

  /** Puts a key in its place: sorting tens of thousands anew for each new name would take longer than a turn may. */
  #putIn(name: MailboxName, key: number): void {
    if (++this.#placed > placedMax) this.#order = undefined;
    const order = this.#order;
    if (order === undefined) return;
    let [low, high] = [0, order.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.rows.get(order[middle]!)!.mailbox.name < name) low = middle + 1;
      else high = middle;
    }
    order.splice(low, 0, key);
  }

  #takeOut(key: number): void {
    const at = this.#order?.indexOf(key) ?? -1;
    if (at >= 0) this.#order?.splice(at, 1);
  }

  /** Ordered by name; the same array until something changes. */
  list(): readonly Mailbox[] {
    this.#placed = 0;
    this.#order ??= [...this.rows.values()]
      .sort((a, b) => (a.mailbox.name < b.mailbox.name ? -1 : 1))
      .map(({ key }) => key);
    this.#list ??= this.#order.flatMap((key) => this.rows.get(key)?.mailbox ?? []);
    return this.#list;
  }
}
