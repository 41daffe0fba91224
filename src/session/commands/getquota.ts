import { parseGetquota } from '../../wire/parse/getquota.ts';
import { defineCommand, ok } from '../command.ts';
import { quotaResponse, rootAccount } from '../quota.ts';

/**
 * GETQUOTA (RFC 9208 section 4.1.1).
 *
 *   getquota = "GETQUOTA" SP quota-root-name
 */
export const getquota = defineCommand({
  name: 'GETQUOTA',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  parse: parseGetquota,

  async run(context, args) {
    await using found = await rootAccount(context, args.root);
    await context.reply(quotaResponse(found.root, found.account.quota, context));
    return ok('GETQUOTA completed');
  },
});
