import { upper } from '../../base/ascii.ts';
import type { EnableArguments } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';

/** enable = "ENABLE" 1*(SP capability)      RFC 9051 section 9, RFC 5161 section 4 */
export function parseEnable(c: Cursor): EnableArguments {
  const capabilities: string[] = [];
  do {
    c.space();
    capabilities.push(upper(c.atom('capability')));
  } while (!c.atEnd);
  return { capabilities };
}
