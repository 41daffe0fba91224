import type { ListArguments } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';

/** lsub = "LSUB" SP mailbox SP list-mailbox      RFC 3501 section 9 */
export function parseLsub(c: Cursor): ListArguments {
  c.space();
  const reference = c.reference();
  c.space();
  const pattern = c.listMailbox();
  c.end();
  return { reference, patterns: [pattern], selection: [], returns: [], extended: false };
}
