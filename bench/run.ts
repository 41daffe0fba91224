/** Plays workloads on servers, in turn, so that a slow minute of the machine strikes all of them. */
import { execFileSync } from 'node:child_process';
import { Bench, type Sample, type Scale, type Workload } from './bench.ts';
import type { Setting, Target } from './targets/target.ts';

export interface RunOptions {
  readonly targets: readonly Target[];
  readonly workloads: readonly Workload[];
  readonly runs: number;
  readonly scale: Scale;
  /** What is going on, for a person who waits. */
  readonly say: (text: string) => void;
  /** Nothing more is begun once it is aborted; its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** Everything that was measured. A workload that fails on a server is told by `say` and leaves what it had measured before. */
export async function play(options: RunOptions): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  for (let run = 1; run <= options.runs; run += 1) {
    // Who begins changes too.
    const order = run % 2 === 1 ? options.targets : options.targets.toReversed();
    for (const workload of options.workloads) {
      for (const target of order) {
        if (target.name === 'nothing' && !workload.ceiling) continue;
        for (const setting of workload.settings?.[target.name] ?? ['usual']) {
          options.signal?.throwIfAborted();
          const title = `run ${run}: ${workload.name} on ${target.name}, ${setting}`;
          samples.push(...(await one({ ...options, target, workload, setting, title })));
        }
      }
    }
    for (const target of options.targets) await target.stop();
  }
  return samples;
}

interface One extends RunOptions {
  readonly target: Target;
  readonly workload: Workload;
  readonly setting: Setting;
  readonly title: string;
}

async function one({ target, workload, setting, title, scale, say }: One): Promise<Sample[]> {
  const samples: Sample[] = [];
  const start = performance.now();
  try {
    await target.start(setting);
    // What others left to the kernel is written before, not while somebody else is measured.
    execFileSync('sync');
    await workload.run(
      new Bench({
        target,
        setting,
        workload: workload.name,
        scale,
        report: (sample) => samples.push(sample),
      }),
    );
  } catch (error) {
    say(`${title}: FAILED: ${(error as Error).message}\n${target.log()}`);
    await target.stop();
    return samples;
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  say(`${title} (${seconds} s)`);
  for (const { row, value, unit } of samples) say(`    ${row}: ${value.toPrecision(4)} ${unit}`);
  return samples;
}
