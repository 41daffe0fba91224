import { flagKey, seen, type FlagEdit } from '../../model/flag.ts';
import { asUid, type AccountId, type Uid } from '../../model/ids.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { Appended, Copied, Flagged } from '../store.ts';
import type { SeenRow } from './guests.ts';
import { flag, type FlagChange } from './flag-writes.ts';
import { append, copy, type Append, type Copy } from './message-writes.ts';
import { pages } from './pages.ts';
import type { MailTransaction } from './transaction.ts';

type Sliced<T> = Generator<undefined, T, undefined>;

/** What an edit does to \Seen, which each has for himself, and what is left of it for everybody. */
function parted(edit: FlagEdit): { becomes: boolean | undefined; shared: FlagEdit | undefined } {
  const { mode, keeps } = edit;
  const flags = edit.flags.filter((name) => flagKey(name) !== flagKey(seen));
  const named = flags.length < edit.flags.length;
  if (mode === 'replace') {
    const becomes = keeps?.includes('seen') === true ? undefined : named;
    return { becomes, shared: { mode, flags, keeps: [...(keeps ?? []), 'seen'] } };
  }
  const shared = flags.length === 0 ? undefined : { mode, flags };
  return { becomes: named ? mode === 'add' : undefined, shared };
}

/** Changes flags for a user who is not the owner. */
export function* flagAs(
  tx: MailTransaction,
  user: AccountId,
  { id, uids, edit, unchangedSince }: FlagChange,
): Sliced<Flagged> {
  const row = tx.selectable(id);
  const limit = unchangedSince ?? Number.MAX_SAFE_INTEGER;
  const { becomes, shared } = parted(edit);
  const modified: Uid[] = [];
  const passing: Uid[] = [];
  const turned: Uid[] = [];
  for (const { rows, from, to } of pages(tx, row, uids)) {
    const marks = marksOf(tx, { key: row.key, user }, { from, to });
    for (const [uid, , modSeq] of rows) {
      const mark = marks.get(uid);
      if (Math.max(modSeq, mark?.[2] ?? 0) > limit) {
        modified.push(asUid(uid));
        continue;
      }
      passing.push(asUid(uid));
      if (becomes !== undefined && (mark?.[1] === 1) !== becomes) turned.push(asUid(uid));
    }
    yield* tx.breathe();
  }
  let changed = NumberSet.of(turned);
  if (shared !== undefined && passing.length > 0) {
    const change = { id, uids: NumberSet.of(passing), edit: shared, unchangedSince: undefined };
    changed = changed.union((yield* flag(tx, change)).changed);
  }
  if (becomes !== undefined) yield* mark(tx, { key: row.key, user }, { uids: turned, becomes });
  return { modSeq: tx.modSeq, changed, modified: NumberSet.of(modified) };
}

/** Appends for a user who is not the owner: \Seen is his. */
export function* appendAs(tx: MailTransaction, user: AccountId, what: Append): Sliced<Appended> {
  const seenAt: number[] = [];
  const messages = what.messages.map((message, at) => {
    const flags = message.flags.filter((name) => flagKey(name) !== flagKey(seen));
    if (flags.length < message.flags.length) seenAt.push(at);
    return { ...message, flags };
  });
  const appended = yield* append(tx, { ...what, messages });
  const uids = seenAt.flatMap((at) => appended.uids[at] ?? []);
  yield* mark(tx, { key: tx.selectable(what.id).key, user }, { uids, becomes: true });
  return appended;
}

/** Copies or moves for a user who is not the owner: what he has seen he has seen of the copies. The owner's \Seen goes with the messages. */
export function* copyAs(tx: MailTransaction, user: AccountId, what: Copy): Sliced<Copied> {
  const { edit } = what;
  const source = tx.selectable(what.from);
  const marked = new Set<number>();
  if (edit?.keeps?.includes('seen') !== false) {
    for (const { first, last } of what.uids.ranges)
      for (const [uid, isSeen] of marksOf(
        tx,
        { key: source.key, user },
        { from: first, to: last },
      ).values())
        if (isSeen === 1) marked.add(uid);
  }
  const keeps = [...(edit?.keeps ?? []), 'seen'] as const;
  const copied = yield* copy(tx, { ...what, edit: edit && { ...edit, keeps } });
  const uids = copied.to.filter((_, at) => marked.has(copied.from[at]!));
  yield* mark(tx, { key: tx.selectable(what.to).key, user }, { uids, becomes: true });
  return { ...copied, modSeq: tx.modSeq };
}

interface Marked {
  readonly key: number;
  readonly user: AccountId;
}

function marksOf(
  tx: MailTransaction,
  { key, user }: Marked,
  { from, to }: { readonly from: number; readonly to: number },
): ReadonlyMap<number, SeenRow> {
  const rows = tx.statements.seenRange.all(key, user, from, to) as unknown as SeenRow[];
  return new Map(rows.map((row) => [row[0], row]));
}

/** Sets or clears a user's marks: the mailbox's mod-sequence moves, and with it that of the messages for him alone. */
function* mark(
  tx: MailTransaction,
  { key, user }: Marked,
  { uids, becomes }: { readonly uids: readonly Uid[]; readonly becomes: boolean },
): Sliced<void> {
  if (uids.length === 0) return;
  const highestModSeq = tx.tick(!tx.host.relaxed);
  for (const uid of uids) {
    tx.statements.setSeen.run(key, user, uid, becomes ? 1 : 0, highestModSeq);
    if (tx.isDue) yield* tx.breathe();
  }
  const row = tx.row(key);
  if (row !== undefined) tx.put(row, { highestModSeq });
}
