/**
 * The configuration: one table of settings that flags, environment and `restante.toml` share. What is
 * set in several places counts in this order: flag, environment, file, default.
 */
import { availableParallelism } from 'node:os';
import { parse as parseToml } from 'smol-toml';
import { defaultLimits, type Limits } from '../base/limits.ts';
import type { CapabilitySwitches } from '../model/offer.ts';
import {
  parseListenAddress,
  parseStoreAddress,
  type ListenAddress,
  type StoreAddress,
} from './address.ts';
import { decodeCapabilities } from './capability-setting.ts';
import { ConfigError } from './config-error.ts';
import { loopbackNetworks, networks } from './networks.ts';
import { parseQuantity } from './quantity.ts';
import { decodeQuota, type QuotaSetting } from './quota-setting.ts';

export interface Config {
  readonly store: StoreAddress;
  readonly listen: readonly ListenAddress[];
  /** Files; both or none. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** Networks, as `networks` reads them. */
  readonly trusted: readonly string[];
  /** Whether flag changes wait for the disk as everything else does. */
  readonly sync: 'full' | 'relaxed';
  /** What METADATA tells everybody (RFC 5464 section 3.2.1.1): how to reach the administrator, a URI; a note. */
  readonly admin: string | undefined;
  readonly comment: string | undefined;
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
  readonly limits: Limits;
  /** Capabilities switched for everybody, by their names. */
  readonly capabilities: CapabilitySwitches;
  readonly quota: QuotaSetting;
  readonly workers: Workers;
}

/** How many processes serve. When both are 1 it is this one alone. */
export interface Workers {
  /** From the start on. */
  readonly least: number;
  /** When there is work for them. */
  readonly most: number;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';
export type LogFormat = 'json' | 'text';

/** A setting: how it is named and what it means. All sources give text, the file numbers too. */
interface Setting<Value> {
  /** The flag without `--`, the key of the file; the environment has `RESTANTE_` and capitals. */
  readonly name: string;
  /** May be given many times, as a TOML array, or in the environment parted by spaces or commas. */
  readonly many: boolean;
  /** The file has it as a table, each line of which is a `NAME=VALUE`. */
  readonly isTable?: true;
  /** The file may have it as a number. */
  readonly isNumber?: true;
  /** The placeholder of the flag's value. */
  readonly value: string;
  readonly help: string;
  readonly decode: (texts: readonly string[]) => Value;
}

function one<Value>(
  setting: Omit<Setting<Value>, 'many' | 'decode'>,
  decode: (text: string) => Value,
): Setting<Value> {
  return { ...setting, many: false, decode: (texts) => decode(texts[0] ?? '') };
}

function many<Value>(
  setting: Omit<Setting<Value>, 'many' | 'decode'>,
  decode: (texts: readonly string[]) => Value,
): Setting<Value> {
  return { ...setting, many: true, decode };
}

function oneOf<const Choice extends string>(choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    const found = choices.find((choice) => choice === text);
    if (found === undefined) throw new ConfigError(`write one of ${choices.join(', ')}`);
    return found;
  };
}

/** More would share nothing but memory. */
const workersMax = 256;

/** One per core as soon as there is so much to do: until then a machine of many cores needs no more memory than any. */
const defaultWorkers = '1-cores';

function workers(text: string): Workers {
  const [least = NaN, most = least, ...others] = text.split('-').map(workerCount);
  if (others.length === 0 && 1 <= least && least <= most && most <= workersMax)
    return { least, most };
  throw new ConfigError(
    `write a number from 1 to ${workersMax}, cores for one per core, or two of these such as 1-cores for as many as there is work for`,
  );
}

function workerCount(text: string): number {
  if (text === 'cores') return Math.min(availableParallelism(), workersMax);
  return /^\d{1,4}$/.test(text) ? Number(text) : NaN;
}

function path(text: string): string {
  if (text === '') throw new ConfigError('write the path of a file');
  return text;
}

export const settings = {
  store: one(
    { name: 'store', value: 'URL', help: 'where mail is kept: sqlite:DIRECTORY' },
    parseStoreAddress,
  ),
  listen: many(
    {
      name: 'listen',
      value: 'URL',
      help: 'accept connections here: imap://, imaps://, lmtp://, http://HOST:PORT, lmtp+unix:PATH (repeatable)',
    },
    (texts) => texts.map(parseListenAddress),
  ),
  tlsCert: one({ name: 'tls-cert', value: 'FILE', help: 'certificate chain, PEM' }, path),
  tlsKey: one({ name: 'tls-key', value: 'FILE', help: 'private key, PEM' }, path),
  trusted: many(
    {
      name: 'trusted',
      value: 'NETWORK',
      help: 'networks without limits per address and login penalties (repeatable; default loopback)',
    },
    (texts) => {
      networks(texts);
      return texts;
    },
  ),
  sync: one(
    {
      name: 'sync',
      value: 'MODE',
      help: 'full, or relaxed: a power loss may take the last 100 ms of flag changes',
    },
    oneOf(['full', 'relaxed']),
  ),
  workers: {
    name: 'workers',
    many: false,
    isNumber: true,
    value: 'N',
    help: 'processes that serve connections; cores: one per core; 1-cores: as many as there is work for (default)',
    decode: ([text = '']: readonly string[]) => workers(text),
  },
  admin: one(
    { name: 'admin', value: 'URI', help: 'how users reach you, such as mailto:postmaster@…' },
    (text) => {
      if (/^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/.test(text)) return text;
      throw new ConfigError('write a URI, such as mailto:postmaster@example.org');
    },
  ),
  comment: one(
    { name: 'comment', value: 'TEXT', help: 'a note on the server for its users' },
    (text) => text,
  ),
  logLevel: one(
    { name: 'log-level', value: 'LEVEL', help: 'debug, info, warn, error or silent' },
    oneOf(['debug', 'info', 'warn', 'error', 'silent']),
  ),
  logFormat: one(
    { name: 'log-format', value: 'FORMAT', help: 'json or text' },
    oneOf(['json', 'text']),
  ),
  limits: many(
    {
      name: 'limits',
      isTable: true,
      value: 'NAME=VALUE',
      help: 'a limit, such as messageBytesMax=100MiB (repeatable)',
    },
    decodeLimits,
  ),
  quota: many(
    {
      name: 'quota',
      isTable: true,
      value: 'NAME=VALUE',
      help: 'what every account may have: storage=10GiB, messages=N, mailboxes=N; lmtp=defer|reject (repeatable)',
    },
    decodeQuota,
  ),
  capabilities: many(
    {
      name: 'capabilities',
      isTable: true,
      value: 'NAME=on|off',
      help: 'switch a capability, such as NOTIFY=off (repeatable)',
    },
    decodeCapabilities,
  ),
} as const;

type Settings = typeof settings;
export type SettingName = keyof Settings;
type Decoded = { [Name in SettingName]?: ReturnType<Settings[Name]['decode']> };

/** Where settings come from. */
export interface Sources {
  /** As commander gives them: by setting, text or list of texts. */
  readonly flags: Readonly<Partial<Record<SettingName, string | readonly string[]>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The file's name, for messages, and its text. */
  readonly file?: { readonly name: string; readonly text: string } | undefined;
  readonly defaults?: Partial<Pick<Config, 'store' | 'listen' | 'log' | 'workers'>>;
}

export const defaultStore: StoreAddress = { scheme: 'sqlite', directory: './restante-data' };
const defaultListen: readonly ListenAddress[] = [
  { scheme: 'imap', host: '127.0.0.1', port: 1143 },
  { scheme: 'lmtp', host: '127.0.0.1', port: 1024 },
];

/** The configuration of these sources. Throws ConfigError, whose text names the place and the key. */
export function readConfig(sources: Sources): Config {
  const found: Decoded = {
    ...fromFile(sources.file),
    ...fromEnvironment(sources.environment),
    ...fromFlags(sources.flags),
  };
  const { defaults } = sources;
  const config: Config = {
    store: found.store ?? defaults?.store ?? defaultStore,
    listen: found.listen ?? defaults?.listen ?? defaultListen,
    tls: tlsFiles(found),
    trusted: found.trusted ?? loopbackNetworks,
    sync: found.sync ?? 'full',
    admin: found.admin,
    comment: found.comment,
    log: {
      level: found.logLevel ?? defaults?.log?.level ?? 'info',
      format: found.logFormat ?? defaults?.log?.format ?? 'json',
    },
    limits: { ...defaultLimits, ...found.limits },
    capabilities: found.capabilities ?? {},
    quota: { limits: {}, lmtp: 'defer', ...found.quota },
    workers: found.workers ?? defaults?.workers ?? workers(defaultWorkers),
  };
  return config;
}

/** Throws ConfigError when parts of a configuration do not fit together. */
export function checkConfig(config: Config): void {
  if (config.listen.length === 0) {
    throw new ConfigError(
      'listen is empty: name at least one address, such as imap://127.0.0.1:1143',
    );
  }
  if (config.tls === undefined && config.listen.some(({ scheme }) => scheme === 'imaps')) {
    throw new ConfigError(
      'listen has an imaps:// address, which needs tls-cert and tls-key: add both',
    );
  }
}

/** The names of `RESTANTE_…` variables that mean nothing: most likely misspelt. */
export function unknownVariables(environment: Sources['environment']): string[] {
  const known = new Set([
    'RESTANTE_CONFIG',
    ...Object.values(settings).map(({ name }) => variable(name)),
  ]);
  return Object.keys(environment).filter(
    (name) => name.startsWith('RESTANTE_') && !known.has(name),
  );
}

function variable(name: string): string {
  return `RESTANTE_${name.replaceAll('-', '_').toUpperCase()}`;
}

function decodeSetting(
  setting: Setting<unknown>,
  { texts, place }: { texts: readonly string[]; place: string },
): unknown {
  try {
    return setting.decode(texts);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const value =
      texts.length === 1 ? ` "${texts[0]}"` : ` [${texts.map((text) => `"${text}"`).join(', ')}]`;
    throw new ConfigError(`${place}${value}: ${error.message}`, { cause: error });
  }
}

function fromFlags(flags: Sources['flags']): Decoded {
  const found: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(flags)) {
    const setting = settings[key as SettingName];
    const texts = typeof value === 'string' ? [value] : value;
    found[key] = decodeSetting(setting, { texts, place: `--${setting.name}` });
  }
  return found;
}

function fromEnvironment(environment: Sources['environment']): Decoded {
  const found: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(settings)) {
    const name = variable(setting.name);
    const value = environment[name];
    if (value === undefined || value === '') continue;
    const texts = setting.many ? value.split(/[\s,]+/).filter((text) => text !== '') : [value];
    found[key] = decodeSetting(setting, { texts, place: name });
  }
  return found;
}

function fromFile(file: Sources['file']): Decoded {
  if (file === undefined) return {};
  let table: Readonly<Record<string, unknown>>;
  try {
    table = parseToml(file.text);
  } catch (error) {
    throw new ConfigError(`${file.name}: ${(error as Error).message.trim()}`, { cause: error });
  }
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(table)) {
    const entry = Object.entries(settings).find(([, setting]) => setting.name === name);
    const place = `${file.name}: ${name}`;
    if (entry === undefined) {
      const names = Object.values(settings).map((setting) => setting.name);
      throw new ConfigError(`${place} is not a setting; there are ${names.join(', ')}`);
    }
    const [key, setting] = entry;
    found[key] = decodeSetting(setting, { texts: fileTexts(setting, { place, value }), place });
  }
  return found;
}

/** A value of the file as the texts that a flag would have. */
function fileTexts(
  setting: Setting<unknown>,
  { place, value }: { place: string; value: unknown },
): string[] {
  if (setting.isTable === true) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ConfigError(`${place} is not a table: write [${setting.name}] and one a line`);
    }
    return Object.entries(value).map(([name, said]) => `${name}=${String(said)}`);
  }
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (!setting.many && Array.isArray(value))
    throw new ConfigError(`${place} is a list: write one value`);
  return values.map((item) => {
    if (typeof item === 'string') return item;
    if (setting.isNumber === true && typeof item === 'number') return String(item);
    throw new ConfigError(`${place} = ${JSON.stringify(item)}: write text in quotes`);
  });
}

function decodeLimits(texts: readonly string[]): Partial<Limits> {
  const found: Record<string, number> = {};
  for (const text of texts) {
    const cut = text.indexOf('=');
    const name = cut < 0 ? text : text.slice(0, cut).trim();
    if (!Object.hasOwn(defaultLimits, name)) {
      throw new ConfigError(
        `there is no limit ${name}; there are ${Object.keys(defaultLimits).join(', ')}`,
      );
    }
    if (cut < 0) throw new ConfigError(`write it as ${name}=VALUE`);
    try {
      found[name] = parseQuantity(name, text.slice(cut + 1).trim());
    } catch (error) {
      throw new ConfigError(`${name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return found;
}

function tlsFiles(found: Decoded): Config['tls'] {
  const { tlsCert: cert, tlsKey: key } = found;
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined)
    throw new ConfigError(`tls-key "${key}" is set without tls-cert: set both`);
  if (key === undefined)
    throw new ConfigError(`tls-cert "${cert}" is set without tls-key: set both`);
  return { cert, key };
}
