import type { MailboxId, ModSeq } from '../../model/ids.ts';
import type { MailboxName } from '../../model/mailbox-name.ts';
import type { Mailbox } from '../store.ts';

/** A mailbox as it is handed out, with what only the engine knows of it. A value: a new one replaces it. */
export interface MailboxRow {
  readonly key: number;
  /** Mod-sequence of its last change of name, subscription or special use. */
  readonly changed: number;
  readonly keywordIds: readonly number[];
  readonly mailbox: Mailbox;
}

/** All mailboxes and subscriptions of an account as of one durable write, for everybody in this process. */
export class MailboxState {
  modSeq: ModSeq;
  /** The clock of the database after our last commit that changed no rows but the log: it may be on its way to the disk. */
  logged: ModSeq;
  readonly rows = new Map<number, MailboxRow>();
  readonly subscriptions = new Set<MailboxName>();
  readonly #byId = new Map<MailboxId, number>();
  readonly #byName = new Map<MailboxName, number>();
  #list: readonly Mailbox[] | undefined;
  #order: readonly number[] | undefined;

  constructor(modSeq: ModSeq) {
    this.modSeq = this.logged = modSeq;
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
    this.#list = undefined;
    if (before?.mailbox.name === mailbox.name) return;
    this.#order = undefined;
    if (before !== undefined && this.#byName.get(before.mailbox.name) === row.key)
      this.#byName.delete(before.mailbox.name);
    this.#byName.set(mailbox.name, row.key);
    this.#byId.set(mailbox.id, row.key);
  }

  remove(key: number): void {
    const row = this.rows.get(key);
    if (row === undefined) return;
    this.rows.delete(key);
    this.#byId.delete(row.mailbox.id);
    if (this.#byName.get(row.mailbox.name) === key) this.#byName.delete(row.mailbox.name);
    this.#list = undefined;
    this.#order = undefined;
  }

  /** Ordered by name; the same array until something changes. */
  list(): readonly Mailbox[] {
    this.#order ??= [...this.rows.values()]
      .sort((a, b) => (a.mailbox.name < b.mailbox.name ? -1 : 1))
      .map(({ key }) => key);
    this.#list ??= this.#order.flatMap((key) => this.rows.get(key)?.mailbox ?? []);
    return this.#list;
  }
}
