/** `npm run bench`: our server and Dovecot, measured in the same minutes on the same machine. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { selfSignedFiles } from '../src/cli/certificate.ts';
import { behind } from './behind.ts';
import type { Sample, Scale, Workload } from './bench.ts';
import { hottest, threadLines } from './profile.ts';
import { play } from './run.ts';
import { markdown, rows, scaling, scalingMarkdown } from './table.ts';
import { Dovecot, dovecotVersion, missingPackages } from './targets/dovecot.ts';
import { Nothing } from './targets/nothing.ts';
import { Restante } from './targets/restante.ts';
import type { Target } from './targets/target.ts';
import { workloads } from './workloads.ts';

const help = `npm run bench -- [options]
  --only NAME,…        these workloads: ${workloads.map(({ name }) => name).join(', ')}
  --servers NAME,…     of restante, dovecot, nothing (default: all that are installed)
  --runs N             how often everything is measured (default 3)
  --seconds N          how long each rate is measured (default 2)
  --warm N             how long it runs before, uncounted (default 3)
  --mail N             messages of 25 KB in the mailbox that is read whole (default 10000)
  --million            a mailbox of 1,000,000 messages too
  --ten-thousand       memory at 10,000 connections too
  --json FILE          every sample
  --page FILE          puts machine, command and table at the end of this page, behind its last heading
  --profile DIRECTORY  CPU profiles of our server, and their hottest functions
  --directory DIR      where stores are made and removed (default: the system's for temporary files)
`;

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    servers: { type: 'string', default: 'restante,dovecot,nothing' },
    runs: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    warm: { type: 'string', default: '3' },
    mail: { type: 'string', default: '10000' },
    million: { type: 'boolean', default: false },
    'ten-thousand': { type: 'boolean', default: false },
    json: { type: 'string' },
    page: { type: 'string' },
    profile: { type: 'string' },
    directory: { type: 'string', default: tmpdir() },
    help: { type: 'boolean', default: false },
  },
});

/** A number of the command line. */
function amount(name: 'runs' | 'seconds' | 'warm' | 'mail', least: number): number {
  const number = Number(values[name]);
  if (number >= least && number < Infinity) return number;
  throw new Error(`--${name} ${values[name]}: write a number from ${least} on\n${help}`);
}

/** Which of the big mailboxes somebody will look into. */
function scale(chosen: readonly Workload[]): Scale {
  const needs = (...names: string[]): boolean => chosen.some(({ name }) => names.includes(name));
  const large = needs('fetch-flags', 'select', 'qresync', 'growth');
  return {
    ground: {
      mail: needs('bodies', 'fetch-envelopes') ? amount('mail', 1) : 0,
      mailBytes: 25_000,
      sizes: large ? [1000, 10_000, 100_000, ...(values.million ? [1_000_000] : [])] : [1000],
      boxes: needs('status') ? 1000 : 0,
      inbox: 200,
      inboxes: needs('store', 'mixed', 'workers', 'select') ? 25 : 0,
      crowd: needs('accounts') ? 1100 : 0,
    },
    seconds: amount('seconds', 0.1),
    warmSeconds: amount('warm', 0),
    connections: [1000, ...(values['ten-thousand'] ? [10_000] : [])],
  };
}

function chosenWorkloads(): readonly Workload[] {
  if (values.only === undefined) return workloads;
  const names = values.only.split(',');
  const unknown = names.find((name) => !workloads.some((workload) => workload.name === name));
  if (unknown !== undefined) throw new Error(`there is no workload ${unknown}\n${help}`);
  return workloads.filter(({ name }) => names.includes(name));
}

function wantsDovecot(): boolean {
  return values.servers.split(',').includes('dovecot') && dovecotVersion() !== undefined;
}

async function makeTargets(directory: string): Promise<Target[]> {
  const tls = await selfSignedFiles(directory);
  const wanted = values.servers.split(',');
  const profiles = values.profile === undefined ? undefined : resolve(values.profile);
  const targets: Target[] = [];
  if (wanted.includes('restante')) {
    targets.push(new Restante({ directory: join(directory, 'restante'), tls, profiles }));
  }
  if (wantsDovecot()) {
    mkdirSync(join(directory, 'dovecot'), { recursive: true });
    targets.push(new Dovecot({ directory: join(directory, 'dovecot'), tls }));
  }
  if (wanted.includes('nothing')) targets.push(new Nothing(tls));
  return targets;
}

function machine(targets: readonly Target[]): string {
  const [cpu] = cpus();
  const kernel = execFileSync('uname', ['-sr'], { encoding: 'utf8' }).trim();
  const versions = targets.filter(({ version }) => version !== '');
  return [
    `${cpus().length} × ${cpu?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${kernel}`,
    `Node.js ${process.versions.node}`,
    ...versions.map(({ name, version }) => `${name} ${version}`),
  ].join('; ');
}

/** Everything behind the last heading is the table's. */
function writePage(path: string, text: string): void {
  const page = readFileSync(path, 'utf8');
  const heading = page.indexOf('\n', page.lastIndexOf('\n## ') + 1);
  writeFileSync(path, `${page.slice(0, heading)}\n\n${text}`);
}

/** The tables, and where we are behind. */
function report(samples: readonly Sample[]): string {
  const parts: string[] = [];
  const list = rows(samples);
  if (list.length > 0) parts.push(markdown(list));
  const scaled = scaling(samples);
  if (scaled.length > 0) {
    parts.push('### One process and two', scalingMarkdown(scaled));
  }
  if (list.some(({ ratio }) => ratio !== undefined)) {
    parts.push('### Where Dovecot is ahead, and why', behind(list));
  }
  return `${parts.join('\n\n')}\n`;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Interrupted, the servers are stopped: they would run on. What plays on them fails, and nothing more begins. */
function interruption(targets: readonly Target[]): AbortController {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      controller.abort(new Error(`the benchmark was ended by ${name}`));
      for (const target of targets) void target.stop();
    });
  }
  return controller;
}

async function main(): Promise<void> {
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const missing = wantsDovecot() ? missingPackages() : [];
  if (missing.length > 0) {
    say(`Dovecot lacks a service: install ${missing.join(' ')}, or leave it out by --servers`);
    process.exitCode = 2;
    return;
  }
  const chosen = chosenWorkloads();
  const size = scale(chosen);
  const directory = mkdtempSync(join(values.directory, 'restante-bench-'));
  // Dovecot's processes run as nobody and must get through.
  chmodSync(directory, 0o755);
  const targets = await makeTargets(directory);
  const { signal } = interruption(targets);
  try {
    for (const target of targets) {
      const start = performance.now();
      await target.fill(size.ground);
      say(`filled ${target.name} in ${((performance.now() - start) / 1000).toFixed(1)} s`);
    }
    const runs = amount('runs', 1);
    const samples = await play({ targets, workloads: chosen, runs, scale: size, say, signal });
    const list = rows(samples);
    const facts = `${machine(targets)}; runs: ${runs}`;
    const text = report(samples);
    process.stdout.write(`${facts}\n\n${text}`);
    if (values.page !== undefined) {
      const command = `npm run bench -- ${process.argv.slice(2).join(' ')}`;
      writePage(values.page, `\`${command}\`\n\n${facts}.\n\n${text}`);
    }
    if (values.json !== undefined) {
      const all = { machine: machine(targets), scale: size, rows: list, samples };
      writeFileSync(values.json, `${JSON.stringify(all, undefined, 1)}\n`);
    }
    if (values.profile !== undefined) {
      const ours = targets.find((target) => target instanceof Restante);
      say([...threadLines(ours?.threads ?? new Map()), ...hottest(values.profile, 25)].join('\n'));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    say(`Nothing is written: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  } finally {
    for (const target of targets) await target[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  }
}

await main();
