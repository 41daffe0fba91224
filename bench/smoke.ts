/**
 * `npm run bench:smoke`: whether something has become slow, in under a minute. It compares what was measured in this run with
 * the server that does nothing and with itself, never with seconds, so that it means the same on every machine. What misses a bar is
 * measured twice more, alone, before it counts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSignedFiles } from '../src/cli/certificate.ts';
import type { Sample, Scale } from './bench.ts';
import { play } from './run.ts';
import { checks, large, type Check, type Find } from './smoke-checks.ts';
import { number } from './table.ts';
import { Nothing } from './targets/nothing.ts';
import { Restante } from './targets/restante.ts';
import { workloads } from './workloads.ts';

const scale: Scale = {
  ground: {
    mail: 1000,
    mailBytes: 25_000,
    sizes: [1000, large],
    boxes: 0,
    inbox: 100,
    inboxes: 20,
    crowd: 0,
  },
  seconds: 0.3,
  warmSeconds: 0.3,
  connections: [],
};
/** The checks that do not pass. */
function judge(samples: readonly Sample[], asked: readonly Check[]): readonly Check[] {
  const sample = (row: string, server: Sample['server'] = 'restante'): Sample | undefined =>
    samples.findLast((one) => one.row === row && one.server === server);
  const find: Find = {
    value: (row, server) => sample(row, server)?.value ?? Number.NaN,
    cpu: (row, server) => sample(row, server)?.cpuMs ?? Number.NaN,
  };
  return asked.filter(({ what, is, atLeast = -Infinity, atMost = Infinity }) => {
    const found = is(find);
    const bar = atMost === Infinity ? `at least ${atLeast}` : `at most ${atMost}`;
    const good = found >= atLeast && found <= atMost;
    process.stdout.write(`${good ? 'good ' : 'BAD  '} ${what}: ${number(found)}, ${bar}\n`);
    return !good;
  });
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'restante-smoke-'));
  const tls = await selfSignedFiles(directory);
  const targets = [new Restante({ directory: join(directory, 'store'), tls }), new Nothing(tls)];
  const failures: string[] = [];
  const say = (text: string): void => {
    if (text.includes('FAILED')) failures.push(text);
  };
  const measure = async (asked: readonly Check[]): Promise<readonly Check[]> => {
    const names = new Set(asked.flatMap((check) => check.workloads));
    const chosen = workloads
      .filter(({ name }) => names.has(name))
      .map((workload) => ({ ...workload, settings: {} }));
    return judge(await play({ targets, workloads: chosen, runs: 1, scale, say }), asked);
  };
  try {
    for (const target of targets) await target.fill(scale.ground);
    let wrong = await measure(checks);
    for (let again = 0; again < 2 && wrong.length > 0 && failures.length === 0; again += 1) {
      process.stdout.write('once more, since the machine may have been busy:\n');
      wrong = await measure(wrong);
    }
    for (const text of failures) process.stdout.write(`${text}\n`);
    if (wrong.length > 0 || failures.length > 0) process.exitCode = 1;
  } finally {
    for (const target of targets) await target[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  }
}

await main();
