import type { ResponseReader, StringValue } from './response-reader.ts';

export interface ParsedMetadata {
  readonly kind: 'METADATA';
  readonly mailbox: string;
  /** Names, with values where there are values. */
  readonly entries: ReadonlyMap<string, StringValue | null | undefined>;
}

/** metadata-resp = "METADATA" SP mailbox SP (entry-values / entry-list)      RFC 5464 section 5 */
export function readMetadata(r: ResponseReader): ParsedMetadata {
  r.take(' ');
  const mailbox = r.astring();
  r.take(' ');
  const entries = new Map<string, StringValue | null | undefined>();
  const read = (value: () => StringValue | null | undefined): void => {
    const name = r.astring();
    if (!/^(?:\/[^/*%]+)+$/.test(name) || entries.has(name)) r.fail('another entry');
    entries.set(name, value());
  };
  if (r.sees('(')) r.list(() => read(() => (r.take(' '), r.binary())));
  else
    do read(() => undefined);
    while (r.try(' '));
  return { kind: 'METADATA', mailbox, entries };
}
