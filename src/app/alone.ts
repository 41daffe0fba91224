/** The server in one process. */
import type { Logger } from '../base/logger.ts';
import { collectAlone } from './collector.ts';
import type { Config } from './config.ts';
import { startServer, type RunningServer, type ServerOptions } from './embedded.ts';
import { metricsFor } from './metrics-for.ts';
import { openStore } from './open-store.ts';
import { sayReady } from './ready.ts';
import { rehearsing } from './rehearsal.ts';
import type { RunOptions } from './run.ts';
import { onHangUp, stopSignal } from './signals.ts';
import { explained } from './start-error.ts';
import { tending } from './tending.ts';
import { readTls, reloadTls } from './tls-files.ts';

/** As `run`. */
export async function runAlone(
  config: Config,
  { started, logger }: RunOptions & { readonly logger: Logger },
): Promise<void> {
  collectAlone();
  const tls = await readTls(config);
  const stop = stopSignal(logger);
  const metrics = await metricsFor(config);
  await using store = await openStore(config.store, {
    limits: config.limits,
    quota: config.quota.limits,
    logger,
    sync: config.sync,
    ...(metrics && { onSync: (durationMs) => metrics.storeSynced(durationMs) }),
  });
  await using server = await start({
    store,
    listen: config.listen,
    tls,
    limits: config.limits,
    capabilities: config.capabilities,
    overQuota: config.quota.lmtp,
    logger,
    trusted: config.trusted,
    admin: config.admin,
    comment: config.comment,
    ...(metrics && { metrics }),
  });
  const replace = server.replaceTls.bind(server);
  using _ = onHangUp(() => reloadTls({ config, logger, replace }));
  using _tending = tending(store, { logger });
  await started?.(server.addresses, store);
  sayReady(server.addresses);
  await using _rehearsal = rehearsing({ limits: config.limits, logger });
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
