/** `serve --workers N`: the process that holds the addresses, starts workers and stops them. It never touches mail. */
import type { HttpListener } from '../../http/listen.ts';
import type { Logger } from '../../base/logger.ts';
import { removeStaleSocket } from '../../lmtp/stale-socket.ts';
import { TlsIdentity } from '../../server/tls-identity.ts';
import { listenUrl } from '../address.ts';
import type { Config } from '../config.ts';
import type { BoundAddress } from '../embedded.ts';
import { sayReady } from '../ready.ts';
import type { RunOptions } from '../run.ts';
import { onHangUp, stopSignal } from '../signals.ts';
import { explained, StartError } from '../start-error.ts';
import { readTls, reloadTls, type TlsTexts } from '../tls-files.ts';
import { Crew } from './crew.ts';

/** As `run`: until SIGTERM or SIGINT, with all workers. */
export async function runWorkers(
  config: Config,
  { started: onStarted, logger }: RunOptions & { readonly logger: Logger },
): Promise<void> {
  const { workers, limits, listen } = config;
  const tls = await readTls(config);
  checkTls(tls);
  for (const address of listen)
    if (address.scheme === 'lmtp+unix') await removeStaleSocket(address.path);
  const stop = stopSignal(logger);
  const crew = new Crew({ workers, config, tls, logger });
  const replace = (files: TlsTexts): void => {
    checkTls(files);
    crew.replaceTls(files);
  };
  const doors: HttpListener[] = [];
  try {
    const started = await Promise.race([crew.start(), stop]);
    if (started === undefined) return;
    const served = [...started];
    const addresses: BoundAddress[] = [];
    for (const address of listen) {
      if (address.scheme === 'http') {
        const door = await openHttp(address, { crew, logger });
        doors.push(door);
        const bound = { ...address, port: door.port };
        addresses.push({ ...bound, url: listenUrl(bound) });
      } else addresses.push(served.shift()!);
    }
    using _ = onHangUp(() => reloadTls({ config, logger, replace }));
    if (onStarted !== undefined) {
      const { openStore } = await import('../open-store.ts');
      await using store = await openStore(config.store, {
        limits,
        quota: config.quota.limits,
        logger,
        sync: config.sync,
      });
      await onStarted(addresses, store);
    }
    sayReady(addresses);
    const isLost = await Promise.race([stop.then(() => false), crew.lost.then(() => true)]);
    if (isLost) throw new StartError('workers die as soon as they start; the log says how');
    logger.info({}, 'stopping');
  } finally {
    await crew.stop();
    for (const door of doors) await door.close();
  }
  logger.info({}, 'stopped');
}

function checkTls(tls: TlsTexts | undefined): void {
  try {
    if (tls !== undefined) new TlsIdentity(tls);
  } catch (error) {
    throw explained(error);
  }
}

async function openHttp(
  { host, port }: { readonly host: string; readonly port: number },
  { crew, logger }: { readonly crew: Crew; readonly logger: Logger },
): Promise<HttpListener> {
  // Whoever asks for nothing over HTTP does not pay for it: this process is to be small.
  const { listenHttp } = await import('../../http/listen.ts');
  const { together } = await import('../../http/metrics.ts');
  try {
    return await listenHttp({
      host,
      port,
      logger,
      metrics: {
        read: async () => {
          const { type, text } = await together(await crew.ask('metrics'));
          return { type, text: text + aboutWorkers(crew) };
        },
      },
      ready: async () => {
        if ((await crew.ask('ready')).length === 0) throw new Error('no worker is ready');
      },
    });
  } catch (error) {
    throw explained(error);
  }
}

function aboutWorkers({ serving, replaced }: Crew): string {
  return [
    '',
    '# HELP restante_workers Processes that serve now',
    '# TYPE restante_workers gauge',
    `restante_workers ${serving}`,
    '# HELP restante_workers_replaced_total Processes that died and had a successor',
    '# TYPE restante_workers_replaced_total counter',
    `restante_workers_replaced_total ${replaced}`,
    '',
  ].join('\n');
}
