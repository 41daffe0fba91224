import type { RenameArguments } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';

/** rename = "RENAME" SP mailbox SP mailbox      RFC 9051 section 9 */
export function parseRename(c: Cursor): RenameArguments {
  c.space();
  const from = c.mailbox();
  c.space();
  const to = c.mailbox();
  c.end();
  return { from, to };
}
