import { isAboveEntries, isEntryName, type EntryName } from '../../model/metadata.ts';
import type { Cursor } from '../cursor.ts';

/** entry = astring ; slash-separated path to entry, MUST NOT contain "*" or "%"      RFC 5464 section 5 */
export function parseEntry(c: Cursor): EntryName {
  return read(c, isEntryName);
}

/** An entry, or a name above entries such as `/private`, where those below it are asked for. */
export function parseEntryAbove(c: Cursor): EntryName {
  return read(c, isAboveEntries);
}

function read(c: Cursor, is: (text: string) => text is EntryName): EntryName {
  const from = c.offset;
  const text = c.astring('entry');
  if (!is(text)) throw c.expected('name of an entry', from);
  return text;
}
