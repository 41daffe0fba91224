import { type Uid } from '../../model/ids.ts';
import type { Entry } from '../change.ts';
import type { Glance, GlanceOptions, Mailbox } from '../store.ts';
import type { EntryRow } from './columns.ts';
import { storeError } from './database.ts';
import type { Reader } from './reader.ts';
import { type FlagSets, seenBit } from './flag-sets.ts';
import { mayTouch, readRecord } from './log.ts';
import type { MailboxRow, MailboxState } from './mailbox-state.ts';
import { flagsIn } from './marks.ts';
import type { RecentMarks } from './recent-marks.ts';
import { toEntry } from './shared-view.ts';
import { prepare, type Statement } from './statement.ts';
import { clockSql } from './statements.ts';
import type { LogRow, Unfolded } from './unfolded.ts';
import type { Views } from './views.ts';

interface GlanceHost {
  readonly reader: Reader;
  readonly state: MailboxState;
  readonly unfolded: Unfolded;
  readonly flagSets: FlagSets;
  readonly views: Views;
  readonly recent: RecentMarks;
}

/** What a view begins with: all but the way to the view itself. */
type Facts = Omit<Glance, 'view'>;

/** All messages below a UID have \Seen; how many they are. */
interface SeenBefore {
  readonly uid: number;
  readonly rows: number;
}

/** Entries looked through for one without \Seen; at most a millisecond where the log has later flags of some. */
const nearRows = 3000;
/** Records of the log read to see whether a place that was kept is still good: about a millisecond. */
const recordsMax = 500;
/** UIDs among which new messages are counted: about a millisecond. */
const recentMax = 20_000;

const begin: SeenBefore = { uid: 1, rows: 0 };

/**
 * What SELECT tells of a mailbox whose columns are not loaded: counters, and the few things that are not counted, each
 * found in about a millisecond or not at all (docs/decisions/0020-select-before-columns.md).
 */
export class Glances {
  readonly #host: GlanceHost;
  readonly #statements: Record<
    'clock' | 'place' | 'log' | 'unseen' | 'page' | 'recent' | 'gone',
    Statement
  >;

  constructor(host: GlanceHost) {
    const { reader } = host;
    this.#host = host;
    this.#statements = {
      clock: prepare(reader, clockSql).pluck(),
      place: prepare(
        reader,
        'SELECT modseq, unseen_uid, seen_rows FROM column_file WHERE mailbox = ?',
      ).raw(),
      log: prepare(
        reader,
        `SELECT modseq, record FROM log WHERE modseq > ? AND modseq <= ? ORDER BY modseq LIMIT ${recordsMax}`,
      ).raw(),
      unseen: prepare(
        reader,
        // It ends at the first one that it finds.
        `SELECT (SELECT count(*) FROM entry WHERE mailbox = ? AND uid BETWEEN ? AND first.uid) FROM (
          SELECT uid FROM (SELECT uid, flags FROM entry WHERE mailbox = ? AND uid >= ? ORDER BY uid LIMIT ${nearRows})
          WHERE flags & ${seenBit} = 0 LIMIT 1) AS first`,
      ).pluck(),
      page: prepare(
        reader,
        'SELECT uid, flags, modseq FROM entry WHERE mailbox = ? AND uid >= ? ORDER BY uid LIMIT ?',
      ).raw(),
      recent: prepare(reader, 'SELECT count(*) FROM entry WHERE mailbox = ? AND uid >= ?').pluck(),
      gone: prepare(
        reader,
        `SELECT uid, flags, ?, message, size, internal_date, zone, saved FROM vanished
          WHERE mailbox = ? AND modseq > ? AND modseq <= ? AND uid < ? ORDER BY uid`,
      ).raw(),
    };
  }

  /** Undefined when the view is there, or when something is not found at once; then nothing has happened. */
  of(row: MailboxRow, { readOnly, numbers }: GlanceOptions): Facts | undefined {
    const { key, mailbox } = row;
    const { views } = this.#host;
    if (!mailbox.selectable || views.columns(key) !== undefined || views.hasFailed(key))
      return undefined;
    const { firstRecentUid, uidNext } = mailbox;
    if (firstRecentUid > 1 && uidNext - firstRecentUid > recentMax) return undefined;
    try {
      const facts = this.#host.reader.atOnce(() => this.#look(row, { readOnly, numbers }));
      if (facts !== undefined && !readOnly) this.#host.recent.take(key);
      return facts;
    } catch (error) {
      throw storeError(error);
    }
  }

  #look({ key, mailbox }: MailboxRow, { readOnly, numbers }: GlanceOptions): Facts | undefined {
    const { state } = this.#host;
    const clock = this.#statements.clock.get();
    // Another process has written what is not published here.
    if (clock !== state.modSeq && clock !== state.logged) return undefined;
    const firstUnseen = numbers ? this.#firstUnseen(key, mailbox) : 0;
    if (firstUnseen === undefined) return undefined;
    const firstRecentUid = readOnly ? mailbox.firstRecentUid : this.#host.recent.first(key);
    const recent = numbers ? this.#recent(key, mailbox, firstRecentUid) : 0;
    return { mailbox, firstUnseen, firstRecentUid, recent, gone: () => this.#gone(key, mailbox) };
  }

  #recent(key: number, { uidNext, messages }: Mailbox, from: Uid): number {
    if (from >= uidNext) return 0;
    return from <= 1 ? messages : (this.#statements.recent.get(key, from) as number);
  }

  #firstUnseen(key: number, mailbox: Mailbox): number | undefined {
    if (mailbox.unseen === 0) return 0;
    const { uid: from, rows } = this.#place(key, mailbox);
    const marks = this.#host.unfolded.overlay.get(key);
    if (marks === undefined || marks.isEmpty) {
      const near = this.#statements.unseen.get(key, from, key, from) as number | undefined;
      return near && rows + near;
    }
    const page = this.#statements.page.all(key, from, nearRows) as [number, number, number][];
    const index = page.findIndex(([uid, flags, modSeq]) => {
      const mark = marks.get(uid);
      const isNewer = mark !== undefined && mark[3] > modSeq;
      return ((isNewer ? flagsIn(mark, uid) : flags) & seenBit) === 0;
    });
    return index < 0 ? undefined : rows + index + 1;
  }

  /** A place that all messages before have \Seen: kept with the column file, as far as what was written since lets it stand. */
  #place(key: number, { highestModSeq }: Mailbox): SeenBefore {
    const kept = this.#statements.place.get(key) as [number, number, number] | undefined;
    if (kept === undefined) return begin;
    const [modSeq, uid, rows] = kept;
    if (highestModSeq <= modSeq) return { uid, rows };
    const records = this.#statements.log.all(modSeq, this.#host.state.modSeq) as LogRow[];
    if (records.length === recordsMax || records[0]?.[0] !== modSeq + 1) return begin;
    let left = rows;
    for (const [, text] of records) {
      if (!mayTouch(text, key)) continue;
      for (const { key: of, gone, changed } of readRecord(text).mailboxes) {
        if (of !== key) continue;
        left -= countBelow(gone.values(), uid);
        for (const [flags, uids] of changed)
          if ((flags & seenBit) === 0 && countBelow(uids.values(), uid) > 0) return begin;
      }
    }
    return { uid, rows: left };
  }

  /** Messages of that moment that are gone now, as they were last. */
  #gone(key: number, { highestModSeq, uidNext }: Mailbox): Entry[] {
    const { state, flagSets } = this.#host;
    const values = [highestModSeq, key, highestModSeq, state.modSeq, uidNext] as const;
    const { reader } = this.#host;
    const rows = reader.atOnce(() => this.#statements.gone.all(...values)) as EntryRow[];
    return rows.map((row) => toEntry(row, flagSets));
  }
}

/** How many of ascending UIDs are below one. */
function countBelow(uids: Iterable<number>, bound: number): number {
  let count = 0;
  for (const uid of uids) {
    if (uid >= bound) break;
    count++;
  }
  return count;
}
