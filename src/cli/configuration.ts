import { readFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { ConfigError } from '../app/config-error.ts';
import {
  readConfig,
  settings,
  type Config,
  type SettingName,
  type Sources,
} from '../app/config.ts';

type Flags = Record<string, string | readonly string[]>;

/** Adds the flags of these settings, and `--config`. */
export function addSettings(command: Command, names: readonly SettingName[]): Command {
  for (const name of names) {
    const { many, name: flag, value, help } = settings[name];
    const option = new Option(`--${flag} <${value}>`, help);
    if (many)
      option.argParser((text: string, before: string[] | undefined) => [...(before ?? []), text]);
    command.addOption(option);
  }
  return command.option('--config <FILE>', 'settings (default: restante.toml, where there is one)');
}

export const allSettings = Object.keys(settings) as readonly SettingName[];

/** The configuration of a command's flags, the environment and the file. Throws ConfigError. */
export function configuration(options: Flags, defaults: Sources['defaults'] = {}): Config {
  const { config, ...rest } = options;
  const flags = Object.fromEntries(
    Object.entries(rest).filter(([name]) => Object.hasOwn(settings, name)),
  );
  const named = typeof config === 'string' ? config : process.env['RESTANTE_CONFIG'];
  return readConfig({ flags, environment: process.env, file: readFile(named), defaults });
}

const usualFile = 'restante.toml';

function readFile(named: string | undefined): Sources['file'] {
  const name = named ?? usualFile;
  try {
    return { name, text: readFileSync(name, 'utf8') };
  } catch (error) {
    if (named === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ConfigError(`config "${name}": it cannot be read (${(error as Error).message})`, {
      cause: error,
    });
  }
}
