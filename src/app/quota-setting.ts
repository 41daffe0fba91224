import { quotaResources, type QuotaLimits, type QuotaResource } from '../model/quota.ts';
import type { OverQuotaReply } from '../lmtp/reply.ts';
import { ConfigError } from './config-error.ts';
import { readQuantity, sizes } from './quantity.ts';

/** What an operator lays down for all accounts. */
export interface QuotaSetting {
  readonly limits: QuotaLimits;
  /** What LMTP answers for an account that is full: 452, so that the MTA tries again, or 552. */
  readonly lmtp: OverQuotaReply;
}

const replies: readonly OverQuotaReply[] = ['defer', 'reject'];

/** A limit as it is written: a whole number, of `storage` in bytes or with a unit. Throws ConfigError. */
export function parseQuotaLimit(resource: QuotaResource, text: string): number {
  const units = resource === 'storage' ? sizes : {};
  const limit = readQuantity(text, units);
  if (limit !== undefined) return limit;
  const names = Object.keys(units);
  const or = names.length === 0 ? '' : `, alone or with ${names.join(', ')}`;
  throw new ConfigError(`write a whole number${or}`);
}

/** `NAME=VALUE`, each from a flag or a line of the file. Throws ConfigError. */
export function decodeQuota(texts: readonly string[]): Partial<QuotaSetting> {
  const limits: Partial<Record<QuotaResource, number>> = {};
  let lmtp: OverQuotaReply | undefined;
  for (const text of texts) {
    const [, name = text, value] = /^(.*?)\s*=\s*(.*)$/s.exec(text) ?? [];
    const resource = quotaResources.find((known) => known === name);
    if (resource === undefined && name !== 'lmtp') {
      throw new ConfigError(`there is no ${name}; there are ${quotaResources.join(', ')}, lmtp`);
    }
    if (value === undefined) throw new ConfigError(`write it as ${name}=VALUE`);
    try {
      if (resource === undefined) lmtp = parseReply(value);
      else limits[resource] = parseQuotaLimit(resource, value);
    } catch (error) {
      throw new ConfigError(`${name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return { limits, ...(lmtp && { lmtp }) };
}

function parseReply(text: string): OverQuotaReply {
  const found = replies.find((reply) => reply === text);
  if (found === undefined) throw new ConfigError('write defer (452 4.2.2) or reject (552 5.2.2)');
  return found;
}
