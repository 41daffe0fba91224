import type { Flag } from '../../model/flag.ts';
import type { MailboxId, ModSeq, Uid, UidValidity } from '../../model/ids.ts';
import type { MailboxName } from '../../model/mailbox-name.ts';
import type { Rights } from '../../model/rights.ts';
import type { SpecialUse } from '../../model/special-use.ts';
import type { Mailbox } from '../store.ts';
import { type Connected, prepare, type Statement } from './statement.ts';
import type { FlagSets } from './flag-sets.ts';
import type { MailboxRow } from './mailbox-state.ts';

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
  deletedSize: number,
  recent: Uid,
  acl: string | null,
];

const columns =
  'id, object_id, name, selectable, special_use, uidvalidity, uidnext, highestmodseq, changed, messages, unseen, deleted, size, deleted_size, first_recent_uid, acl';

/** What other tables say of a mailbox. */
interface Beside {
  readonly subscribed: ReadonlySet<MailboxName>;
  readonly keywordIds: readonly number[];
}

/** Reads mailboxes and subscriptions as the database has them: at the opening, and what other processes wrote. */
export class MailboxReader {
  readonly #flagSets: FlagSets;
  readonly #statements: Record<
    'mailboxes' | 'mailbox' | 'keywords' | 'allKeywords' | 'subscriptions',
    Statement
  >;

  constructor(connection: Connected, flagSets: FlagSets) {
    this.#flagSets = flagSets;
    this.#statements = {
      mailboxes: prepare(
        connection,
        `SELECT ${columns} FROM mailbox WHERE name IS NOT NULL AND (highestmodseq > ? OR changed > ?)`,
      ).raw(),
      mailbox: prepare(
        connection,
        `SELECT ${columns} FROM mailbox WHERE id = ? AND name IS NOT NULL`,
      ).raw(),
      keywords: prepare(
        connection,
        'SELECT keyword FROM mailbox_keyword WHERE mailbox = ?',
      ).pluck(),
      allKeywords: prepare(connection, 'SELECT mailbox, keyword FROM mailbox_keyword').raw(),
      subscriptions: prepare(connection, 'SELECT name FROM subscription').pluck(),
    };
  }

  subscriptions(): ReadonlySet<MailboxName> {
    return new Set(this.#statements.subscriptions.all() as MailboxName[]);
  }

  /** All mailboxes. Removed ones are left out. */
  all(subscribed: ReadonlySet<MailboxName>): MailboxRow[] {
    const keywords = new Map<number, number[]>();
    for (const [key, id] of this.#statements.allKeywords.all() as [number, number][]) {
      const ids = keywords.get(key);
      if (ids === undefined) keywords.set(key, [id]);
      else ids.push(id);
    }
    const rows = this.#statements.mailboxes.all(-1, -1) as Raw[];
    return rows.map((raw) =>
      this.#row(raw, { subscribed, keywordIds: keywords.get(raw[0]) ?? [] }),
    );
  }

  /** Those whose rows changed after a mod-sequence. */
  changed(subscribed: ReadonlySet<MailboxName>, since: ModSeq): MailboxRow[] {
    const rows = this.#statements.mailboxes.all(since, since) as Raw[];
    return rows.map((raw) => this.#row(raw, { subscribed, keywordIds: this.#keywords(raw[0]) }));
  }

  /** One mailbox, unless it was removed. */
  mailbox(key: number, subscribed: ReadonlySet<MailboxName>): MailboxRow | undefined {
    const raw = this.#statements.mailbox.get(key) as Raw | undefined;
    return raw && this.#row(raw, { subscribed, keywordIds: this.#keywords(key) });
  }

  #keywords(key: number): number[] {
    return this.#statements.keywords.all(key) as number[];
  }

  #row(raw: Raw, { subscribed, keywordIds }: Beside): MailboxRow {
    const keywords = keywordIds.map((id) => this.#flagSets.keyword(id));
    return {
      key: raw[0],
      changed: raw[8],
      keywordIds,
      mailbox: toMailbox(raw, subscribed.has(raw[2]), keywords),
    };
  }
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
    deletedSize: raw[13],
    firstRecentUid: raw[14],
    keywords,
    acl: raw[15] === null ? undefined : new Map(JSON.parse(raw[15]) as [string, Rights][]),
  };
}
