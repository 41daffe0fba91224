import { assert } from '../../base/assert.ts';
import type { FlagEdit } from '../../model/flag.ts';
import { asModSeq, asUid, type MailboxId, type ModSeq, type Uid } from '../../model/ids.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Appended, Copied, Flagged, NewMessage } from '../store.ts';
import type { EntryRow } from './columns.ts';
import { deletedBit, seenBit } from './flag-sets.ts';
import type { MailboxRow } from './mailbox-state.ts';
import { Staged } from './staged.ts';
import { assignThread } from './threads.ts';
import { counted, type MailTransaction, uidAfter } from './transaction.ts';

/** Entries read at a time: about a millisecond of work. */
const pageRows = 500;

type Sliced<T> = Generator<undefined, T, undefined>;

export interface Append {
  readonly id: MailboxId;
  readonly messages: readonly NewMessage[];
  /** Filled with the numbers that the staged messages have from now on. */
  readonly placed: Map<Staged, number>;
}

/** Puts staged messages into a mailbox. */
export function* append(tx: MailTransaction, { id, messages, placed }: Append): Sliced<Appended> {
  const { flagSets } = tx.host;
  let row = tx.selectable(id);
  if (messages.length === 0)
    return { modSeq: tx.modSeq, uidValidity: row.mailbox.uidValidity, uids: [] };
  const saved = Math.floor(tx.host.now() / 1000);
  const modSeq = tx.tick();
  const first = row.mailbox.uidNext;
  const uidNext = uidAfter(row.mailbox, messages.length);
  const added: EntryRow[] = [];
  placed.clear();
  for (const [index, { staged, flags, internalDate }] of messages.entries()) {
    assert(staged instanceof Staged, 'a message is appended to the account that staged it');
    const message = placed.get(staged) ?? place(tx, staged);
    placed.set(staged, message);
    const number = flagSets.intern(flags);
    const { epochSeconds, zoneMinutes } = internalDate;
    const entry: EntryRow = [
      first + index,
      number,
      modSeq,
      message,
      staged.size,
      epochSeconds,
      zoneMinutes,
      saved,
    ];
    tx.statements.addEntry.run(row.key, ...entry);
    added.push(entry);
    if (number >= 32) row = tx.withKeywords(row, [number]);
    if (index % 8 === 7) yield* tx.breathe();
  }
  tx.put(row, { ...counted(row.mailbox, added, 1), uidNext, highestModSeq: modSeq });
  tx.event({ key: row.key, added, changed: [], expunged: [] });
  return { modSeq, uidValidity: row.mailbox.uidValidity, uids: added.map(([uid]) => asUid(uid)) };
}

/** Makes a staged message a stored one; its number. */
function place(tx: MailTransaction, staged: Staged): number {
  const { statements } = tx;
  if (staged.message !== undefined) return staged.message;
  const { body, facts } = staged;
  const message = body.kind === 'rows' ? body.message : tx.takeMessage();
  if (body.kind === 'rows') {
    if (statements.hasMessage.get(message) !== undefined) return message;
    statements.removeStaging.run(message);
  } else {
    statements.addBody.run(message * 65_536, body.chunk.codec, body.chunk.data);
  }
  const thread = assignThread(statements, staged.threadKeys, message);
  const { emailId, size, preview, headers } = facts;
  statements.addMessage.run(
    message,
    emailId,
    thread,
    size,
    staged.digest,
    preview,
    staged.envelope,
    staged.bodyStructure,
    staged.structure,
    headers,
  );
  return message;
}

export interface FlagChange {
  readonly id: MailboxId;
  readonly uids: NumberSet<Uid>;
  readonly edit: FlagEdit;
  readonly unchangedSince: ModSeq | undefined;
}

/** Changes flags; all messages that change get one mod-sequence, the others keep theirs. */
export function* flag(tx: MailTransaction, change: FlagChange): Sliced<Flagged> {
  let row = tx.selectable(change.id);
  const edited = tx.host.flagSets.editor(change.edit);
  const limit = change.unchangedSince ?? Number.MAX_SAFE_INTEGER;
  const modified: Uid[] = [];
  const changed: [number, number][] = [];
  let { unseen, deleted } = row.mailbox;
  for (const { rows, from, to } of pages(tx, row, change.uids)) {
    const transitions = new Map<number, number>();
    for (const [uid, flags, at] of rows) {
      if (at > limit) {
        modified.push(asUid(uid));
        continue;
      }
      const now = edited(flags);
      if (now === flags) continue;
      transitions.set(flags, now);
      changed.push([uid, now]);
      unseen += Number((now & seenBit) === 0) - Number((flags & seenBit) === 0);
      deleted += Number((now & deletedBit) !== 0) - Number((flags & deletedBit) !== 0);
    }
    if (transitions.size > 0) {
      const modSeq = tx.tick(!tx.host.relaxed);
      row = tx.withKeywords(row, transitions.values());
      // What this write has touched already has its mod-sequence and is passed over, so A to B and B to C do not chain.
      const bound = Math.min(limit, modSeq - 1);
      for (const [before, now] of transitions)
        tx.statements.setFlags.run(now, modSeq, row.key, from, to, before, bound);
    }
    yield* tx.breathe();
  }
  if (changed.length > 0) {
    tx.put(row, { unseen, deleted, highestModSeq: tx.tick(!tx.host.relaxed) });
    tx.event({ key: row.key, added: [], changed, expunged: [] });
  }
  return {
    modSeq: tx.modSeq,
    changed: NumberSet.of(changed.map(([uid]) => asUid(uid))),
    modified: NumberSet.of(modified),
  };
}

/** Removes the messages among these that have \Deleted. */
export function* expunge(
  tx: MailTransaction,
  id: MailboxId,
  uids: NumberSet<Uid>,
): Sliced<NumberSet<Uid>> {
  const row = tx.selectable(id);
  const gone: EntryRow[] = [];
  if (row.mailbox.deleted === 0) return NumberSet.empty;
  for (const { rows, from, to } of pages(tx, row, uids, 'deletedPage')) {
    const modSeq = tx.tick();
    tx.statements.logDeleted.run(modSeq, tx.host.now(), row.key, from, to);
    tx.statements.removeDeleted.run(row.key, from, to);
    for (const entry of rows) gone.push(entry);
    if (gone.length === row.mailbox.deleted) break;
    yield* tx.breathe();
  }
  if (gone.length > 0) {
    tx.put(row, { ...counted(row.mailbox, gone, -1), highestModSeq: tx.tick() });
    tx.event({ key: row.key, added: [], changed: [], expunged: gone });
  }
  return NumberSet.of(gone.map(([uid]) => asUid(uid)));
}

export interface Copy {
  readonly from: MailboxId;
  readonly to: MailboxId;
  readonly uids: NumberSet<Uid>;
  readonly remove: boolean;
}

/** Copies messages, and with `remove` takes them from where they were: one write for both. */
export function* copy(tx: MailTransaction, { from, to, uids, remove }: Copy): Sliced<Copied> {
  const source = tx.selectable(from);
  let target = tx.selectable(to);
  const saved = Math.floor(tx.host.now() / 1000);
  const taken: EntryRow[] = [];
  const added: EntryRow[] = [];
  for (const page of pages(tx, source, uids)) {
    const modSeq = tx.tick();
    const next = target.mailbox.uidNext + added.length;
    uidAfter(target.mailbox, added.length + page.rows.length);
    tx.statements.copyRange.run(
      target.key,
      next - 1,
      modSeq,
      saved,
      source.key,
      page.from,
      page.to,
    );
    for (const [index, entry] of page.rows.entries()) {
      const [, flags, , message, size, date, zone] = entry;
      taken.push(entry);
      added.push([next + index, flags, modSeq, message, size, date, zone, saved]);
    }
    if (remove) {
      tx.statements.logRange.run(modSeq, tx.host.now(), source.key, page.from, page.to);
      tx.statements.removeRange.run(source.key, page.from, page.to);
    }
    yield* tx.breathe();
  }
  const result = { from: taken.map(([uid]) => asUid(uid)), to: added.map(([uid]) => asUid(uid)) };
  const uidValidity = target.mailbox.uidValidity;
  if (added.length === 0) return { modSeq: tx.modSeq, uidValidity, ...result };
  const modSeq = tx.tick();
  target = tx.withKeywords(target, new Set(added.map(([, flags]) => flags)));
  target = tx.put(target, {
    ...counted(target.mailbox, added, 1),
    uidNext: uidAfter(target.mailbox, added.length),
    highestModSeq: modSeq,
  });
  const same = source.key === target.key;
  if (remove) {
    const left = same ? target : source;
    tx.put(left, { ...counted(left.mailbox, taken, -1), highestModSeq: modSeq });
    if (!same) tx.event({ key: source.key, added: [], changed: [], expunged: taken });
  }
  tx.event({ key: target.key, added, changed: [], expunged: remove && same ? taken : [] });
  return { modSeq: asModSeq(modSeq), uidValidity, ...result };
}

interface Page {
  readonly rows: readonly EntryRow[];
  /** The page's first and last UID. */
  readonly from: number;
  readonly to: number;
}

/** The entries of these UIDs that are there when the write begins, a page at a time. */
function* pages(
  tx: MailTransaction,
  row: MailboxRow,
  ...[uids, statement = 'page']: [uids: NumberSet<Uid>, statement?: 'page' | 'deletedPage']
): Generator<Page, void, undefined> {
  const end = row.mailbox.uidNext - 1;
  for (const { first, last } of uids.ranges) {
    if (first > end) return;
    let from: number = first;
    for (;;) {
      const rows = tx.statements[statement].all(
        row.key,
        from,
        Math.min(last, end),
        pageRows,
      ) as unknown as EntryRow[];
      const top = rows.at(-1);
      if (rows.length > 0 && top !== undefined) yield { rows, from: rows[0]![0], to: top[0] };
      if (rows.length < pageRows || top === undefined) break;
      from = top[0] + 1;
    }
  }
}
