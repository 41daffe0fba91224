import { Command } from 'commander';
import { addSettings } from './configuration.ts';
import { demandLogin, withDirectory } from './with-directory.ts';

type Options = Record<string, string>;

/** `restante user admin`: who may do over IMAP what concerns the operator. */
export function userAdminCommand(): Command {
  const command = new Command('admin')
    .description("make an account an administrator's, who may set quotas over IMAP (SETQUOTA)")
    .argument('<ADDRESS>')
    .option('--revoke', "it is an administrator's no longer");
  return addSettings(command, ['store']).action(
    async (address: string, options: Options & { readonly revoke?: boolean }) => {
      const isAdministrator = options.revoke !== true;
      await withDirectory({ options, address }, async (directory) => {
        if (isAdministrator) await demandLogin(directory, address);
        await directory.setAdministrator(address, isAdministrator);
      });
      const is = isAdministrator ? 'is' : 'is no longer';
      process.stdout.write(`restante: ${address} ${is} an administrator\n`);
    },
  );
}
