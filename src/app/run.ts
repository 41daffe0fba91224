/** A configuration as a running process: starts everything, says so, and stops on a signal. */
import { readFile } from 'node:fs/promises';
import type { Logger } from '../base/logger.ts';
import type { TlsFiles } from '../server/tls-identity.ts';
import type { Store } from '../store/store.ts';
import { listenUrl } from './address.ts';
import { checkConfig, unknownVariables, type Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import { startServer, type RunningServer, type ServerOptions } from './embedded.ts';
import { createLogger } from './log.ts';
import { openStore } from './open-store.ts';

/** The process cannot start, for a reason that is not the configuration's. */
export class StartError extends Error {
  constructor(text: string, options?: ErrorOptions) {
    super(text, options);
    this.name = 'StartError';
  }
}

export interface RunOptions {
  /** Called when all doors are open, before the ready line is printed. */
  readonly started?: (server: RunningServer, store: Store) => Promise<void>;
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
  using _ = onHangUp(() => reloadTls({ config, server, logger }));
  await options.started?.(server, store);
  process.stdout.write(`restante: ready ${server.addresses.map(({ url }) => url).join(' ')}\n`);
  await stop;
  logger.info({}, 'stopping');
  await server.close();
  logger.info({}, 'stopped');
}

async function metricsFor(config: Config): Promise<ServerOptions['metrics']> {
  if (config.listen.every(({ scheme }) => scheme !== 'http')) return undefined;
  const { Metrics } = await import('../http/metrics.ts');
  return new Metrics();
}

async function start(options: ServerOptions): Promise<RunningServer> {
  try {
    return await startServer(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('ERR_OSSL_') === true) {
      const text = `tls-cert and tls-key are not a certificate and its key in PEM form (${message})`;
      throw new ConfigError(text, { cause: error });
    }
    throw explained(error as NodeJS.ErrnoException) ?? error;
  }
}

/** Why an address cannot be listened on, in words. */
function explained(
  error: NodeJS.ErrnoException & { address?: string; port?: number },
): StartError | undefined {
  if (error.syscall !== 'listen' && error.syscall !== 'getaddrinfo') return undefined;
  const where =
    error.port === undefined
      ? (error.address ?? '')
      : listenUrl({ scheme: 'imap', host: error.address ?? '', port: error.port }).slice(
          'imap://'.length,
        );
  const cause = { cause: error };
  if (error.code === 'EADDRINUSE') {
    return new StartError(
      `cannot listen on ${where}: another program does; stop it or choose another --listen`,
      cause,
    );
  }
  if (error.code === 'EACCES') {
    return new StartError(
      `cannot listen on ${where}: not allowed; ports below 1024 need privileges`,
      cause,
    );
  }
  return new StartError(`cannot listen: ${error.message}; check --listen`, cause);
}

async function readTls({ tls }: Config): Promise<TlsFiles | undefined> {
  if (tls === undefined) return undefined;
  return {
    cert: await readSetting('tls-cert', tls.cert),
    key: await readSetting('tls-key', tls.key),
  };
}

async function readSetting(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`${name} "${path}": it cannot be read (${(error as Error).message})`, {
      cause: error,
    });
  }
}

interface Reload {
  readonly config: Config;
  readonly server: RunningServer;
  readonly logger: Logger;
}

/** A mistake in the new files must not stop a server that runs well with the old ones. */
async function reloadTls({ config, server, logger }: Reload): Promise<void> {
  try {
    const tls = await readTls(config);
    if (tls !== undefined) server.replaceTls(tls);
    logger.info({}, 'certificates were read again');
  } catch (error) {
    logger.error({ err: error }, 'the new certificate cannot be used; the old one stays');
  }
}

function onHangUp(reload: () => Promise<void>): Disposable {
  const listener = (): void => void reload();
  process.on('SIGHUP', listener);
  return { [Symbol.dispose]: () => void process.off('SIGHUP', listener) };
}

/** Resolves at the first SIGTERM or SIGINT; the second ends the process at once. */
function stopSignal(logger: Logger): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let asked = false;
  const listener = (signal: NodeJS.Signals): void => {
    if (asked) {
      logger.warn({ signal }, 'stopping at once');
      process.exit(1);
    }
    asked = true;
    resolve();
  };
  process.on('SIGTERM', listener);
  process.on('SIGINT', listener);
  return promise;
}
