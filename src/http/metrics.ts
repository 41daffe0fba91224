import {
  AggregatorRegistry,
  collectDefaultMetrics,
  Counter,
  Gauge,
  Histogram,
  Registry,
} from 'prom-client';
import { CommandMetrics } from './command-metrics.ts';

/** One command as the session reports it. */
export interface CommandFacts {
  readonly name: string;
  readonly status: string;
  readonly durationMs: number;
}

/** What Prometheus gets: a content type and the text. */
export interface Reading {
  readonly type: string;
  readonly text: string;
}

/** What several processes have counted, as `Metrics.values` gave it, added up: times of the event loop are averages. */
export async function together(values: readonly unknown[]): Promise<Reading> {
  const registry = AggregatorRegistry.aggregate(values as object[]);
  return { type: registry.contentType, text: await registry.metrics() };
}

/** Counts what the server does, for Prometheus. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #commands: CommandMetrics;
  readonly #received: Counter;
  readonly #sent: Counter;
  readonly #deliveries: Counter;
  readonly #syncs: Histogram;

  constructor() {
    const registers = [this.#registry];
    // Event-loop delay, memory, garbage collection, open files.
    collectDefaultMetrics({ register: this.#registry });
    this.#commands = new CommandMetrics(this.#registry);
    this.#received = new Counter({
      name: 'restante_received_bytes_total',
      help: 'Bytes from IMAP clients whose connection has ended',
      registers,
    });
    this.#sent = new Counter({
      name: 'restante_sent_bytes_total',
      help: 'Bytes to IMAP clients whose connection has ended',
      registers,
    });
    this.#deliveries = new Counter({
      name: 'restante_deliveries_total',
      help: 'Copies of messages that were delivered by LMTP and are durable',
      registers,
    });
    this.#syncs = new Histogram({
      name: 'restante_store_sync_duration_seconds',
      help: 'Time the disk took to confirm writes that somebody waited for',
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1],
      registers,
    });
  }

  /** The registry's content type and text. */
  async read(): Promise<Reading> {
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  /** All there is as plain data, for `together`. */
  async values(): Promise<unknown> {
    return await this.#registry.getMetricsAsJSON();
  }

  /** Reports a number that is read when somebody looks. */
  gauge(
    name: string,
    { help, read }: { readonly help: string; readonly read: () => number },
  ): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect: () => gauge.set(read()),
    });
  }

  command(facts: CommandFacts): void {
    this.#commands.count(facts);
  }

  connectionClosed({ bytesRead, bytesWritten }: { bytesRead: number; bytesWritten: number }): void {
    this.#received.inc(bytesRead);
    this.#sent.inc(bytesWritten);
  }

  delivered(): void {
    this.#deliveries.inc();
  }

  storeSynced(durationMs: number): void {
    this.#syncs.observe(durationMs / 1000);
  }
}
