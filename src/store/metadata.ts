import type { EntryName } from '../model/metadata.ts';
import type { SpecialUse } from '../model/special-use.ts';

/** Which entries of a mailbox's or an account's metadata (RFC 5464) are asked for. */
export interface MetadataQuery {
  readonly entries: readonly EntryName[];
  /** How many levels below each of them; 0 unless told, Infinity for all. */
  readonly depth?: number;
  /** A larger value is not read, only its size is told. */
  readonly bytesMax?: number;
  readonly signal?: AbortSignal;
}

/** An entry that is there. */
export interface MetadataEntry {
  /** In the case in which it was set. */
  readonly name: EntryName;
  /** Of its value, bytes. */
  readonly size: number;
  /** Undefined for one of more than `bytesMax`. */
  readonly value: Uint8Array | undefined;
}

/** What is set in one step. */
export interface MetadataEdit {
  /** Values, or null to remove; in this order. */
  readonly entries: readonly (readonly [name: EntryName, value: Uint8Array | null])[];
  /** What the mailbox is for from now on, null for nothing; told as a change of `/private/specialuse`. */
  readonly specialUse?: SpecialUse | null | undefined;
}
