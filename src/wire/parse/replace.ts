import type { ReplaceArguments } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';
import { parseAppend } from './append.ts';

/**
 *   replace = "REPLACE" SP seq-number SP mailbox append-message      RFC 8508 section 5
 *   uid     =/ "UID" SP replace
 */
export function parseReplace(c: Cursor): ReplaceArguments {
  c.space();
  const from = c.offset;
  const number = c.tryChar('*') ? '*' : c.nzNumber();
  if (!c.sees(' ')) throw c.expected('seq-number', from);
  const replaced = { kind: 'ranges', ranges: [{ first: number, last: number }] } as const;
  return { replaced, ...parseAppend(c) };
}
