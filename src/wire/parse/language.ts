import type { LanguageArguments } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';

/**
 *   language-cmd      = "LANGUAGE" *(SP lang-range-quoted)
 *   lang-range-quoted = astring      RFC 5255 section 3.5
 */
export function parseLanguage(c: Cursor): LanguageArguments {
  const ranges: string[] = [];
  while (c.trySpace()) ranges.push(c.astring());
  c.end();
  return { ranges };
}
