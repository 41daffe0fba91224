import { Command } from 'commander';
import { hashPassword } from '../auth/password.ts';
import { prepareUser } from '../auth/saslprep.ts';
import { StoreError } from '../store/store-error.ts';
import { CliError } from './cli-error.ts';
import { addSettings } from './configuration.ts';
import { userAdminCommand } from './user-admin.ts';
import { userCapabilityCommand } from './user-capability.ts';
import { userQuotaCommand } from './user-quota.ts';
import { demandLogin, withDirectory } from './with-directory.ts';
import { ask, choosePassword, type ChosenPassword } from './password.ts';

type Options = Record<string, string>;

interface PasswordOptions {
  readonly passwordStdin?: boolean;
  readonly alias?: readonly string[];
  readonly shared?: boolean;
}

/** `restante user …`: accounts. All of it works while the server runs. */
export function userCommand(): Command {
  return new Command('user')
    .description('accounts and their passwords')
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(passwdCommand())
    .addCommand(userQuotaCommand())
    .addCommand(userCapabilityCommand())
    .addCommand(userAdminCommand())
    .addCommand(removeCommand());
}

function addCommand(): Command {
  const command = new Command('add')
    .description('make an account; without --password-stdin a password is asked for or made up')
    .argument('<ADDRESS>', 'what it logs in with and receives mail for')
    .option('--password-stdin', 'read the password from standard input')
    .option('--shared', 'nobody logs in: it is there for those whom "restante acl" gives rights')
    .option('--alias <ADDRESS>', 'receive mail for this address too (repeatable)', collect);
  return addSettings(command, ['store']).action(
    async (address: string, options: Options & PasswordOptions) => {
      const aliases = options.alias ?? [];
      for (const text of [address, ...aliases]) await checkAddress(text);
      if (options.shared === true && options.passwordStdin === true)
        throw new CliError('--shared: nobody logs in, so there is no password to read', 2);
      const chosen =
        options.shared === true ? undefined : await choosePassword(options.passwordStdin === true);
      const passwordHash = chosen && (await hashPassword(chosen.password));
      await withDirectory({ options, make: true, address }, async (directory) => {
        await directory.add({ address, passwordHash, aliases });
      });
      print(`added ${address}`);
      if (chosen !== undefined) tell(chosen);
    },
  );
}

function listCommand(): Command {
  const command = new Command('list').description(
    'print the accounts, one a line: address, aliases, day it was made, whether it is an administrator or shared',
  );
  return addSettings(command, ['store']).action(async (options: Options) => {
    await withDirectory({ options }, async (directory) => {
      for (const record of await directory.list()) {
        const { address, aliases, createdAt, administrator, shared } = record;
        const day = createdAt.toISOString().slice(0, 10);
        const mark = administrator === true ? '\tadministrator' : shared === true ? '\tshared' : '';
        process.stdout.write(`${address}\t${aliases.join(' ')}\t${day}${mark}\n`);
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
      await withDirectory({ options, address }, async (directory) => {
        await demandLogin(directory, address);
      });
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

/** Who logs in is looked for as SASLprep writes his name, so that no other spelling may be kept. */
async function checkAddress(address: string): Promise<void> {
  // oxlint-disable-next-line no-control-regex
  if (/^[^\s\u0000-\u001f\u007f<>"@]+@[^\s\u0000-\u001f\u007f<>"@]+$/.test(address)) {
    const prepared = await prepareUser(address, 'stored');
    if (prepared === address.normalize('NFC')) return;
    if (prepared !== undefined) throw new CliError(`write ${address} like ${prepared}`, 2);
  }
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
