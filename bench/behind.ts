/** Where Dovecot is ahead, and why: the rows come from what was measured, the reasons from here. */
import { number, type Row } from './table.ts';

interface Reason {
  /** Of which workload, and which of its rows; all unless told. */
  readonly workload: string;
  readonly rows?: RegExp;
  readonly why: string;
  /** The page of docs/decisions/ that says more. */
  readonly decision: string;
}

const decisions = {
  commit: '0003-group-commit.md',
  file: '0002-one-sqlite-file-per-account.md',
  columns: '0008-column-snapshots.md',
} as const;

/** The first that fits counts. */
const reasons: readonly Reason[] = [
  {
    workload: 'first-login',
    why: 'both spend all of their time in argon2id',
    decision: '0006-libraries.md',
  },
  {
    workload: 'store',
    rows: /mail_fsync=always|sync=relaxed/,
    why: 'a flag change is a transaction with its index, counters and log, theirs a record at the end of a log',
    decision: decisions.commit,
  },
  {
    workload: 'store',
    why: 'ours is on the disk when it is answered, theirs is not: the rows that follow compare like with like',
    decision: decisions.commit,
  },
  {
    workload: 'growth',
    rows: /^STORE/,
    why: 'ours is on the disk when it is answered, theirs is not',
    decision: decisions.commit,
  },
  {
    workload: 'bulk',
    why: 'ours is on the disk when it is answered, and each message has a row of its own; theirs is one record for a range',
    decision: decisions.commit,
  },
  {
    workload: 'append',
    why: 'ours is on the disk when it is answered: the row with mail_fsync=always compares like with like',
    decision: decisions.commit,
  },
  {
    workload: 'append-large',
    why: 'ours are compressed, and their structure is found while they come',
    decision: decisions.file,
  },
  {
    workload: 'bodies',
    why: 'ours are decompressed, theirs are sent by the kernel as the files they are',
    decision: decisions.file,
  },
  {
    workload: 'select',
    rows: /cold/,
    why: 'the first SELECT after a start opens the account and loads the columns of the mailbox',
    decision: decisions.columns,
  },
  {
    workload: 'accounts',
    why: 'an account that is opened is a database with two connections, and 256 that nobody uses stay open',
    decision: decisions.file,
  },
];

/** A Markdown list of the rows in which theirs is better, the worst first, with what is known of the reason. */
export function behind(rows: readonly Row[]): string {
  const lines = rows
    .filter(({ ratio }) => ratio !== undefined && ratio < 1)
    .toSorted((a, b) => (a.ratio ?? 0) - (b.ratio ?? 0))
    .map((row) => `- ${row.row}: ${number(row.ratio)}; ${because(row)}`);
  return lines.length === 0 ? 'Nowhere.' : lines.join('\n');
}

function because({ workload, row }: Row): string {
  const found = reasons.find((one) => one.workload === workload && (one.rows?.test(row) ?? true));
  if (found === undefined) return 'not explained';
  return `${found.why} ([${found.decision.slice(0, 4)}](decisions/${found.decision}))`;
}
