/** A configuration as a running process: starts everything, says so, and stops on a signal. */
import type { Store } from '../store/store.ts';
import { checkConfig, unknownVariables, type Config } from './config.ts';
import type { BoundAddress } from './embedded.ts';
import { createLogger } from './log.ts';

export interface RunOptions {
  /** Called when all doors are open, before the ready line is printed. */
  readonly started?: (addresses: readonly BoundAddress[], store: Store) => Promise<void>;
}

/**
 * Runs until SIGTERM or SIGINT, then drains and resolves. Prints one line to standard output when it
 * accepts connections. Rejects with ConfigError or StartError.
 */
export async function run(config: Config, options: RunOptions = {}): Promise<void> {
  checkConfig(config);
  const logger = createLogger(config.log);
  for (const name of unknownVariables(process.env)) {
    logger.warn({ name }, 'this environment variable means nothing to restante');
  }
  // A process that has workers is to stay small: it loads nothing of what they do.
  const alone = config.workers.most === 1;
  const runAs = alone
    ? (await import('./alone.ts')).runAlone
    : (await import('./workers/primary.ts')).runWorkers;
  await runAs(config, { ...options, logger });
}
