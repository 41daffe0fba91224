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

/** The first that fits counts. */
const reasons: readonly Reason[] = [
  {
    workload: 'first-login',
    why: 'nearly all of it is argon2id on both sides',
    decision: '0014-connections.md',
  },
  {
    workload: 'store',
    rows: /mail_fsync=always|sync=relaxed/,
    why: 'a flag change is a page of a transaction, theirs some bytes at the end of a file',
    decision: '0011-log.md',
  },
  {
    workload: 'store',
    why: 'ours is on the disk when it is answered, theirs is not: the rows that follow compare like with like',
    decision: '0011-log.md',
  },
  {
    workload: 'growth',
    rows: /^STORE/,
    why: 'ours is on the disk when it is answered, theirs is not',
    decision: '0011-log.md',
  },
  {
    workload: 'bulk',
    rows: /^(?!STORE)/,
    why: 'ours is on the disk when it is answered, and tells of each message; theirs is one record for a range',
    decision: '0011-log.md',
  },
  {
    workload: 'bulk',
    why: 'ours is on the disk when it is answered, and its record says what flags each message has now; theirs is one record for a range',
    decision: '0024-flags-as-runs.md',
  },
  {
    workload: 'append',
    rows: /mail_fsync=always/,
    why: 'ours is a transaction of some seven pages, made on the one thread that serves all connections; theirs is a file, made by a process of its own',
    decision: '0003-group-commit.md',
  },
  {
    workload: 'mixed',
    why: 'what writes is on the disk when it is answered, and one thread serves all fifty clients',
    decision: '0003-group-commit.md',
  },
  {
    workload: 'append',
    why: 'ours is on the disk when it is answered: the row with mail_fsync=always compares like with like',
    decision: '0003-group-commit.md',
  },
  {
    workload: 'append-large',
    why: 'of ours a digest is made and the structure is found while it comes, on one thread; theirs is found when somebody asks',
    decision: '0019-bodies-in-files.md',
  },
  {
    workload: 'bodies',
    why: 'ours are read from a database, theirs are sent by the kernel as the files they are',
    decision: '0015-reading-bodies.md',
  },
  {
    workload: 'select',
    rows: /cold/,
    why: 'what runs for the first time in its account is prepared then, some tenths of a millisecond',
    decision: '0020-select-before-columns.md',
  },
  {
    workload: 'status',
    why: 'five times a thousand commands after a start: V8 has not compiled all of their code yet, and they take half as long when it has',
    decision: '0014-connections.md',
  },
  {
    workload: 'select',
    why: 'one exchange at a time is nearly all the kernel, and the waking of a processor that sleeps',
    decision: '0014-connections.md',
  },
  {
    workload: 'noop',
    why: 'one exchange at a time is nearly all the kernel, and the waking of a processor that sleeps',
    decision: '0014-connections.md',
  },
  {
    workload: 'growth',
    why: 'one exchange at a time is nearly all the kernel, and the waking of a processor that sleeps; a first one after a start runs code that is not compiled',
    decision: '0014-connections.md',
  },
  {
    workload: 'accounts',
    rows: /^(?!STORE)/,
    why: 'an account that is opened is a database of its own, with its files, schema and caches',
    decision: '0017-open-accounts.md',
  },
  {
    workload: 'accounts',
    rows: /mail_fsync=always/,
    why: 'each of so many accounts has a connection, statements and pages of its own, none of which is in the caches of a processor when its turn comes',
    decision: '0017-open-accounts.md',
  },
  {
    workload: 'accounts',
    why: 'ours is on the disk when it is answered, theirs is not',
    decision: '0011-log.md',
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
