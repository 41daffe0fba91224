import type { SetMetadataArguments } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';
import { parseEntry } from './entry.ts';

/**
 *   setmetadata  = "SETMETADATA" SP mailbox SP entry-values
 *   entry-values = "(" entry-value *(SP entry-value) ")"
 *   entry-value  = entry SP value
 *   value        = nstring / literal8      RFC 5464 section 5
 */
export function parseSetMetadata(c: Cursor): SetMetadataArguments {
  c.space();
  const mailbox = c.mailbox();
  c.space();
  const entries = c.list(() => {
    const name = parseEntry(c);
    c.space();
    return [name, c.value()] as const;
  });
  c.end();
  return { mailbox, entries };
}
