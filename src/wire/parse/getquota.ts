import type { QuotaRootArguments } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';

/**
 *   getquota        = "GETQUOTA" SP quota-root-name      RFC 9208 section 7
 *   quota-root-name = astring
 */
export function parseGetquota(c: Cursor): QuotaRootArguments {
  c.space();
  const root = c.astring('quota-root-name');
  c.end();
  return { root };
}
