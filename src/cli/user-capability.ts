import { Command } from 'commander';
import { capabilityTable } from '../model/capability.ts';
import { offerOf, switchableCapability, type CapabilitySwitches } from '../model/offer.ts';
import { StoreError } from '../store/store-error.ts';
import { CliError } from './cli-error.ts';
import { addSettings } from './configuration.ts';
import { demandLogin, withDirectory } from './with-directory.ts';

type Options = Record<string, string>;

const states: Readonly<Record<string, boolean | undefined>> = {
  on: true,
  off: false,
  default: undefined,
};

/** `restante user capability`: what one account is not offered, or is, unlike the others. */
export function userCapabilityCommand(): Command {
  const command = new Command('capability')
    .description(
      'switch a capability for one account from its next login on; without a name, list what it has',
    )
    .argument('<ADDRESS>')
    .argument('[NAME]', 'as it is announced, such as NOTIFY')
    .argument('[on|off|default]', 'default: as for everybody');
  return addSettings(command, ['store', 'capabilities']).action(
    async (
      address: string,
      ...rest: readonly [name?: string, state?: string, options?: Options]
    ) => {
      const [name, state, options = {}] = rest;
      const change = name === undefined ? undefined : changeOf(name, state);
      await withDirectory({ options, address }, async (directory, config) => {
        await demandLogin(directory, address);
        if (change !== undefined) await directory.switchCapability(address, change.name, change.on);
        const account = (await directory.credentials(address))?.account;
        if (account === undefined) throw new StoreError('account-not-found', address);
        const switches = { ofAll: config.capabilities, own: account.capabilities ?? {} };
        const lines = list(switches).filter(
          (line) => change === undefined || line.startsWith(`${change.name}\t`),
        );
        process.stdout.write(lines.join(''));
      });
    },
  );
}

function changeOf(
  name: string,
  state: string | undefined,
): { readonly name: string; readonly on: boolean | undefined } {
  let known: string;
  try {
    known = switchableCapability(name);
  } catch (error) {
    throw new CliError((error as Error).message, 2, { cause: error });
  }
  if (state === undefined || !Object.hasOwn(states, state))
    throw new CliError(`write on, off or default behind ${known}`, 2);
  return { name: known, on: states[state] };
}

interface Switches {
  readonly ofAll: CapabilitySwitches;
  readonly own: CapabilitySwitches;
}

/** One line each: name, `on` or `off`, and why. */
function list({ ofAll, own }: Switches): string[] {
  const merged = { ...ofAll, ...own };
  const { off, on } = offerOf(merged);
  return capabilityTable
    .filter(({ switchable }) => switchable)
    .map(({ name, when, needs }) => {
      const isOn = !off.has(name) && (when !== 'on demand' || on.has(name));
      const missing = needs?.filter((other) => off.has(other)) ?? [];
      const why =
        own[name] !== undefined
          ? 'for this account'
          : ofAll[name] !== undefined
            ? 'for everybody'
            : 'default';
      const because = off.has(name) && merged[name] !== false ? `needs ${missing.join(', ')}` : why;
      return `${name}\t${isOn ? 'on' : 'off'}\t${because}\n`;
    });
}
