import { Command } from 'commander';
import { ConfigError } from '../app/config-error.ts';
import { parseQuotaLimit } from '../app/quota-setting.ts';
import { quotaResources, type Quota, type QuotaResource, type QuotaRule } from '../model/quota.ts';
import { StoreError } from '../store/store-error.ts';
import { CliError } from './cli-error.ts';
import { addSettings } from './configuration.ts';
import { withDirectory } from './with-directory.ts';

type Options = Record<string, string>;

interface QuotaOptions extends Partial<Record<QuotaResource, string>> {
  readonly none?: boolean;
  readonly default?: boolean;
}

/** `restante user quota`: what an account has and may have, and how that is changed. */
export function userQuotaCommand(): Command {
  const command = new Command('quota')
    .description(
      'print what an account has and may have, one a line; with options, lay down what it may have, at once',
    )
    .argument('<ADDRESS>')
    .option('--storage <SIZE|none|default>', 'bytes of all its messages, such as 2GiB')
    .option('--messages <N|none|default>', 'number of its messages')
    .option('--mailboxes <N|none|default>', 'number of its mailboxes')
    .option('--none', 'no limit of any kind, whatever all accounts have')
    .option('--default', 'what all accounts have');
  return addSettings(command, ['store', 'quota']).action(
    async (address: string, options: Options & QuotaOptions) => {
      const change = changeOf(options);
      await withDirectory({ options, address }, async (directory, _, store) => {
        const record = await directory.find(address);
        if (record === undefined) throw new StoreError('account-not-found', address);
        await using account = await store.open(record.id);
        if (change !== undefined) await account.setQuota(change(account.quota.rule));
        process.stdout.write(lines(account.quota).join(''));
      });
    },
  );
}

/** The rule that the options make of the one before; undefined when they ask for no change. */
function changeOf(options: QuotaOptions): ((before: QuotaRule) => QuotaRule) | undefined {
  const { none = false, default: isDefault = false } = options;
  const named = quotaResources.filter((resource) => options[resource] !== undefined);
  if (none && isDefault) throw new CliError('write --none or --default, not both', 2);
  if (!none && !isDefault && named.length === 0) return undefined;
  const values = named.map((resource) => [resource, limitOf(resource, options[resource] ?? '')]);
  const all = none ? Object.fromEntries(quotaResources.map((resource) => [resource, null])) : {};
  return (before) => {
    const merged = { ...(none || isDefault ? all : before), ...Object.fromEntries(values) };
    return Object.fromEntries(Object.entries(merged).filter(([, limit]) => limit !== undefined));
  };
}

function limitOf(resource: QuotaResource, text: string): number | null | undefined {
  if (text === 'none') return null;
  if (text === 'default') return undefined;
  try {
    return parseQuotaLimit(resource, text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const words = `--${resource} "${text}": ${error.message}, or none, or default`;
    throw new CliError(words, 2, { cause: error });
  }
}

/** One line each: resource, what there is, what there may be, and why. */
function lines({ usage, limits, rule }: Quota): string[] {
  return quotaResources.map((resource) => {
    const shown = resource === 'storage' ? size : String;
    const limit = limits[resource];
    const why = rule[resource] === undefined ? 'default' : 'for this account';
    return `${resource}\t${shown(usage[resource])}\t${limit === undefined ? 'no limit' : shown(limit)}\t${why}\n`;
  });
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Bytes in the largest unit of which there is one, to a tenth. */
function size(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = Math.round((bytes / 1024 ** power) * 10) / 10;
  return `${value} ${units[power]}`;
}
