import type { CopyArguments } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';

/**
 *   copy = "COPY" SP sequence-set SP mailbox
 *   move = "MOVE" SP sequence-set SP mailbox      RFC 9051 section 9, RFC 6851 section 5
 */
export function parseCopy(c: Cursor): CopyArguments {
  c.space();
  const set = c.sequenceSet();
  c.space();
  const mailbox = c.mailbox();
  c.end();
  return { set, mailbox };
}
