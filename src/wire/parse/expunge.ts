import type { ExpungeArguments } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';

/**
 *   "EXPUNGE"                                  RFC 9051 section 9
 *   uid-expunge = "EXPUNGE" SP sequence-set    RFC 9051 section 9, RFC 4315 section 4
 */
export function parseExpunge(c: Cursor, uid: boolean): ExpungeArguments {
  if (!uid) {
    c.end();
    return {};
  }
  c.space();
  const set = c.sequenceSet();
  c.end();
  return { set };
}
