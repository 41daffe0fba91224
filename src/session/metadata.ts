import { foldedEntry, isEntryName, specialUseEntry, type EntryName } from '../model/metadata.ts';
import type { MailboxName } from '../model/mailbox-name.ts';
import type { MetadataResponse } from '../model/response.ts';
import type { MetadataEntry } from '../store/metadata.ts';
import type { Mailbox } from '../store/store.ts';
import { shown, type Realm } from './place.ts';

/** What has metadata: a mailbox, or the server with what belongs to the account. */
export interface Annotated {
  readonly realm: Realm;
  /** Undefined for the server. */
  readonly mailbox: Mailbox | undefined;
  /** Shared entries of the server, by their names. */
  readonly serverMetadata: ServerMetadata;
}

/** What the operator says to everybody: `/shared/comment`, `/shared/admin` (RFC 5464 section 3.2.1.1). */
export type ServerMetadata = ReadonlyMap<EntryName, string>;

export interface MetadataReading {
  readonly entries: readonly EntryName[];
  readonly depth: number;
  /** Larger values are left out. */
  readonly bytesMax?: number | undefined;
  readonly signal: AbortSignal;
}

/** The name of the server in GETMETADATA, SETMETADATA and METADATA (RFC 5464 section 4.1). */
export const server = '' as MailboxName;

/** Values that go out together: one response for a few comments, and never much memory. */
const responseBytesMax = 16 * 1024;

type Value = readonly [name: EntryName, value: Uint8Array | null];

/**
 * METADATA responses with the entries asked for, NIL for one that has no value, as RFC 9590 section 4 shows (RFC 5464
 * section 4.2 requires a response). Returns the size of the largest value that was left out.
 */
export async function* metadataOf(
  annotated: Annotated,
  reading: MetadataReading,
): AsyncGenerator<MetadataResponse, number, undefined> {
  const mailbox = annotated.mailbox ? shown(annotated.mailbox, annotated.realm).name : server;
  let longest = 0;
  let values: Value[] = [];
  let bytes = 0;
  for await (const { name, size, value } of found(annotated, reading)) {
    if (value === undefined) longest = Math.max(longest, size);
    else values.push([name, value]);
    bytes += name.length + (value?.length ?? 0);
    if (bytes < responseBytesMax || values.length === 0) continue;
    yield { kind: 'METADATA', mailbox, values };
    values = [];
    bytes = 0;
  }
  if (values.length > 0) yield { kind: 'METADATA', mailbox, values };
  return longest;
}

/** The same of one of many mailboxes: nothing when it was removed a moment ago (RFC 9590 section 3). */
export async function* metadataIfThere(
  annotated: Annotated,
  reading: MetadataReading,
): AsyncGenerator<MetadataResponse, number, undefined> {
  try {
    return yield* metadataOf(annotated, reading);
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'mailbox-not-found';
    if (!gone) throw error;
    return 0;
  }
}

interface Found extends Omit<MetadataEntry, 'value'> {
  /** Null for none; undefined when it is too large. */
  readonly value: Uint8Array | null | undefined;
}

/** Each entry once, in the order asked for; named as the client names it, or as it was set. */
async function* found(
  annotated: Annotated,
  { entries, depth, bytesMax = Infinity, signal }: MetadataReading,
): AsyncGenerator<Found, void, undefined> {
  const { realm, mailbox } = annotated;
  const computed = computedEntries(annotated);
  const seen = new Set<string>();
  for (const asked of entries) {
    let any = seen.has(foldedEntry(asked));
    const of = (entry: MetadataEntry): Found | undefined => {
      any = true;
      const folded = foldedEntry(entry.name);
      if (seen.has(folded)) return undefined;
      seen.add(folded);
      return folded === foldedEntry(asked) ? { ...entry, name: asked } : entry;
    };
    for (const [name, text] of computed) {
      const value = Buffer.from(text);
      const size = value.length;
      if (!isWithin(name, asked, depth)) continue;
      const entry = of({ name, size, value: size <= bytesMax ? value : undefined });
      if (entry !== undefined) yield entry;
    }
    for await (const stored of realm.account.metadata(mailbox?.id, {
      entries: [asked],
      depth,
      bytesMax,
      signal,
    })) {
      const entry = of(stored);
      if (entry !== undefined) yield entry;
    }
    if (!any && isEntryName(asked)) {
      seen.add(foldedEntry(asked));
      yield { name: asked, size: 0, value: null };
    }
  }
}

/** Entries that no client sets, or sets as something else. */
function computedEntries({ realm, mailbox, serverMetadata }: Annotated): ServerMetadata {
  if (mailbox === undefined) return serverMetadata;
  const specialUse = realm.kind === 'personal' ? mailbox.specialUse : undefined;
  return new Map(specialUse === undefined ? [] : [[specialUseEntry, specialUse]]);
}

function isWithin(name: EntryName, above: EntryName, depth: number): boolean {
  const folded = foldedEntry(name);
  const from = foldedEntry(above);
  if (folded === from) return true;
  return folded.startsWith(`${from}/`) && folded.slice(from.length + 1).split('/').length <= depth;
}
