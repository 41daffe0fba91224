import type { Flag } from '../../model/flag.ts';
import type { MailboxId, ModSeq, Uid, UidValidity } from '../../model/ids.ts';
import type { MailboxName } from '../../model/mailbox-name.ts';
import type { SpecialUse } from '../../model/special-use.ts';
import type { Mailbox } from '../store.ts';
import type { Connection } from './database.ts';
import type { FlagSets } from './flag-sets.ts';

/** A mailbox as it is handed out, with what only the engine knows of it. A value: a new one replaces it. */
export interface MailboxRow {
  readonly key: number;
  /** Mod-sequence of its last change of name, subscription or special use. */
  readonly changed: number;
  readonly keywordIds: readonly number[];
  readonly mailbox: Mailbox;
}

type Raw = readonly [
  key: number,
  id: MailboxId,
  name: MailboxName,
  selectable: number,
  use: SpecialUse | null,
  validity: UidValidity,
  next: Uid,
  highest: ModSeq,
  changed: number,
  messages: number,
  unseen: number,
  deleted: number,
  size: number,
  recent: Uid,
];

const columns =
  'id, object_id, name, selectable, special_use, uidvalidity, uidnext, highestmodseq, changed, messages, unseen, deleted, size, first_recent_uid';

/** All mailboxes and subscriptions of an account as of one durable write, for everybody in this process. */
export class MailboxState {
  modSeq: ModSeq;
  readonly rows = new Map<number, MailboxRow>();
  readonly subscriptions = new Set<MailboxName>();
  readonly #byId = new Map<MailboxId, number>();
  readonly #byName = new Map<MailboxName, number>();
  #list: readonly Mailbox[] | undefined;
  #order: readonly number[] | undefined;

  constructor(modSeq: ModSeq) {
    this.modSeq = modSeq;
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

/** Reads mailboxes: all, or those that changed after a mod-sequence. Removed ones are left out. */
export function readMailboxes(
  connection: Connection,
  flagSets: FlagSets,
  since = -1,
): MailboxRow[] {
  const subscribed = new Set(readSubscriptions(connection));
  const rows = connection
    .prepare(
      `SELECT ${columns} FROM mailbox WHERE name IS NOT NULL AND (highestmodseq > ? OR changed > ?)`,
    )
    .raw()
    .all(since, since) as Raw[];
  const keywords = connection
    .prepare('SELECT keyword FROM mailbox_keyword WHERE mailbox = ?')
    .pluck();
  return rows.map((raw) => {
    const keywordIds = keywords.all(raw[0]) as number[];
    return {
      key: raw[0],
      changed: raw[8],
      keywordIds,
      mailbox: toMailbox(
        raw,
        subscribed.has(raw[2]),
        keywordIds.map((id) => flagSets.keyword(id)),
      ),
    };
  });
}

function toMailbox(raw: Raw, subscribed: boolean, keywords: readonly Flag[]): Mailbox {
  return {
    id: raw[1],
    name: raw[2],
    selectable: raw[3] === 1,
    subscribed,
    specialUse: raw[4] ?? undefined,
    uidValidity: raw[5],
    uidNext: raw[6],
    highestModSeq: raw[7],
    messages: raw[9],
    unseen: raw[10],
    deleted: raw[11],
    size: raw[12],
    firstRecentUid: raw[13],
    keywords,
  };
}

export function readSubscriptions(connection: Connection): MailboxName[] {
  return connection.prepare('SELECT name FROM subscription').pluck().all() as MailboxName[];
}
