import type { Metrics } from '../http/metrics.ts';
import type { Config } from './config.ts';

/** What counts for Prometheus, when there is an address to ask at: only who asks for metrics pays for the code that makes them. */
export async function metricsFor({ listen }: Pick<Config, 'listen'>): Promise<Metrics | undefined> {
  if (listen.every(({ scheme }) => scheme !== 'http')) return undefined;
  const { Metrics } = await import('../http/metrics.ts');
  return new Metrics();
}
