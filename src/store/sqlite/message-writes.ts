import { assert } from '../../base/assert.ts';
import type { FlagEdit } from '../../model/flag.ts';
import { asModSeq, asUid, type MailboxId, type Uid } from '../../model/ids.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Appended, Copied, NewMessage } from '../store.ts';
import { chunksMax } from './chunks.ts';
import type { EntryRow } from './columns.ts';
import { counted, uidAfter } from './counters.ts';
import { deletedBit } from './flag-sets.ts';
import { flagsText } from './flags-text.ts';
import { settle } from './fold.ts';
import type { MailboxRow } from './mailbox-state.ts';
import { runsOf } from './marks.ts';
import { StoreError } from '../store-error.ts';
import { pages } from './pages.ts';
import { Staged } from './staged.ts';
import { assignThread } from './threads.ts';
import type { MailTransaction } from './transaction.ts';

/** Neighbours that one statement removes: less than a millisecond. */
const buryMax = 200;

type Sliced<T> = Generator<undefined, T, undefined>;

/** An event of which only what is said happened. */
const nothing = { added: [], changed: [], settled: false, expunged: [] } as const;

export interface Append {
  readonly id: MailboxId;
  readonly messages: readonly NewMessage[];
  /** Filled with the numbers that the staged messages have from now on. */
  readonly placed: Map<Staged, number>;
  /** What goes in the same step. */
  readonly replaces: { readonly mailbox: MailboxId; readonly uid: Uid } | undefined;
}

/** Puts staged messages into a mailbox. */
export function* append(
  tx: MailTransaction,
  { id, messages, placed, replaces }: Append,
): Sliced<Appended> {
  const { flagSets } = tx.host;
  let row = tx.selectable(id);
  const replaced = replaces && theOne(tx, replaces);
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
    const known = placed.get(staged);
    if (known !== undefined) tx.statements.share.run(known);
    const message = known ?? place(tx, staged);
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
  row = tx.put(row, { ...counted(row.mailbox, added, 1), uidNext, highestModSeq: modSeq });
  if (replaced === undefined) tx.event({ ...nothing, key: row.key, added });
  else yield* replace(tx, { target: row, added, ...replaced });
  return { modSeq, uidValidity: row.mailbox.uidValidity, uids: added.map(([uid]) => asUid(uid)) };
}

/** The entry of one message that has to be there. */
function theOne(
  tx: MailTransaction,
  { mailbox, uid }: { readonly mailbox: MailboxId; readonly uid: Uid },
): { source: MailboxRow; gone: EntryRow } {
  const source = tx.selectable(mailbox);
  for (const { rows } of pages(tx, source, NumberSet.of([uid])))
    if (rows[0] !== undefined) return { source, gone: rows[0] };
  throw new StoreError('message-not-found', `message ${uid} is gone`);
}

interface Replaced {
  readonly target: MailboxRow;
  readonly added: readonly EntryRow[];
  readonly source: MailboxRow;
  readonly gone: EntryRow;
}

/** Takes away what new messages stand for: one event where it was in their mailbox. */
function* replace(tx: MailTransaction, { target, added, source, gone }: Replaced): Sliced<void> {
  const highestModSeq = tx.tick();
  const same = source.key === target.key;
  const left = same ? target : source;
  yield* bury(tx, source.key, [gone]);
  tx.put(left, { ...counted(left.mailbox, [gone], -1), highestModSeq });
  const expunged = [gone[0]];
  tx.event({ ...nothing, key: target.key, added, expunged: same ? expunged : [] });
  if (!same) tx.event({ ...nothing, key: source.key, expunged });
}

/** Makes a staged message a stored one; its number. */
function place(tx: MailTransaction, staged: Staged): number {
  const { statements } = tx;
  const { body, facts } = staged;
  if (staged.message !== undefined) {
    statements.share.run(staged.message);
    return staged.message;
  }
  const file = staged.takeFile();
  const message = body.message ?? tx.takeMessage();
  if (file !== undefined) statements.addFile.run(message, file);
  if (body.message !== undefined) {
    if (statements.hasMessage.get(message) !== undefined) {
      statements.share.run(message);
      return message;
    }
    statements.removeStaging.run(message);
  }
  if (body.last !== undefined) {
    const { codec, data } = body.last;
    statements.addBody.run(message * chunksMax + body.rows, codec, data);
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

/** Removes the messages among these that have \Deleted. */
export function* expunge(
  tx: MailTransaction,
  id: MailboxId,
  uids: NumberSet<Uid>,
): Sliced<NumberSet<Uid>> {
  const row = tx.selectable(id);
  const gone: EntryRow[] = [];
  const expunged: Uid[] = [];
  if (row.mailbox.deleted === 0) return NumberSet.empty;
  for (const { rows } of pages(tx, row, uids)) {
    for (const entry of rows) {
      if ((entry[1] & deletedBit) === 0) continue;
      gone.push(entry);
      expunged.push(asUid(entry[0]));
    }
    if (gone.length === row.mailbox.deleted) break;
    yield* tx.breathe();
  }
  if (gone.length > 0) {
    const modSeq = tx.tick();
    yield* bury(tx, row.key, gone);
    tx.put(row, { ...counted(row.mailbox, gone, -1), highestModSeq: modSeq });
    tx.event({ ...nothing, key: row.key, expunged });
  }
  return NumberSet.of(expunged);
}

/** Moves entries, ascending, to those that are gone, with the flags they have by the log. */
function* bury(tx: MailTransaction, key: number, gone: readonly EntryRow[]): Sliced<void> {
  const now = tx.host.now();
  const isShared = tx.row(key)?.mailbox.acl !== undefined;
  for (let at = 0; at < gone.length;) {
    const from = at;
    const first = gone[at]![0];
    let isMarked = false;
    // Neighbours by UID.
    for (; at < gone.length && at - from < buryMax; at++) {
      const uid = gone[at]![0];
      if (uid - first !== at - from) break;
      isMarked ||= tx.isMarked(key, uid);
    }
    const last = gone[at - 1]![0];
    const rows = [tx.modSeq, now, key, first, last] as const;
    if (isMarked) {
      const flags = flagsText(gone.slice(from, at).map((entry) => entry[1]));
      tx.statements.buryEach.run(flags, first, ...rows);
    } else tx.statements.buryRange.run(...rows);
    tx.statements.removeRange.run(key, first, last);
    if (isShared) tx.statements.forgetSeen.run(key, key, first, last);
    if (tx.isDue) yield* tx.breathe();
  }
}

export interface Copy {
  readonly from: MailboxId;
  readonly to: MailboxId;
  readonly uids: NumberSet<Uid>;
  /** What is done to the flags of the copies. */
  readonly edit?: FlagEdit | undefined;
  readonly remove: boolean;
}

/** Copies messages, and with `remove` takes them from where they were: one write for both. */
export function* copy(tx: MailTransaction, { from, to, uids, edit, remove }: Copy): Sliced<Copied> {
  const source = tx.selectable(from);
  const editor = edit && tx.host.flagSets.editor(edit);
  let target = tx.selectable(to);
  const saved = Math.floor(tx.host.now() / 1000);
  const taken: EntryRow[] = [];
  const added: EntryRow[] = [];
  const given = new Set<number>();
  const result = { from: [] as Uid[], to: [] as Uid[] };
  for (const page of pages(tx, source, uids)) {
    const modSeq = tx.tick();
    const next = target.mailbox.uidNext + added.length;
    uidAfter(target.mailbox, added.length + page.rows.length);
    const unsettled = page.rows.filter(([uid]) => tx.isMarked(source.key, uid));
    yield* settle(tx, source.key, runsOf(unsettled));
    tx.statements.shareRange.run(source.key, page.from, page.to);
    if (editor === undefined) {
      const range = [source.key, page.from, page.to] as const;
      tx.statements.copyRange.run(target.key, next - 1, modSeq, saved, ...range);
    }
    for (const entry of page.rows) {
      const [uid, flags, , message, size, date, zone] = entry;
      const own = editor === undefined ? flags : editor.edited(flags);
      const to = target.mailbox.uidNext + added.length;
      const copied: EntryRow = [to, own, modSeq, message, size, date, zone, saved];
      if (editor !== undefined) tx.statements.addEntry.run(target.key, ...copied);
      taken.push(entry);
      added.push(copied);
      given.add(own);
      result.from.push(asUid(uid));
      result.to.push(asUid(to));
    }
    if (remove) {
      if (source.mailbox.acl !== undefined)
        tx.statements.forgetSeen.run(source.key, source.key, page.from, page.to);
      tx.statements.buryRange.run(modSeq, tx.host.now(), source.key, page.from, page.to);
      tx.statements.removeRange.run(source.key, page.from, page.to);
    }
    yield* tx.breathe();
  }
  const uidValidity = target.mailbox.uidValidity;
  if (added.length === 0) return { modSeq: tx.modSeq, uidValidity, ...result };
  const modSeq = tx.tick();
  target = tx.withKeywords(target, given);
  target = tx.put(target, {
    ...counted(target.mailbox, added, 1),
    uidNext: uidAfter(target.mailbox, added.length),
    highestModSeq: modSeq,
  });
  const same = source.key === target.key;
  if (remove) {
    const left = same ? target : source;
    tx.put(left, { ...counted(left.mailbox, taken, -1), highestModSeq: modSeq });
    if (!same) tx.event({ ...nothing, key: source.key, expunged: result.from });
  }
  const expunged = remove && same ? result.from : [];
  tx.event({ ...nothing, key: target.key, added, expunged });
  return { modSeq: asModSeq(modSeq), uidValidity, ...result };
}
