import { resolve } from 'node:path';
import { Command } from 'commander';
import type { ListenAddress } from '../app/address.ts';
import { defaultStore, type Config } from '../app/config.ts';
import { run } from '../app/run.ts';
import { StartError } from '../app/start-error.ts';
import { hashPassword } from '../auth/password.ts';
import type { Store } from '../store/store.ts';
import { selfSignedFiles } from './certificate.ts';
import { addSettings, allSettings, configuration } from './configuration.ts';
import { guide } from './guide.ts';
import { makePassword } from './password.ts';
import { welcome } from './welcome.ts';

/** Loopback only, and ports that need no privileges. */
const listen: readonly ListenAddress[] = [
  { scheme: 'imap', host: '127.0.0.1', port: 1143 },
  { scheme: 'imaps', host: '127.0.0.1', port: 1993 },
  { scheme: 'lmtp', host: '127.0.0.1', port: 1024 },
];
const firstAddress = 'me@localhost';

/** `restante start`, which is `npm start`: a server to try, with everything made that it needs. */
export function startCommand(): Command {
  const command = new Command('start').description(
    'run a server to try: store in ./restante-data, loopback only, self-signed certificate, a first account',
  );
  return addSettings(command, allSettings).action(async (options: Record<string, string>) => {
    const config = configuration(options, {
      store: defaultStore,
      listen,
      log: { level: 'info', format: 'text' },
      workers: { least: 1, most: 1 },
    });
    await start(config);
  });
}

async function start(config: Config): Promise<void> {
  const directory = resolve(config.store.directory);
  const tls = config.tls ?? (await selfSignedFiles(directory));
  try {
    await run(
      { ...config, tls },
      {
        // Only now: had a port been taken, the password would never have been shown.
        started: async (addresses, store) => {
          const first = await firstAccount(store);
          process.stdout.write(guide({ addresses, directory, first }));
        },
      },
    );
  } catch (error) {
    throw error instanceof StartError ? withHint(error) : error;
  }
}

/** Makes the first account when there is none. */
async function firstAccount(
  store: Store,
): Promise<{ address: string; password: string } | undefined> {
  if ((await store.directory.list()).length > 0) return undefined;
  const password = makePassword();
  const passwordHash = await hashPassword(password);
  const account = await store.directory.add({ address: firstAddress, passwordHash });
  await welcome(store, account);
  return { address: firstAddress, password };
}

/** Somebody who types `npm start` a second time, or has a mail server already, learns how to have both. */
function withHint(error: StartError): StartError {
  const hint =
    'npm start -- --listen imap://127.0.0.1:2143 --listen imaps://127.0.0.1:2993 --listen lmtp://127.0.0.1:2024';
  return new StartError(`${error.message}\nrestante: other ports: ${hint}`, { cause: error });
}
