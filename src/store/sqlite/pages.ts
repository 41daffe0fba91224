import type { NumberSet, Range } from '../../model/number-set.ts';
import type { Uid } from '../../model/ids.ts';
import type { Columns, EntryRow } from './columns.ts';
import type { MailboxRow } from './mailbox-state.ts';
import { marked } from './overlay.ts';
import type { MailTransaction } from './transaction.ts';

/** Entries read at a time: less than a millisecond of work. */
const pageRows = 500;

/** Neighbouring entries of a mailbox: all that there are from one UID to another. */
export interface Page {
  readonly rows: readonly EntryRow[];
  /** The page's first and last UID. */
  readonly from: number;
  readonly to: number;
}

/**
 * The entries of these UIDs as the transaction has them at the beginning of its job, a page at a time: from the columns
 * in memory and what is pending, or from rows and what is in the log beyond them.
 */
export function* pages(
  tx: MailTransaction,
  row: MailboxRow,
  uids: NumberSet<Uid>,
): Generator<Page, void, undefined> {
  const end = row.mailbox.uidNext - 1;
  const columns = tx.pending.knows(row.key) ? tx.host.columns(row.key) : undefined;
  for (const { first, last } of uids.ranges) {
    if (first > end) return;
    const range = { first, last: Math.min(last, end) };
    const found =
      columns === undefined
        ? readRows(tx, row.key, range)
        : inMemory(tx, row.key, { columns, range });
    for (const rows of found) {
      if (rows.length > 0) yield { rows, from: rows[0]![0], to: rows.at(-1)![0] };
    }
  }
}

/** What a mailbox holds, where that is in memory and nothing of this transaction comes on top. */
export function columnsAlone({ pending, host }: MailTransaction, key: number): Columns | undefined {
  return pending.isSilentOn(key) ? host.columns(key) : undefined;
}

/** Rows that one step goes through where nothing has to be read: some tens of microseconds. */
const stretchRows = 4000;

/** The rows of these UIDs in columns, so many at a time. */
export function* stretches(
  columns: Columns,
  uids: NumberSet<Uid>,
): Generator<{ readonly from: number; readonly to: number }, void, undefined> {
  let from = 0;
  for (const { first, last } of uids.ranges) {
    from = columns.rowFrom(first, from);
    const end = columns.rowFrom(last + 1, from);
    while (from < end) {
      const to = Math.min(end, from + stretchRows);
      yield { from, to };
      from = to;
    }
  }
}

function* readRows(
  tx: MailTransaction,
  key: number,
  range: Range,
): Generator<EntryRow[], void, undefined> {
  const published = tx.host.unfolded.overlay.get(key);
  const pending = tx.pending.marks(key);
  for (let from = range.first; ;) {
    const rows = tx.statements.page.all(key, from, range.last, pageRows) as unknown as EntryRow[];
    yield published === undefined && pending === undefined
      ? rows
      : rows.map((entry) => marked(marked(entry, published), pending));
    if (rows.length < pageRows) return;
    from = rows.at(-1)![0] + 1;
  }
}

function* inMemory(
  { pending }: MailTransaction,
  key: number,
  { columns, range }: { columns: Columns; range: Range },
): Generator<EntryRow[], void, undefined> {
  const [marks, gone] = [pending.marks(key), pending.gone(key)];
  let rows: EntryRow[] = [];
  for (let at = columns.rowFrom(range.first); at < columns.count; at++) {
    const uid = columns.uid[at]!;
    if (uid > range.last) break;
    if (gone?.has(uid) === true) continue;
    rows.push(marked(columns.entry(at), marks));
    if (rows.length < pageRows) continue;
    yield rows;
    rows = [];
  }
  const newest = columns.count > 0 ? columns.uid[columns.count - 1]! : 0;
  for (const entry of pending.added(key)) {
    const [uid] = entry;
    // A view that was loaded after another process had written has what is pending already.
    if (uid <= newest || uid < range.first || uid > range.last || gone?.has(uid) === true) continue;
    rows.push(marked(entry, marks));
  }
  yield rows;
}
