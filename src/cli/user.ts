import { existsSync } from 'node:fs';
import { Command } from 'commander';
import type { Config } from '../app/config.ts';
import { createLogger } from '../app/log.ts';
import { openStore } from '../app/open-store.ts';
import { hashPassword } from '../auth/password.ts';
import type { Directory } from '../store/directory.ts';
import { StoreError } from '../store/store-error.ts';
import { CliError } from './cli-error.ts';
import { addSettings, configuration } from './configuration.ts';
import { ask, choosePassword, type ChosenPassword } from './password.ts';

type Options = Record<string, string>;

interface PasswordOptions {
  readonly passwordStdin?: boolean;
  readonly alias?: readonly string[];
}

/** `restante user …`: accounts. All of it works while the server runs. */
export function userCommand(): Command {
  return new Command('user')
    .description('accounts and their passwords')
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(passwdCommand())
    .addCommand(removeCommand());
}

function addCommand(): Command {
  const command = new Command('add')
    .description('make an account; without --password-stdin a password is asked for or made up')
    .argument('<ADDRESS>', 'what it logs in with and receives mail for')
    .option('--password-stdin', 'read the password from standard input')
    .option('--alias <ADDRESS>', 'receive mail for this address too (repeatable)', collect);
  return addSettings(command, ['store']).action(
    async (address: string, options: Options & PasswordOptions) => {
      const aliases = options.alias ?? [];
      for (const text of [address, ...aliases]) checkAddress(text);
      const chosen = await choosePassword(options.passwordStdin === true);
      const passwordHash = await hashPassword(chosen.password);
      await withDirectory({ options, make: true, address }, async (directory) => {
        await directory.add({ address, passwordHash, aliases });
      });
      print(`added ${address}`);
      tell(chosen);
    },
  );
}

function listCommand(): Command {
  const command = new Command('list').description(
    'print the accounts, one a line: address, aliases, day it was made',
  );
  return addSettings(command, ['store']).action(async (options: Options) => {
    await withDirectory({ options }, async (directory) => {
      for (const { address, aliases, createdAt } of await directory.list()) {
        const day = createdAt.toISOString().slice(0, 10);
        process.stdout.write(`${address}\t${aliases.join(' ')}\t${day}\n`);
      }
    });
  });
}

function passwdCommand(): Command {
  const command = new Command('passwd')
    .description('give an account another password')
    .argument('<ADDRESS>')
    .option('--password-stdin', 'read the password from standard input');
  return addSettings(command, ['store']).action(
    async (address: string, options: Options & PasswordOptions) => {
      const chosen = await choosePassword(options.passwordStdin === true);
      const passwordHash = await hashPassword(chosen.password);
      await withDirectory({ options, address }, async (directory) => {
        await directory.setPassword(address, passwordHash);
      });
      print(`changed the password of ${address}`);
      tell(chosen);
    },
  );
}

function removeCommand(): Command {
  const command = new Command('remove')
    .description('delete an account and all its mail, for ever')
    .argument('<ADDRESS>')
    .option('--yes', 'do not ask');
  return addSettings(command, ['store']).action(
    async (address: string, options: Options & { readonly yes?: boolean }) => {
      await withDirectory({ options, address }, async (directory) => {
        const account = await directory.find(address);
        if (account === undefined) throw new StoreError('account-not-found', address);
        if (options.yes !== true) await confirm(address);
        await directory.remove(address);
      });
      print(`removed ${address} and its mail`);
    },
  );
}

async function confirm(address: string): Promise<void> {
  if (process.stdin.isTTY !== true) {
    throw new CliError(
      `remove ${address}: all its mail goes for ever; add --yes if you mean it`,
      2,
    );
  }
  const answer = await ask(`All mail of ${address} will be deleted for ever. Write yes to go on: `);
  if (answer.trim() !== 'yes') throw new CliError(`kept ${address}`);
}

interface DirectoryUse {
  readonly options: Options;
  /** Whether a store is made where there is none. */
  readonly make?: boolean;
  /** Whom it is about, for messages. */
  readonly address?: string;
}

async function withDirectory(
  { options, make = false, address = '' }: DirectoryUse,
  use: (directory: Directory) => Promise<void>,
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
    await use(store.directory);
  } catch (error) {
    throw error instanceof StoreError ? explained(error, address) : error;
  }
}

/** Only what goes wrong is worth a line of log here. */
function storeOptions({ limits, sync }: Config): Parameters<typeof openStore>[1] {
  return { limits, sync, logger: createLogger({ level: 'warn', format: 'text' }) };
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

function checkAddress(address: string): void {
  // oxlint-disable-next-line no-control-regex
  if (/^[^\s\u0000-\u001f\u007f<>"@]+@[^\s\u0000-\u001f\u007f<>"@]+$/.test(address)) return;
  throw new CliError(`"${address}" is not a mail address: write it like anna@example.org`, 2);
}

function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

function print(text: string): void {
  process.stdout.write(`restante: ${text}\n`);
}

/** A password that was made up is shown once. */
function tell({ password, made }: ChosenPassword): void {
  if (made) print(`its password is ${password}`);
}
