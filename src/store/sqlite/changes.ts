import { setImmediate as nextTurn } from 'node:timers/promises';
import { asModSeq, asUid, type MailboxId, type ModSeq, type Uid } from '../../model/ids.ts';
import { type EntryName, foldedEntry, isPrivate } from '../../model/metadata.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Change } from '../change.ts';
import type { Abortable, ChangesOptions } from '../store.ts';
import { entryColumns, type EntryRow } from './columns.ts';
import { storeError } from './database.ts';
import type { Reader } from './reader.ts';
import { prepare, type Statement } from './statement.ts';
import type { FlagSets } from './flag-sets.ts';
import { readRecord } from './log.ts';
import type { MailboxState } from './mailbox-state.ts';
import { OldChanges, type Touched } from './old-changes.ts';
import { marked } from './overlay.ts';
import { toEntry } from './shared-view.ts';
import type { LogRow, Unfolded } from './unfolded.ts';

/** Rows read at a time. */
const pageRows = 500;

interface FeedHost {
  readonly reader: Reader;
  readonly state: MailboxState;
  readonly unfolded: Unfolded;
  readonly flagSets: FlagSets;
}

/** `changes(since)`: reads what is published, through the reading connection. */
export class ChangeFeed {
  readonly #host: FeedHost;
  readonly #old: OldChanges;
  readonly #statements: Record<
    'log' | 'entry' | 'metadata' | 'metadataPage' | 'removed' | 'vanishedOf' | 'floor',
    Statement
  >;

  constructor(host: FeedHost) {
    const { reader } = host;
    this.#host = host;
    this.#old = new OldChanges(reader);
    this.#statements = {
      log: prepare(
        reader,
        `SELECT modseq, record FROM log WHERE modseq > ? AND modseq <= ? ORDER BY modseq LIMIT ${pageRows}`,
      ).raw(),
      entry: prepare(
        reader,
        `SELECT ${entryColumns} FROM entry WHERE mailbox = ? AND uid = ?`,
      ).raw(),
      metadata: prepare(
        reader,
        'SELECT modseq FROM metadata WHERE mailbox = ? AND user = ? AND folded = ?',
      ).pluck(),
      metadataPage: prepare(
        reader,
        `SELECT mailbox, user, folded, name, modseq FROM metadata WHERE (mailbox, user, folded) > (?, ?, ?) ORDER BY mailbox, user, folded LIMIT ${pageRows}`,
      ).raw(),
      removed: prepare(
        reader,
        'SELECT object_id, removed_modseq FROM mailbox WHERE removed_modseq > ? AND removed_modseq <= ? ORDER BY removed_modseq',
      ).raw(),
      vanishedOf: prepare(
        reader,
        `SELECT modseq, uid FROM vanished WHERE mailbox = ? AND (modseq, uid) > (?, ?) AND modseq <= ? ORDER BY modseq, uid LIMIT ${pageRows * 8}`,
      ).raw(),
      floor: prepare(reader, 'SELECT vanished_floor FROM account').pluck(),
    };
  }

  /** What was written, by the log, with what happened to mailboxes put between by mod-sequence. */
  async *changes(
    since: ModSeq,
    options: ChangesOptions & {
      /** Whose private metadata is told of, where he is not the owner, else empty. */
      readonly who: string;
    },
  ): AsyncGenerator<Change, void, undefined> {
    await this.#host.reader.ready();
    const upTo = this.#host.state.modSeq;
    const all = options.only === undefined;
    const mailboxes = all ? this.#mailboxes(since, upTo) : [];
    const isAsked = ({ mailbox, kind }: Change): boolean =>
      (options.mailbox === undefined || mailbox === options.mailbox) &&
      (all || kind === options.only);
    let next = 0;
    try {
      for await (const touched of this.#touched(since, { upTo, all })) {
        options.signal?.throwIfAborted();
        for (; next < mailboxes.length && mailboxes[next]!.modSeq <= touched.modSeq; next++)
          if (isAsked(mailboxes[next]!)) yield mailboxes[next]!;
        const seen = 'user' in touched ? seenBy(touched, options.who) : touched;
        for (const change of this.#tell(seen)) if (isAsked(change)) yield change;
      }
    } catch (error) {
      throw storeError(error);
    }
    for (const change of mailboxes.slice(next)) if (isAsked(change)) yield change;
  }

  /** What was written to, in the order of mod-sequences, from both before and after the log was cut; metadata alone unless it is `all`. */
  async *#touched(
    since: ModSeq,
    { upTo, all }: { readonly upTo: ModSeq; readonly all: boolean },
  ): AsyncGenerator<Touched | Noted, void, undefined> {
    let position: number = since;
    while (position < upTo) {
      const rows = this.#statements.log.all(position, upTo) as LogRow[];
      const cut = (rows[0]?.[0] ?? upTo + 1) - 1;
      if (cut > position) {
        // Cut off long ago, or just now.
        const noted = await this.#oldMetadata(position, cut);
        yield* merged(all ? this.#old.read(position, cut) : [], noted);
        position = cut;
        continue;
      }
      for (const [modSeq, text] of rows) yield* touchedBy(modSeq, text, all);
      position = rows.at(-1)![0];
      await nextTurn();
    }
  }

  /** Entries of metadata written before the log was cut; there are some thousands at most. */
  async #oldMetadata(since: number, upTo: number): Promise<readonly Noted[]> {
    const found: Noted[] = [];
    for (let position: readonly [number, string, string] = [-1, '', '']; ;) {
      const rows = this.#statements.metadataPage.all(...position) as MetadataRow[];
      for (const [key, user, folded, name, modSeq] of rows) {
        const entries = [folded === '' ? undefined : name];
        if (modSeq > since && modSeq <= upTo) found.push({ modSeq, key, user, entries });
      }
      if (rows.length < pageRows) return found.sort((a, b) => a.modSeq - b.modSeq);
      position = [rows.at(-1)![0], rows.at(-1)![1], rows.at(-1)![2]];
      await nextTurn();
    }
  }

  /** What a write did that no later one has undone or done again. */
  *#tell(touched: Touched | Noted): Generator<Change, void, undefined> {
    const { state, unfolded, flagSets } = this.#host;
    const { modSeq, key } = touched;
    // Of a removed mailbox only its removal is told.
    const mailbox = state.get(key)?.mailbox.id;
    if ('entries' in touched) {
      if (mailbox !== undefined || key === 0) yield* this.#tellMetadata(touched, mailbox);
      return;
    }
    if (mailbox === undefined) return;
    const { changed, gone } = touched;
    for (const uid of gone)
      yield { kind: 'vanished', mailbox, modSeq: asModSeq(modSeq), uid: asUid(uid) };
    for (const uid of changed) {
      const marks = unfolded.overlay.get(key);
      const later = marks?.get(uid);
      if (later !== undefined && later[3] > modSeq) continue;
      const row = this.#statements.entry.get(key, uid) as EntryRow | undefined;
      if (row === undefined) continue;
      const entry = marked(row, marks);
      if (entry[2] !== modSeq) continue;
      yield {
        kind: 'message',
        mailbox,
        modSeq: asModSeq(modSeq),
        entry: toEntry(entry, flagSets),
      };
    }
  }

  *#tellMetadata(
    { modSeq, key, user, entries }: Noted,
    mailbox: MailboxId | undefined,
  ): Generator<Change, void, undefined> {
    for (const entry of entries) {
      const at =
        entry === undefined ? modSeq : this.#statements.metadata.get(key, user, foldedEntry(entry));
      // One that is not there was removed then, or later once more.
      if (at !== undefined && at !== modSeq) continue;
      yield { kind: 'metadata', mailbox, modSeq: asModSeq(modSeq), entry };
    }
  }

  #mailboxes(since: ModSeq, upTo: ModSeq): Change[] {
    const removed = this.#statements.removed.all(since, upTo) as [MailboxId, ModSeq][];
    const changes: Change[] = removed.map(([mailbox, modSeq]) => ({
      kind: 'mailbox-removed',
      mailbox,
      modSeq,
    }));
    for (const { changed, mailbox } of this.#host.state.rows.values()) {
      if (changed > since)
        changes.push({ kind: 'mailbox', mailbox: mailbox.id, modSeq: asModSeq(changed) });
    }
    return changes.sort((a, b) => a.modSeq - b.modSeq);
  }

  /** UIDs of a mailbox known to have gone after a mod-sequence; undefined when that was forgotten. */
  async vanished(
    key: number,
    since: ModSeq,
    options: Abortable = {},
  ): Promise<NumberSet<Uid> | undefined> {
    const { vanishedOf, floor } = this.#statements;
    try {
      await this.#host.reader.ready();
      if (since < (floor.get() as number)) return undefined;
      const upTo = this.#host.state.modSeq;
      const uids: Uid[] = [];
      let position: readonly [number, number] = [since, Infinity];
      for (;;) {
        options.signal?.throwIfAborted();
        const rows = vanishedOf.all(key, ...position, upTo) as [number, number][];
        for (const [, uid] of rows) uids.push(asUid(uid));
        const last = rows.at(-1);
        if (last === undefined || rows.length < pageRows * 8) return NumberSet.of(uids);
        position = last;
        await nextTurn();
      }
    } catch (error) {
      throw storeError(error);
    }
  }
}

/** Metadata that a write set or removed; an entry is undefined when its name is no longer known. */
interface Noted {
  readonly modSeq: number;
  /** Of a mailbox, or 0 for the account itself. */
  readonly key: number;
  /** Whose private entries they are, where he is not the owner, else empty. */
  readonly user: string;
  readonly entries: readonly (EntryName | undefined)[];
}

type MetadataRow = readonly [
  key: number,
  user: string,
  folded: string,
  name: EntryName,
  modSeq: number,
];

/** What is shared is told to all, what is private to whose it is. */
function seenBy(noted: Noted, who: string): Noted {
  const { user, entries } = noted;
  if (user === who) return noted;
  const isShared = (name: EntryName | undefined): boolean =>
    user === '' && (name === undefined || !isPrivate(name));
  return { ...noted, entries: entries.filter(isShared) };
}

function* touchedBy(
  modSeq: number,
  text: string,
  all: boolean,
): Generator<Touched | Noted, void, undefined> {
  const { mailboxes, noted } = readRecord(text);
  for (const { key, user, entries } of noted) yield { modSeq, key, user, entries };
  if (!all) return;
  for (const { key, uidNext, added, gone, changed } of mailboxes.toSorted(
    (a, b) => a.key - b.key,
  )) {
    const uids = changed.flatMap(([, runs]) => [...runs.values()]).sort((a, b) => a - b);
    for (let uid = uidNext - added; uid < uidNext; uid++) uids.push(uid);
    yield { modSeq, key, changed: uids, gone: [...gone.values()] };
  }
}

/** Both in the order of mod-sequences. */
async function* merged(
  messages: AsyncIterable<Touched> | readonly Touched[],
  noted: readonly Noted[],
): AsyncGenerator<Touched | Noted, void, undefined> {
  let next = 0;
  for await (const touched of messages) {
    for (; next < noted.length && noted[next]!.modSeq <= touched.modSeq; next++) yield noted[next]!;
    yield touched;
  }
  yield* noted.slice(next);
}
