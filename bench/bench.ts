/** What a workload measures with. */
import { setTimeout as wait } from 'node:timers/promises';
import { ImapClient } from './imap-client.ts';
import { cpuMs, pssKib } from './processes.ts';
import { median, percentile } from './statistics.ts';
import { password, user, type Ground, type Setting, type Target } from './targets/target.ts';

export type Unit = '/s' | 'MB/s' | 'ms' | 'KiB';

/** One measured number. */
export interface Sample {
  readonly workload: string;
  /** What was measured, in words; the row of the table. */
  readonly row: string;
  readonly server: Target['name'];
  readonly setting: Setting;
  readonly unit: Unit;
  readonly value: number;
  /** Of single times; milliseconds. */
  readonly p99?: number;
  /** CPU of all processes of the server for each operation, milliseconds. */
  readonly cpuMs?: number;
  /** Event-loop delay while it ran, for servers that have a loop. */
  readonly loopP99Ms?: number;
  readonly loopMaxMs?: number;
}

export interface Workload {
  /** For `--only`. */
  readonly name: string;
  /** The settings it is measured with; the usual one unless told. */
  readonly settings?: Partial<Readonly<Record<Target['name'], readonly Setting[]>>>;
  /** Whether the server that does nothing can play it. */
  readonly ceiling: boolean;
  run(bench: Bench): Promise<void>;
}

/** How large and how long. */
export interface Scale {
  readonly ground: Ground;
  /** How long each rate is measured, and for how long the same runs before that, uncounted. */
  readonly seconds: number;
  readonly warmSeconds: number;
  /** Connections that are held open while memory is measured. */
  readonly connections: readonly number[];
}

export interface BenchOptions {
  readonly target: Target;
  readonly setting: Setting;
  readonly workload: string;
  readonly scale: Scale;
  readonly report: (sample: Sample) => void;
}

/** How much was done in one go. */
type Amount = { readonly operations: number } | { readonly megabytes: number };

/** One round of something, in milliseconds. */
export interface Timed {
  readonly ms: number;
  readonly cpuMs: number;
  readonly loop: Pick<Sample, 'loopP99Ms' | 'loopMaxMs'>;
}

/** One lane of load: does some operations and says how many, one unless told. */
export type Lane = () => Promise<number | void>;

/** Steps that take a tenth of a millisecond are as quick after so many as they will be. */
const warmStepsMax = 3000;

let mailboxes = 0;

/** Measures one workload on one server. */
export class Bench {
  readonly target: Target;
  readonly scale: Scale;
  readonly setting: Setting;
  readonly #options: BenchOptions;

  constructor(options: BenchOptions) {
    this.#options = options;
    this.target = options.target;
    this.scale = options.scale;
    this.setting = options.setting;
  }

  /** Operations per second of lanes that run side by side, who have done so for a while: real servers have run for long. */
  async rate(row: string, lanes: readonly Lane[]): Promise<void> {
    const { seconds, warmSeconds } = this.scale;
    await turn(lanes, warmSeconds);
    const observed = await this.observe(async () => await turn(lanes, seconds));
    const { operations, elapsedMs } = observed.result;
    this.#report(row, {
      unit: '/s',
      value: (operations * 1000) / elapsedMs,
      cpuMs: observed.cpuMs / operations,
      ...observed.loop,
    });
  }

  /** The median time of a step, in milliseconds. */
  async times(row: string, count: number, step: () => Promise<unknown>): Promise<void> {
    const observed = await this.observe(async () => {
      const times: number[] = [];
      for (let number = 0; number < count; number += 1) {
        const start = performance.now();
        await step();
        times.push(performance.now() - start);
      }
      return times;
    });
    this.durations(row, observed.result, { ...observed.loop, cpuMs: observed.cpuMs / count });
  }

  /** The same of a step that was done again and again before, as in a server that has run for long. */
  async steadyTimes(row: string, count: number, step: () => Promise<unknown>): Promise<void> {
    const end = performance.now() + this.scale.warmSeconds * 1000;
    for (let number = 0; number < warmStepsMax && performance.now() < end; number += 1)
      await step();
    await this.times(row, count, step);
  }

  /** Times that were measured elsewhere, in milliseconds. */
  durations(row: string, times: readonly number[], more: Partial<Sample> = {}): void {
    this.#report(row, {
      unit: 'ms',
      value: median(times),
      ...(times.length >= 20 && { p99: percentile(times, 0.99) }),
      ...more,
    });
  }

  /** So many operations, or megabytes, in one go, as a rate. */
  async once(row: string, amount: Amount, step: () => Promise<unknown>): Promise<void> {
    this.rounds(row, amount, [await this.timed(step)]);
  }

  /** As `once`, of what was done several times: the median round. */
  rounds(row: string, amount: Amount, rounds: readonly Timed[]): void {
    const [count, unit] =
      'operations' in amount
        ? ([amount.operations, '/s'] as const)
        : ([amount.megabytes, 'MB/s'] as const);
    const loops = rounds.flatMap(({ loop }) => (loop.loopMaxMs === undefined ? [] : [loop]));
    const { loopP99Ms, loopMaxMs } = loops.toSorted((a, b) => b.loopMaxMs! - a.loopMaxMs!)[0] ?? {};
    this.#report(row, {
      unit,
      value: (count * 1000) / median(rounds.map(({ ms }) => ms)),
      cpuMs: median(rounds.map(({ cpuMs }) => cpuMs)) / count,
      ...(loopMaxMs !== undefined && { loopP99Ms, loopMaxMs }),
    });
  }

  /** How long it took and what it cost the server, for `rounds`. */
  async timed(step: () => Promise<unknown>): Promise<Timed> {
    const { result, cpuMs, loop } = await this.observe(async () => {
      const start = performance.now();
      await step();
      return performance.now() - start;
    });
    return { ms: result, cpuMs, loop };
  }

  /** A number that was found otherwise. */
  value(row: string, unit: Unit, value: number): void {
    this.#report(row, { unit, value });
  }

  /** Memory of all its processes now, KiB, once it has come to rest. */
  async memory(): Promise<number> {
    await wait(1500);
    return pssKib(this.target.pid);
  }

  /** Runs it anew, so that nothing is in its memory. */
  async restart(options: { readonly forget?: boolean } = {}): Promise<void> {
    await this.target.stop();
    if (options.forget === true) this.target.forget();
    await this.target.start(this.#options.setting);
    // Processes that are kept ready are ready a little later.
    await wait(300);
  }

  async connect(account = 0, tls = false): Promise<ImapClient> {
    const port = tls ? this.target.imaps : this.target.imap;
    return await ImapClient.login({ user: user(account), password }, { port, tls });
  }

  /** One connection for each of these accounts. */
  async connections(list: readonly number[], tls = false): Promise<ImapClient[]> {
    const clients: ImapClient[] = [];
    // A few at a time: a server may refuse a burst, and that is not what is measured.
    for (let from = 0; from < list.length; from += 8) {
      const some = list.slice(from, from + 8);
      clients.push(...(await Promise.all(some.map((account) => this.connect(account, tls)))));
    }
    return clients;
  }

  /** A name that no mailbox has. */
  freshMailbox(): string {
    mailboxes += 1;
    return `W${mailboxes}`;
  }

  /** Does it and tells what it cost the server, for what is measured by `durations`. */
  async observe<Result>(
    step: () => Promise<Result>,
  ): Promise<{ result: Result; cpuMs: number; loop: Pick<Sample, 'loopP99Ms' | 'loopMaxMs'> }> {
    const { target } = this;
    await target.loopDelay();
    const before = cpuMs(target.pid);
    const result = await step();
    const used = cpuMs(target.pid) - before;
    const delay = await target.loopDelay();
    return {
      result,
      cpuMs: used,
      loop: delay === undefined ? {} : { loopP99Ms: delay.p99Ms, loopMaxMs: delay.maxMs },
    };
  }

  #report(row: string, facts: Pick<Sample, 'unit' | 'value'> & Partial<Sample>): void {
    const { workload, target, setting, report } = this.#options;
    report({ workload, row, server: target.name, setting, ...facts });
  }
}

/** Runs every lane again and again until the time is over. */
async function turn(
  lanes: readonly Lane[],
  seconds: number,
): Promise<{ operations: number; elapsedMs: number }> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let operations = 0;
  await Promise.all(
    lanes.map(async (lane) => {
      while (performance.now() < end) {
        const done = (await lane()) ?? 1;
        operations += done;
      }
    }),
  );
  return { operations, elapsedMs: performance.now() - start };
}

/** `0` to `count - 1`, for one lane or connection each. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
