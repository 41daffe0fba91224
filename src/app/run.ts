/** A configuration as a running process: starts everything, says so, and stops on a signal. */
import type { Store } from '../store/store.ts';
import { checkConfig, unknownVariables, type Config } from './config.ts';
import {
  startServer,
  type BoundAddress,
  type RunningServer,
  type ServerOptions,
} from './embedded.ts';
import { createLogger } from './log.ts';
import { metricsFor } from './metrics-for.ts';
import { openStore } from './open-store.ts';
import { sayReady } from './ready.ts';
import { onHangUp, stopSignal } from './signals.ts';
import { explained } from './start-error.ts';
import { readTls, reloadTls } from './tls-files.ts';

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
  if (config.workers > 1) {
    const { runWorkers } = await import('./workers/primary.ts');
    return await runWorkers(config, { ...options, logger });
  }
  const tls = await readTls(config);
  const stop = stopSignal(logger);
  const metrics = await metricsFor(config);
  await using store = await openStore(config.store, {
    limits: config.limits,
    logger,
    sync: config.sync,
    ...(metrics && { onSync: (durationMs) => metrics.storeSynced(durationMs) }),
  });
  await using server = await start({
    store,
    listen: config.listen,
    tls,
    limits: config.limits,
    logger,
    trusted: config.trusted,
    ...(metrics && { metrics }),
  });
  const replace = server.replaceTls.bind(server);
  using _ = onHangUp(() => reloadTls({ config, logger, replace }));
  await options.started?.(server.addresses, store);
  sayReady(server.addresses);
  await stop;
  logger.info({}, 'stopping');
  await server.close();
  logger.info({}, 'stopped');
}

async function start(options: ServerOptions): Promise<RunningServer> {
  try {
    return await startServer(options);
  } catch (error) {
    throw explained(error);
  }
}
