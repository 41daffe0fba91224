import type { SetQuotaArguments } from '../../model/arguments.ts';
import { quotaResources, type QuotaResource, type QuotaRule } from '../../model/quota.ts';
import { no } from '../../model/refusal.ts';
import { parseSetquota } from '../../wire/parse/setquota.ts';
import { defineCommand, ok, type SessionControl } from '../command.ts';
import {
  isAdministrator,
  quotaResponse,
  resourceNames,
  rootAccount,
  storageUnit,
} from '../quota.ts';

/**
 * SETQUOTA (RFC 9208 section 4.1.3), for administrators alone: nobody raises his own limits.
 *
 *   setquota = "SETQUOTA" SP quota-root-name SP setquota-list
 */
export const setquota = defineCommand({
  name: 'SETQUOTA',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  parse: parseSetquota,

  async run(context, args) {
    const { reply, session, signal } = context;
    if (!(await isAdministrator(context)))
      throw no('only administrators may do this', { kind: 'NOPERM' });
    const rule = ruleOf(args, session);
    await using found = await rootAccount(context, args.root);
    await found.account.setQuota(rule, { signal, origin: session.origin });
    await reply(quotaResponse(found.root, found.account.quota, context));
    return ok('SETQUOTA completed');
  },
});

/** Resources that are not listed have no limit from then on, not even the one that all accounts have. */
function ruleOf({ limits }: SetQuotaArguments, session: SessionControl): QuotaRule {
  const rule = Object.fromEntries(quotaResources.map((resource) => [resource, null])) as Record<
    QuotaResource,
    number | null
  >;
  for (const { name, limit } of limits) {
    const known = resourceNames.find(([candidate]) => candidate === name);
    if (known === undefined || session.isOff(`QUOTA=RES-${known[0]}`))
      throw no('this resource cannot be limited', { kind: 'CANNOT' });
    const [, resource] = known;
    const unit = resource === 'storage' ? storageUnit : 1;
    rule[resource] = Math.min(limit, Math.floor(Number.MAX_SAFE_INTEGER / unit)) * unit;
  }
  return rule;
}
