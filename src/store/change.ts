import type { FlagSet } from '../model/flag.ts';
import type { MailboxId, MessageRef, ModSeq, Uid } from '../model/ids.ts';
import type { EntryName } from '../model/metadata.ts';
import type { DateTime } from '../model/date-time.ts';
import type { NumberSet } from '../model/number-set.ts';

/**
 * What happened in an account, as `changes(since)` reports it: ordered by mod-sequence, nothing
 * skipped, several changes of one message folded into its last state.
 */
export type Change =
  /** A message that is new since then, or whose flags are. */
  | {
      readonly kind: 'message';
      readonly mailbox: MailboxId;
      readonly modSeq: ModSeq;
      readonly entry: Entry;
    }
  | {
      readonly kind: 'vanished';
      readonly mailbox: MailboxId;
      readonly modSeq: ModSeq;
      readonly uid: Uid;
    }
  /** Created, renamed, subscribed, given a special use. Names are the present ones. */
  | { readonly kind: 'mailbox'; readonly mailbox: MailboxId; readonly modSeq: ModSeq }
  | { readonly kind: 'mailbox-removed'; readonly mailbox: MailboxId; readonly modSeq: ModSeq }
  /** An entry of a mailbox, or of the account itself, was set or removed; one that is gone may be told more than once. */
  | {
      readonly kind: 'metadata';
      readonly mailbox: MailboxId | undefined;
      readonly modSeq: ModSeq;
      /** Undefined for those removed so long ago that their names are no longer known. */
      readonly entry: EntryName | undefined;
    };

/** Messages that are gone, as they were last, each made when somebody asks for it: there may be a hundred thousand. */
export interface Gone extends Iterable<Entry> {
  readonly count: number;
  uid(index: number): Uid;
  entry(index: number): Entry;
}

/** A message in a mailbox: the facts that every session needs and that columns hold. */
export interface Entry {
  readonly uid: Uid;
  readonly message: MessageRef;
  readonly flags: FlagSet;
  readonly modSeq: ModSeq;
  /** Bytes. */
  readonly size: number;
  readonly internalDate: DateTime;
  /** When it came into this mailbox (RFC 8514). */
  readonly saveDate: DateTime;
}

/**
 * What one write did to one mailbox, reported to every view of it in this process after it is durable,
 * in mod-sequence order, in the same turn of the event loop in which the view's columns changed.
 */
export interface Delta {
  readonly modSeq: ModSeq;
  /** Who wrote, when it was somebody in this process: what the writer passed as `origin`. */
  readonly origin: object | undefined;
  /** Messages that are new, ascending: rows `view.count - added` and up. */
  readonly added: number;
  /** Messages whose flags or mod-sequence changed and that were there before. */
  readonly changed: NumberSet<Uid>;
  /** Messages of which, for who looks, nothing but the mod-sequence changed. */
  readonly modSeqOnly?: NumberSet<Uid>;
  /** Messages that are gone, ascending, as they were last. Their bytes stay readable for the retention time. */
  readonly expunged: Gone;
  /** The mailbox itself is gone; no further delta will come. */
  readonly removed: boolean;
}

/** What a watcher of an account is told after a durable write. */
export interface Hint {
  readonly modSeq: ModSeq;
  /** Undefined when only the list of mailboxes, or metadata, changed. */
  readonly mailbox: MailboxId | undefined;
  /** Metadata was set above this mod-sequence: `changes` has of what; then nothing else is hinted at. */
  readonly metadataSince?: ModSeq;
  /** Mailboxes that INBOX was renamed to; not known of a write that another process made long ago. */
  readonly inboxBecame?: readonly MailboxId[];
  /** Who wrote, when it was somebody in this process: what the writer passed as `origin`. */
  readonly origin: object | undefined;
}
