/**
 * What the short benchmark asks of a run. Nearly all of it is CPU time of one operation, as a number of lone NOOPs of the server that does
 * nothing, measured in the same minute: who else works on the machine changes rates tenfold, and this hardly.
 */
import type { Sample } from './bench.ts';

/** Finds what was measured; NaN when it was not, which passes no bar. */
export interface Find {
  /** Rate or time. */
  readonly value: (row: string, server?: Sample['server']) => number;
  /** CPU milliseconds of an operation. */
  readonly cpu: (row: string, server?: Sample['server']) => number;
}

export interface Check {
  readonly what: string;
  /** Whose rows it looks at. */
  readonly workloads: readonly string[];
  readonly is: (find: Find) => number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** The larger of the mailboxes that are compared. */
export const large = 20_000;

const unit = (find: Find): number => find.cpu('NOOP, one at a time', 'nothing');

interface Costs {
  readonly workload: string;
  readonly row: string;
  /** So many of what the row calls one. */
  readonly per?: number;
  readonly atMost: number;
}

/** The CPU of an operation in lone NOOPs. */
function costs(what: string, { workload, row, per = 1, atMost }: Costs): Check {
  return {
    what: `CPU of ${what}, in NOOPs of nothing`,
    workloads: ['noop', workload],
    is: (find) => find.cpu(row) / per / unit(find),
    atMost,
  };
}

/** How much dearer something is in a mailbox that is twenty times as large; what grows with it would give twenty. */
function grows(what: string): Check {
  return {
    what: `CPU of ${what}: ${large} messages against 1000`,
    workloads: ['growth'],
    is: (find) => find.cpu(`${what}, mailbox of ${large}`) / find.cpu(`${what}, mailbox of 1000`),
    atMost: 5,
  };
}

/** Time that nobody spends but everybody waits for, such as a timer: rates, with bars far from what a busy machine does. */
function share(row: string, workload: string, atLeast: number): Check {
  return {
    what: `rate of ${row}, share of what is possible`,
    workloads: [workload],
    is: (find) => find.value(row) / find.value(row, 'nothing'),
    atLeast,
  };
}

export const checks: readonly Check[] = [
  costs('NOOP', { workload: 'noop', row: 'NOOP, one at a time', atMost: 8 }),
  costs('NOOP, pipelined', { workload: 'noop', row: 'NOOP, 100 pipelined', atMost: 1 }),
  costs('login + SELECT + LOGOUT', {
    workload: 'login',
    row: 'login + SELECT + LOGOUT, 8 clients',
    atMost: 130,
  }),
  costs('APPEND beside others', {
    workload: 'append',
    row: 'APPEND 4 KiB, 20 connections, 1 account',
    atMost: 60,
  }),
  costs('STORE', {
    workload: 'store',
    row: 'STORE of one message, 20 connections, 20 accounts',
    atMost: 60,
  }),
  costs('flags of a message among all', {
    workload: 'fetch-flags',
    row: `FETCH 1:* (UID FLAGS), ${large} messages`,
    per: large,
    atMost: 0.15,
  }),
  costs('envelope and structure of a message among all', {
    workload: 'fetch-envelopes',
    row: 'FETCH 1:* (ENVELOPE BODYSTRUCTURE), 1000 messages, warm',
    per: 1000,
    atMost: 2,
  }),
  costs('a body of 25 KB', {
    workload: 'bodies',
    row: 'single bodies, 1 connection',
    atMost: 45,
  }),
  costs('FETCH of one message', {
    workload: 'growth',
    row: 'FETCH of one message, mailbox of 1000',
    atMost: 20,
  }),
  costs('STATUS', { workload: 'growth', row: 'STATUS, mailbox of 1000', atMost: 12 }),
  costs('SELECT', { workload: 'select', row: 'SELECT, 1000 messages, warm', atMost: 30 }),
  costs('a command in a mixed load', {
    workload: 'mixed',
    row: 'mixed load of 50 clients, commands',
    atMost: 100,
  }),
  {
    what: `CPU of SELECT: ${large} messages against 1000`,
    workloads: ['select'],
    is: (find) =>
      find.cpu(`SELECT, ${large} messages, warm`) / find.cpu('SELECT, 1000 messages, warm'),
    atMost: 5,
  },
  grows('STATUS'),
  grows('NOOP'),
  grows('FETCH of one message'),
  grows('STORE of one message'),
  share('NOOP, one at a time', 'noop', 0.05),
  share('login + SELECT + LOGOUT, 8 clients', 'login', 0.02),
  share('single bodies, 1 connection', 'bodies', 0.03),
];
