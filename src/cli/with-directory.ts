import { existsSync } from 'node:fs';
import type { Config } from '../app/config.ts';
import { createLogger } from '../app/log.ts';
import { openStore } from '../app/open-store.ts';
import type { Directory } from '../store/directory.ts';
import type { Store } from '../store/store.ts';
import { StoreError } from '../store/store-error.ts';
import { CliError } from './cli-error.ts';
import { configuration } from './configuration.ts';

interface DirectoryUse {
  readonly options: Record<string, string>;
  /** Whether a store is made where there is none. */
  readonly make?: boolean;
  /** Whom it is about, for messages. */
  readonly address?: string;
}

/** Opens the store of the settings and gives its directory. Throws CliError with words for what went wrong. */
export async function withDirectory(
  { options, make = false, address = '' }: DirectoryUse,
  use: (directory: Directory, config: Config, store: Store) => Promise<void>,
): Promise<void> {
  const config = configuration(options);
  const { directory } = config.store;
  if (!make && !existsSync(directory)) {
    throw new CliError(
      `there is no store at sqlite:${directory}: name yours by --store or RESTANTE_STORE`,
    );
  }
  await using store = await openStore(config.store, storeOptions(config));
  try {
    await use(store.directory, config, store);
  } catch (error) {
    throw error instanceof StoreError ? explained(error, address) : error;
  }
}

/** Throws CliError for an account that nobody logs in to: what is asked for would never count. */
export async function demandLogin(directory: Directory, address: string): Promise<void> {
  if ((await directory.find(address))?.shared === true)
    throw new CliError(`${address}: nobody logs in to a shared account`);
}

/** Only what goes wrong is worth a line of log here. */
function storeOptions({ limits, quota, sync }: Config): Parameters<typeof openStore>[1] {
  return {
    limits,
    quota: quota.limits,
    sync,
    logger: createLogger({ level: 'warn', format: 'text' }),
  };
}

function explained(error: StoreError, address: string): CliError {
  const texts: Partial<Record<StoreError['code'], string>> = {
    'account-exists': `${address}: this address, or one of its aliases, belongs to an account already; see "restante user list"`,
    'account-not-found': `${address}: there is no such account; see "restante user list"`,
    full: 'no space is left where the store is: make room and try again',
    unavailable: `the store cannot be used now (${error.message}): try again`,
  };
  return new CliError(texts[error.code] ?? error.message, 1, { cause: error });
}
