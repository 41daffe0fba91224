import { setImmediate as nextTurn } from 'node:timers/promises';
import { asModSeq, asUid, type MailboxId, type ModSeq, type Uid } from '../../model/ids.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Change } from '../change.ts';
import type { Abortable, ChangesOptions } from '../store.ts';
import { entryColumns, type EntryRow } from './columns.ts';
import { type Connection, type Statement, storeError } from './database.ts';
import type { FlagSets } from './flag-sets.ts';
import type { MailboxState } from './mailbox-state.ts';
import { toEntry } from './shared-view.ts';

/** Rows read at a time. */
const pageRows = 1000;

type FeedRow = readonly [mailbox: number, ...entry: EntryRow];

/** Where a page ended: keys of the next one are above it. */
type Position = readonly [modSeq: number, mailbox: number, uid: number];

/** `changes(since)`: reads what is published, through the reading connection. */
export class ChangeFeed {
  readonly #state: MailboxState;
  readonly #flagSets: FlagSets;
  readonly #entries: Statement;
  readonly #vanished: Statement;
  readonly #removed: Statement;
  readonly #vanishedOf: Statement;
  readonly #floor: Statement;

  constructor(reader: Connection, state: MailboxState, flagSets: FlagSets) {
    this.#state = state;
    this.#flagSets = flagSets;
    const feed = (table: string): string =>
      `SELECT mailbox, ${entryColumns} FROM ${table} WHERE (modseq, mailbox, uid) > (?, ?, ?) AND modseq <= ? ORDER BY modseq, mailbox, uid LIMIT ${pageRows}`;
    this.#entries = reader.prepare(feed('entry')).raw();
    this.#vanished = reader.prepare(feed('vanished')).raw();
    this.#removed = reader
      .prepare(
        'SELECT object_id, removed_modseq FROM mailbox WHERE removed_modseq > ? AND removed_modseq <= ? ORDER BY removed_modseq',
      )
      .raw();
    this.#vanishedOf = reader
      .prepare(
        `SELECT modseq, uid FROM vanished WHERE mailbox = ? AND (modseq, uid) > (?, ?) AND modseq <= ? ORDER BY modseq, uid LIMIT ${pageRows * 4}`,
      )
      .raw();
    this.#floor = reader.prepare('SELECT vanished_floor FROM account').pluck();
  }

  /** Merges the feeds of entries, of vanished ones and of mailboxes by mod-sequence. */
  async *changes(
    since: ModSeq,
    options: ChangesOptions = {},
  ): AsyncGenerator<Change, void, undefined> {
    const upTo = this.#state.modSeq;
    const feeds = [
      this.#mailboxes(since, upTo),
      this.#rows(this.#vanished, [since, Infinity, 0], upTo),
      this.#rows(this.#entries, [since, Infinity, 0], upTo),
    ].map((feed) => ({ feed, head: feed.next() }));
    for (let count = 1; ; count++) {
      options.signal?.throwIfAborted();
      let first: { head: IteratorResult<Change, void> } | undefined;
      for (const source of feeds) {
        if (source.head.done === true) continue;
        if (
          first === undefined ||
          first.head.done === true ||
          source.head.value.modSeq < first.head.value.modSeq
        )
          first = source;
      }
      if (first === undefined || first.head.done === true) return;
      const change = first.head.value;
      if (options.mailbox === undefined || change.mailbox === options.mailbox) yield change;
      const source = feeds.find((candidate) => candidate === first);
      if (source !== undefined) source.head = source.feed.next();
      if (count % pageRows === 0) await nextTurn();
    }
  }

  *#rows(statement: Statement, from: Position, upTo: ModSeq): Generator<Change, void, undefined> {
    let position = from;
    for (;;) {
      let rows: FeedRow[];
      try {
        rows = statement.all(...position, upTo) as FeedRow[];
      } catch (error) {
        throw storeError(error);
      }
      for (const [key, ...entry] of rows) {
        // Of a removed mailbox only its removal is told.
        const mailbox = this.#state.get(key)?.mailbox.id;
        if (mailbox === undefined) continue;
        const modSeq = asModSeq(entry[2]);
        if (statement === this.#vanished)
          yield { kind: 'vanished', mailbox, modSeq, uid: asUid(entry[0]) };
        else yield { kind: 'message', mailbox, modSeq, entry: toEntry(entry, this.#flagSets) };
      }
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageRows) return;
      position = [last[3], last[0], last[1]];
    }
  }

  *#mailboxes(since: ModSeq, upTo: ModSeq): Generator<Change, void, undefined> {
    const changes: Change[] = (this.#removed.all(since, upTo) as [MailboxId, ModSeq][]).map(
      ([mailbox, modSeq]) => ({
        kind: 'mailbox-removed',
        mailbox,
        modSeq,
      }),
    );
    for (const { changed, mailbox } of this.#state.rows.values()) {
      if (changed > since)
        changes.push({ kind: 'mailbox', mailbox: mailbox.id, modSeq: asModSeq(changed) });
    }
    yield* changes.sort((a, b) => a.modSeq - b.modSeq);
  }

  /** UIDs of a mailbox logged as gone after a mod-sequence; undefined when the log begins later. */
  async vanished(
    key: number,
    since: ModSeq,
    options: Abortable = {},
  ): Promise<NumberSet<Uid> | undefined> {
    try {
      if (since < (this.#floor.get() as number)) return undefined;
      const upTo = this.#state.modSeq;
      const uids: Uid[] = [];
      let position: readonly [number, number] = [since, Infinity];
      for (;;) {
        options.signal?.throwIfAborted();
        const rows = this.#vanishedOf.all(key, ...position, upTo) as [number, number][];
        for (const [, uid] of rows) uids.push(asUid(uid));
        const last = rows.at(-1);
        if (last === undefined || rows.length < pageRows * 4) return NumberSet.of(uids);
        position = last;
        await nextTurn();
      }
    } catch (error) {
      throw storeError(error);
    }
  }
}
