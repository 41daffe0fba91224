import type { Metric, Registry } from 'prom-client';
import type { CommandFacts } from './metrics.ts';

/** What is known of the commands of one name. */
interface Tally {
  readonly byStatus: Map<string, number>;
  /** Those that took at most so long as the bound of the same index and longer than the one before; the last are the others. */
  readonly byBound: number[];
  seconds: number;
}

/** Seconds. */
const bounds = [0.0005, 0.002, 0.01, 0.05, 0.25, 1, 5];

interface Value {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly metricName?: string;
}

/**
 * Counts and times of commands, for Prometheus. prom-client's own counter and histogram look their labels up by a text
 * made anew for every command, which costs more than a NOOP does otherwise: here they are made when somebody asks.
 */
export class CommandMetrics {
  readonly #tallies = new Map<string, Tally>();

  constructor(registry: Registry) {
    register(registry, {
      name: 'restante_commands_total',
      help: 'IMAP commands by name and tagged status',
      type: 'counter',
      values: () => this.#counts(),
    });
    register(registry, {
      name: 'restante_command_duration_seconds',
      help: 'Time from reading an IMAP command to its tagged answer; IDLE is as long as the client idled',
      type: 'histogram',
      values: () => this.#durations(),
    });
  }

  count({ name, status, durationMs }: CommandFacts): void {
    let tally = this.#tallies.get(name);
    if (tally === undefined) {
      tally = { byStatus: new Map(), byBound: bounds.map(() => 0).concat(0), seconds: 0 };
      this.#tallies.set(name, tally);
    }
    const { byStatus, byBound } = tally;
    const seconds = durationMs / 1000;
    let at = 0;
    while (seconds > bounds[at]!) at++;
    byBound[at]! += 1;
    tally.seconds += seconds;
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  }

  *#counts(): Generator<Value> {
    for (const [command, { byStatus }] of this.#tallies)
      for (const [status, value] of byStatus) yield { value, labels: { command, status } };
  }

  *#durations(): Generator<Value> {
    const name = 'restante_command_duration_seconds';
    for (const [command, { byBound, seconds }] of this.#tallies) {
      let count = 0;
      for (const [index, those] of byBound.entries()) {
        count += those;
        const le = bounds[index] ?? '+Inf';
        yield { value: count, labels: { le, command }, metricName: `${name}_bucket` };
      }
      yield { value: seconds, labels: { command }, metricName: `${name}_sum` };
      yield { value: count, labels: { command }, metricName: `${name}_count` };
    }
  }
}

interface Reported {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'histogram';
  readonly values: () => Iterable<Value>;
}

/** A registry asks a metric for its name and for what `get` gives; its type wants more, which nobody uses. */
function register(registry: Registry, { name, help, type, values }: Reported): void {
  const metric = {
    name,
    get: () => Promise.resolve({ name, help, type, values: [...values()], aggregator: 'sum' }),
  };
  registry.registerMetric(metric as unknown as Metric);
}
