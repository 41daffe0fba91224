/** What an account may have of each (RFC 9208 section 5). */
export const quotaResources = ['storage', 'messages', 'mailboxes'] as const;

export type QuotaResource = (typeof quotaResources)[number];

/**
 * What an account has. `storage`: the bytes of its messages, every copy counted; `mailboxes`: those that can be
 * selected. What was expunged does not count, though it can be brought back for a while.
 */
export type QuotaUsage = { readonly [Resource in QuotaResource]: number };

/** What usage is not to be brought above, in the same units; a resource that is missing has no limit. */
export type QuotaLimits = { readonly [Resource in QuotaResource]?: number };

/** What is laid down for one account: null is no limit; a resource that is missing has the limit that all accounts have. */
export type QuotaRule = { readonly [Resource in QuotaResource]?: number | null };

/** The quota of an account as of one durable write. A value: a new one replaces it. */
export interface Quota {
  readonly usage: QuotaUsage;
  /** Those in force. */
  readonly limits: QuotaLimits;
  readonly rule: QuotaRule;
}

/** The limits of an account that has this rule where all accounts have these. */
export function limitsUnder(rule: QuotaRule, all: QuotaLimits): QuotaLimits {
  return Object.fromEntries(
    quotaResources.flatMap((resource) => {
      const limit = rule[resource] === undefined ? all[resource] : rule[resource];
      return limit === undefined || limit === null ? [] : [[resource, limit]];
    }),
  );
}

/** A resource that so much more would bring above its limit; undefined when there is room. */
export function exceeded(
  { usage, limits }: Pick<Quota, 'usage' | 'limits'>,
  more: Partial<QuotaUsage>,
): QuotaResource | undefined {
  return quotaResources.find((resource) => {
    const wanted = more[resource] ?? 0;
    return wanted > 0 && usage[resource] + wanted > (limits[resource] ?? Infinity);
  });
}

/** Whether more is there already than may be: a limit was lowered, or an operator put something in. */
export function isExceeded({ usage, limits }: Pick<Quota, 'usage' | 'limits'>): boolean {
  return quotaResources.some((resource) => usage[resource] > (limits[resource] ?? Infinity));
}
