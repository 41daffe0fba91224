/**
 * `npm run bench:smoke`: whether something has become slow, in under a minute. It compares what was measured in this run with
 * the server that does nothing and with itself, never with seconds, so that it means the same on every machine. The bars leave room for a
 * busy machine; what misses one is measured again before it counts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSignedFiles } from '../src/cli/certificate.ts';
import type { Sample, Scale } from './bench.ts';
import { play } from './run.ts';
import { number } from './table.ts';
import { Nothing } from './targets/nothing.ts';
import { Restante } from './targets/restante.ts';
import { workloads } from './workloads.ts';

const scale: Scale = {
  ground: {
    mail: 1000,
    mailBytes: 25_000,
    sizes: [1000, 20_000],
    boxes: 0,
    inbox: 100,
    inboxes: 20,
    crowd: 0,
  },
  seconds: 0.3,
  connections: [],
};
const names = [
  'noop',
  'login',
  'append',
  'fetch-flags',
  'fetch-envelopes',
  'bodies',
  'select',
  'qresync',
  'growth',
  'mixed',
];

/** Finds what was measured; NaN when it was not, which passes no bar. */
type Find = (row: string, server?: Sample['server']) => number;

interface Check {
  readonly what: string;
  readonly value: (find: Find) => number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** How much dearer something is in a mailbox that is twenty times as large. */
function grows(what: string): Check {
  return {
    what: `${what}: 20,000 messages against 1,000`,
    value: (find) => find(`${what}, mailbox of 20000`) / find(`${what}, mailbox of 1000`),
    // What grows with the mailbox would give twenty.
    atMost: 6,
  };
}

const checks: readonly Check[] = [
  {
    what: 'NOOP pipelined, share of what is possible',
    value: (find) => find('NOOP, 100 pipelined') / find('NOOP, 100 pipelined', 'nothing'),
    atLeast: 0.25,
  },
  {
    what: 'login cycles, share of what is possible',
    value: (find) =>
      find('login + SELECT + LOGOUT, 8 clients') /
      find('login + SELECT + LOGOUT, 8 clients', 'nothing'),
    atLeast: 0.06,
  },
  {
    what: 'whole bodies, share of what is possible',
    value: (find) => find('FETCH 1:* (BODY.PEEK[])') / find('FETCH 1:* (BODY.PEEK[])', 'nothing'),
    atLeast: 0.06,
  },
  {
    what: 'appends that share a sync, against alone',
    value: (find) =>
      find('APPEND 4 KiB, 20 connections, 1 account') / find('APPEND 4 KiB, 1 connection'),
    atLeast: 1.8,
  },
  {
    what: 'flags of a message, in pipelined NOOPs',
    value: (find) => inNoops(find, find('FETCH 1:* (UID FLAGS)') / 20_000),
    atMost: 0.5,
  },
  {
    what: 'envelope and structure of a message, in pipelined NOOPs',
    value: (find) =>
      inNoops(find, find('FETCH 1:* (ENVELOPE BODYSTRUCTURE), 1000 messages, warm') / 1000),
    atMost: 20,
  },
  {
    what: 'warm SELECT: 20,000 messages against 1,000',
    value: (find) => find('SELECT, 20000 messages, warm') / find('SELECT, 1000 messages, warm'),
    atMost: 3,
  },
  {
    what: 'QRESYNC after 10 changes, in warm SELECTs',
    value: (find) => find('QRESYNC after 10 changes') / find('SELECT, 20000 messages, warm'),
    atMost: 20,
  },
  grows('STATUS'),
  grows('NOOP'),
  grows('FETCH of one message'),
  grows('STORE of one message'),
  {
    what: 'mixed load of 50 clients, share of lone NOOPs',
    value: (find) => find('mixed load of 50 clients') / find('NOOP, one at a time'),
    atLeast: 0.04,
  },
];

/** A time in milliseconds as a number of pipelined NOOPs. */
function inNoops(find: Find, ms: number): number {
  return (ms * find('NOOP, 100 pipelined')) / 1000;
}

/** The checks that do not pass. */
function judge(samples: readonly Sample[]): readonly string[] {
  const find: Find = (row, server = 'restante') =>
    samples.find((one) => one.row.startsWith(row) && one.server === server)?.value ?? Number.NaN;
  const wrong: string[] = [];
  for (const { what, value, atLeast = -Infinity, atMost = Infinity } of checks) {
    const is = value(find);
    const bar = atMost === Infinity ? `at least ${atLeast}` : `at most ${atMost}`;
    const good = is >= atLeast && is <= atMost;
    process.stdout.write(`${good ? 'good ' : 'BAD  '} ${what}: ${number(is)}, ${bar}\n`);
    if (!good) wrong.push(what);
  }
  return wrong;
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'restante-smoke-'));
  const tls = await selfSignedFiles(directory);
  const targets = [new Restante({ directory: join(directory, 'store'), tls }), new Nothing(tls)];
  const chosen = workloads.filter(({ name }) => names.includes(name));
  const failures: string[] = [];
  const say = (text: string): void => {
    if (text.includes('FAILED')) failures.push(text);
  };
  const measure = async (): Promise<readonly string[]> =>
    judge(await play({ targets, workloads: chosen, runs: 1, scale, say }));
  try {
    for (const target of targets) await target.fill(scale.ground);
    let wrong = await measure();
    if (wrong.length > 0 && failures.length === 0) {
      process.stdout.write('once more, since the machine may have been busy:\n');
      const again = await measure();
      wrong = wrong.filter((what) => again.includes(what));
    }
    for (const text of failures) process.stdout.write(`${text}\n`);
    if (wrong.length > 0 || failures.length > 0) process.exitCode = 1;
  } finally {
    for (const target of targets) await target[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  }
}

await main();
