import type { EntryName } from '../../model/metadata.ts';
import type { RawText } from '../../model/raw-text.ts';
import type { MetadataResponse } from '../../model/response.ts';
import {
  astring,
  joined,
  list,
  mailbox,
  nil,
  rawString,
  wire,
  type Wire,
  type WriteOptions,
} from './wire.ts';

/**
 *   metadata-resp = "METADATA" SP mailbox SP (entry-values / entry-list)
 *   entry-values  = "(" entry-value *(SP entry-value) ")"
 *   entry-list    = entry *(SP entry)      RFC 5464 section 5
 */
export function metadata(response: MetadataResponse, options: WriteOptions): Wire {
  const entry = (name: EntryName): Wire => astring(name, options);
  const entries =
    'changed' in response
      ? joined(response.changed.map(entry))
      : list(response.values.map(([name, bytes]) => wire`${entry(name)} ${value(bytes, options)}`));
  return wire`* METADATA ${mailbox(response.mailbox, options)} ${entries}`;
}

/** value = nstring / literal8      RFC 5464 section 5 */
function value(bytes: Uint8Array | null, options: WriteOptions): Wire {
  if (bytes === null) return nil;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return text.includes('\0')
    ? (`~{${text.length}}\r\n${text}` as Wire)
    : rawString(text as RawText, options);
}
