import { upper } from '../../base/ascii.ts';
import type { SetQuotaArguments } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';

/**
 *   setquota          = "SETQUOTA" SP quota-root-name SP setquota-list      RFC 9208 section 7
 *   setquota-list     = "(" [setquota-resource *(SP setquota-resource)] ")"
 *   setquota-resource = resource-name SP resource-limit
 *   resource-name     = "STORAGE" / "MESSAGE" / "MAILBOX" / "ANNOTATION-STORAGE" / atom
 *   resource-limit    = number64
 */
export function parseSetquota(c: Cursor): SetQuotaArguments {
  c.space();
  const root = c.astring('quota-root-name');
  c.space();
  const limits = c.list(() => {
    const name = upper(c.atom('resource-name'));
    c.space();
    return { name, limit: c.number64('resource-limit') };
  }, true);
  c.end();
  return { root, limits };
}
