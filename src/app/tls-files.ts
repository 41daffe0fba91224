import { readFile } from 'node:fs/promises';
import type { Logger } from '../base/logger.ts';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';

/** A certificate chain and its private key, PEM texts. */
export interface TlsTexts {
  readonly cert: string;
  readonly key: string;
}

/** What the files of the configuration hold. Rejects with ConfigError. */
export async function readTls({ tls }: Config): Promise<TlsTexts | undefined> {
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
  readonly logger: Logger;
  /** Throws when the files are no certificate and its key. */
  readonly replace: (files: TlsTexts) => void;
}

/** Reads the files again. A mistake in the new ones must not stop a server that runs well with the old ones. */
export async function reloadTls({ config, logger, replace }: Reload): Promise<void> {
  try {
    const tls = await readTls(config);
    if (tls !== undefined) replace(tls);
    logger.info({}, 'certificates were read again');
  } catch (error) {
    logger.error({ err: error }, 'the new certificate cannot be used; the old one stays');
  }
}
