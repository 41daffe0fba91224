import type { Acl, AclChange } from '../model/acl.ts';
import type { DateTime } from '../model/date-time.ts';
import type { Envelope } from '../model/envelope.ts';
import type { Flag, FlagEdit, FlagSet } from '../model/flag.ts';
import type {
  AccountId,
  EmailId,
  MailboxId,
  MessageRef,
  ModSeq,
  ThreadId,
  Uid,
  UidValidity,
} from '../model/ids.ts';
import type { MailboxName } from '../model/mailbox-name.ts';
import type { NumberSet } from '../model/number-set.ts';
import type { Part } from '../model/part.ts';
import type { ReadyText } from '../model/ready-text.ts';
import type { SpecialUse } from '../model/special-use.ts';
import type { Change, Delta, Entry, Hint } from './change.ts';
import type { Directory } from './directory.ts';
import type { Limited, QuotaOptions } from './limited.ts';
import type { MetadataEdit, MetadataEntry, MetadataQuery } from './metadata.ts';

/**
 * What a store does. All methods may reject with StoreError. Every `signal` is honoured up to the
 * point where a write is decided: then it completes. A write resolves only when it is on stable
 * storage and after every view in this process has been told.
 */
export interface Store extends AsyncDisposable {
  readonly directory: Directory;
  /** The account's mail. One object serves all callers of a process; each disposes what it opened. */
  open(id: AccountId, options?: OpenOptions): Promise<Account>;
  /**
   * For a store in which time asks for something (what was expunged is forgotten when its retention is over, old mail is
   * packed): does it for the accounts that nobody has open, one after the other, each once a day whichever process
   * comes first. Resolves with their number when none is left, or early when aborted; one that fails is passed over.
   */
  tend?(options?: Abortable): Promise<number>;
}

export interface Abortable {
  readonly signal?: AbortSignal;
}

export interface OpenOptions extends Abortable {
  /** A mailbox that will be looked at next, most likely: a store that opens the account only now may get it ready meanwhile. */
  readonly soon?: MailboxName;
  /** Mail comes: nothing will be read but the mailboxes and their numbers, so a store need not get ready for more. */
  readonly toWrite?: boolean;
}

/** Options of every write. */
export interface WriteOptions extends Abortable, QuotaOptions {
  /** Comes back in the `Delta` of this write, so that a session knows its own changes. */
  readonly origin?: object;
}

/** One user's mail. */
export interface Account extends Limited, AsyncDisposable {
  readonly id: AccountId;
  /** The account's clock: the mod-sequence of the last durable write. */
  readonly modSeq: ModSeq;

  /**
   * For a store that several processes use: a promise when another one has written what is not shown here; once it
   * resolves, whatever was durable at the call is. Asked at every command, so it has to be cheap when there is nothing.
   * `names`: only what the mailboxes are called is asked for, before a write, which knows the rest by itself.
   */
  refresh?(what?: Freshness): Promise<void> | undefined;

  /** All mailboxes with their counters as of the last durable write, ordered by name. No I/O after the first call. */
  mailboxes(options?: Abortable): Promise<readonly Mailbox[]>;
  /** The mailbox of this name, as `mailboxes` has it, or undefined. */
  mailbox(name: MailboxName, options?: Abortable): Promise<Mailbox | undefined>;
  /** Names subscribed to, whether or not a mailbox of that name exists, ordered by name. */
  subscriptions(options?: Abortable): Promise<readonly MailboxName[]>;

  /**
   * Makes a mailbox and, where missing, its parents. `mailbox-exists`, `mailbox-refused`, `limit`,
   * `special-use-taken`. UIDVALIDITY is never one that a removed mailbox of this name had.
   */
  create(name: MailboxName, options?: CreateOptions): Promise<Mailbox>;
  /**
   * Renames a mailbox and all below it, making missing parents. Renaming INBOX moves its messages into a
   * new mailbox and leaves INBOX and its children (RFC 9051 section 6.3.6). Subscriptions stay with names.
   */
  rename(from: MailboxName, to: MailboxName, options?: WriteOptions): Promise<Mailbox>;
  /** Removes a mailbox and its messages; with children it stays as a name that cannot be selected. INBOX: `mailbox-refused`. */
  remove(name: MailboxName, options?: WriteOptions): Promise<void>;
  subscribe(name: MailboxName, subscribed: boolean, options?: WriteOptions): Promise<void>;
  /**
   * For a store whose mailboxes can be shared: changes who may do what with a mailbox (RFC 4314); the list as it is then.
   * A store keeps lists and judges nobody by them: a new mailbox has that of the one above it, a renamed one keeps its own.
   */
  setAcl?(id: MailboxId, change: AclChange, options?: WriteOptions): Promise<Acl | undefined>;
  /**
   * For a store whose mailboxes can be shared: the account as another user sees it, for whom \Seen of messages is his
   * own (in flags, counters and views, with mod-sequences that move by it), and so are private metadata of mailboxes, which
   * go when he has no right on the mailbox any more; nothing is \Recent, and no mailbox has a special use. All else, and the
   * object's disposal, is that of this account.
   */
  as?(user: AccountId): Account;

  /**
   * For a store whose views take time to load: what somebody who opens a mailbox is told of it first. Undefined when its
   * view is there already, or when this is not known at once: then `view` has it.
   */
  glance?(id: MailboxId, options: GlanceOptions): Glance | undefined;

  /**
   * Metadata (RFC 5464) of a mailbox, also of one that cannot be selected, or of the account itself: the entries named
   * that are there, each once, and those below them. `mailbox-not-found`.
   */
  metadata(mailbox: MailboxId | undefined, query: MetadataQuery): AsyncIterable<MetadataEntry>;
  /**
   * Sets and removes entries, all or none. Renaming keeps a mailbox's entries (INBOX's are copied), removing takes them.
   * `mailbox-not-found`, `limit`, and for a special use `special-use-taken`, `mailbox-refused`.
   */
  setMetadata(
    mailbox: MailboxId | undefined,
    edit: MetadataEdit,
    options?: WriteOptions,
  ): Promise<void>;

  /** The shared view of a mailbox. `mailbox-not-found`; also for one that cannot be selected. */
  view(id: MailboxId, options?: Abortable): Promise<MailboxView>;

  /**
   * Reads a message to its end and keeps its bytes, invisible until `append` names it. Memory stays
   * bounded whatever the size. `message-too-large` beyond `messageBytesMax`. Staged messages that are
   * never appended are discarded by `dispose` and, after a crash, at the next open.
   */
  stage(content: AsyncIterable<Uint8Array>, options?: StageOptions): Promise<StagedMessage>;
  /** Puts staged messages into a mailbox, all or none, UIDs in their order. */
  append(
    id: MailboxId,
    messages: readonly NewMessage[],
    options?: AppendOptions,
  ): Promise<Appended>;
  /** Changes flags. UIDs that are not there are passed over. */
  flag(
    id: MailboxId,
    uids: NumberSet<Uid>,
    edit: FlagEdit,
    options?: FlagOptions,
  ): Promise<Flagged>;
  /** Removes messages: those of `uids` that have `\Deleted`; the result names them. */
  expunge(id: MailboxId, uids: NumberSet<Uid>, options?: WriteOptions): Promise<NumberSet<Uid>>;
  /** Copies messages with flags, received date and, new, save date; atomic. `to` may be `from`. */
  copy(
    from: MailboxId,
    uids: NumberSet<Uid>,
    to: MailboxId,
    options?: CopyOptions,
  ): Promise<Copied>;
  /** Copies and removes in one step (RFC 6851). Within one mailbox messages get new UIDs. */
  move(
    from: MailboxId,
    uids: NumberSet<Uid>,
    to: MailboxId,
    options?: CopyOptions,
  ): Promise<Copied>;

  /** What happened after `since`, in mod-sequence order, up to the last durable write. */
  changes(since: ModSeq, options?: ChangesOptions): AsyncIterable<Change>;
  /** Calls back after every durable write; a hint, may come doubled. Dispose to end it. */
  watch(listener: (hint: Hint) => void): Disposable;

  /** Facts of messages, in the order asked; undefined for one whose retention has passed. Reads by ranges. */
  facts(
    messages: readonly MessageRef[],
    options?: FactsOptions,
  ): Promise<readonly (MessageFacts | undefined)[]>;
  /** A message's bytes. Rejects with `corrupt` where they cannot be read back. */
  content(message: MessageRef, options?: Abortable): Promise<MessageContent>;
  /**
   * For a store that has bytes at hand: a slice of a message without waiting, in memory that is good until the caller
   * awaits something or asks the store for anything else. Undefined for what cannot be had so: `content` has it then.
   * Throws `corrupt` where bytes cannot be read back.
   */
  lend?(message: MessageRef, slice: Slice): Uint8Array | undefined;
}

/** Bytes `from` to `to` (exclusive) of a message of this size. */
export interface Slice {
  readonly size: number;
  readonly from: number;
  readonly to: number;
  /**
   * The caller asks for all messages from this one to that one in turn, all of each, a few hundred KiB together: a
   * hint that they may be read in one step.
   */
  readonly through?: MessageRef | undefined;
}

export interface FactsOptions extends Abortable {
  /**
   * `told`: only ids, size, envelope and structure will be asked of these facts, and the latter two only where there
   * is no ready text; a store may leave the rest unread, and fail who asks for it.
   */
  readonly only?: 'told';
}

export type Freshness = 'all' | 'names';

export interface ChangesOptions extends Abortable {
  /** Only this mailbox's. */
  readonly mailbox?: MailboxId;
  /** Only changes of metadata; messages are not looked at then. */
  readonly only?: 'metadata';
}

export interface GlanceOptions {
  /** Whether \Recent marks stay for the next one. Otherwise they are taken, as by `takeRecent`. */
  readonly readOnly: boolean;
  /** Whether `recent` and `firstUnseen` are asked for; without, they are 0. */
  readonly numbers: boolean;
}

/** A mailbox at one moment, by those who cannot wait for its view. */
export interface Glance {
  readonly mailbox: Mailbox;
  /** Messages from this UID on are \Recent for who asked; how many they are. */
  readonly firstRecentUid: Uid;
  readonly recent: number;
  /** Which message, counted from 1, is the first without \Seen; 0 when there is none. */
  readonly firstUnseen: number;
  /** The view, as `Account.view` gives it: of a later moment. */
  view(options?: Abortable): Promise<MailboxView>;
  /**
   * Messages that went since, as they were last, ascending. Asked in the turn in which the view is first used: together
   * with the view's messages below `uidNext` they are those of the glance.
   */
  gone(): readonly Entry[];
}

/** A mailbox and its counters, as of one durable write. A value: a new one replaces it. */
export interface Mailbox {
  readonly id: MailboxId;
  readonly name: MailboxName;
  /** False for a name that only has children (RFC 9051 section 6.3.5). */
  readonly selectable: boolean;
  readonly subscribed: boolean;
  readonly specialUse: SpecialUse | undefined;
  readonly uidValidity: UidValidity;
  readonly uidNext: Uid;
  readonly highestModSeq: ModSeq;
  readonly messages: number;
  readonly unseen: number;
  readonly deleted: number;
  /** Sum of message sizes, bytes. */
  readonly size: number;
  /** Of those with \Deleted. */
  readonly deletedSize: number;
  /** First UID not yet shown as \Recent to any session (IMAP4rev1). */
  readonly firstRecentUid: Uid;
  /** Every keyword some message here has or had, in the case first used. */
  readonly keywords: readonly Flag[];
  /** Who else may do what with it; undefined when nothing was ever said of that. */
  readonly acl?: Acl | undefined;
}

export interface CreateOptions extends WriteOptions {
  readonly specialUse?: SpecialUse;
  /** The list of what is made at the top, where there is no mailbox above. */
  readonly acl?: Acl | undefined;
}

export interface CopyOptions extends WriteOptions {
  /** What is done to the flags of the copies, where not all of them may be there. */
  readonly edit?: FlagEdit | undefined;
}

/**
 * What a mailbox holds, as columns ordered by UID, shared by all sessions of a process. Row 0 is the
 * lowest UID. Rows change only together with a `Delta`, never during synchronous code.
 */
export interface MailboxView extends AsyncDisposable {
  /** The mailbox as of now: replaced at each delta. */
  readonly mailbox: Mailbox;
  readonly count: number;
  uid(row: number): Uid;
  flags(row: number): FlagSet;
  modSeq(row: number): ModSeq;
  message(row: number): MessageRef;
  size(row: number): number;
  internalDate(row: number): DateTime;
  saveDate(row: number): DateTime;
  /** All of a row. */
  entry(row: number): Entry;
  /** The row of a UID, or -1. */
  row(uid: Uid): number;
  /** The first row whose UID is not below this one; `count` when there is none. */
  rowFrom(uid: number): number;
  /** The messages whose mod-sequence is above this one: those that are new since then, and those whose flags are. */
  changedSince(modSeq: ModSeq): NumberSet<Uid>;
  /** The first row without \Seen, or -1; kept, not searched. */
  readonly firstUnseenRow: number;
  /** UIDs removed after this mod-sequence; exact within the retention, a superset never naming a living UID beyond it. */
  vanishedSince(modSeq: ModSeq, options?: Abortable): Promise<NumberSet<Uid>>;
  /** Takes the \Recent mark of all messages it has not been taken of (a read-write SELECT); the first UID that was recent. Not awaited by durability: \Recent is advice. */
  takeRecent(): Uid;
  /** Called at every delta, in order, synchronously with the columns' change. Must not throw. */
  watch(listener: (delta: Delta) => void): Disposable;
}

export interface StagedMessage extends AsyncDisposable {
  readonly size: number;
  readonly facts: MessageFacts;
  /** Its bytes, to be read before it is appended. */
  content(): MessageContent;
}

export interface StageOptions extends Abortable {
  /** Old mail that hardly anybody will read soon, as an import brings: better small on the disk than quick. */
  readonly cold?: boolean;
  /** One of many that wait for each other: a store that keeps small ones in memory had better not. */
  readonly among?: boolean;
}

export interface AppendOptions extends WriteOptions {
  /** A message that goes in the same step (RFC 8508), in any mailbox; `message-not-found` when it is gone already. */
  readonly replaces?: { readonly mailbox: MailboxId; readonly uid: Uid };
}

export interface NewMessage {
  readonly staged: StagedMessage;
  readonly flags: readonly Flag[];
  readonly internalDate: DateTime;
}

export interface Appended {
  readonly modSeq: ModSeq;
  readonly uidValidity: UidValidity;
  /** In the order of the messages. */
  readonly uids: readonly Uid[];
}

export interface FlagOptions extends WriteOptions {
  /** Leave messages whose mod-sequence is above this one and report them (RFC 7162 section 3.1.3). */
  readonly unchangedSince?: ModSeq;
}

export interface Flagged {
  /** The clock after the write; unchanged when nothing was. */
  readonly modSeq: ModSeq;
  /** Messages whose flags are different now. */
  readonly changed: NumberSet<Uid>;
  /** Messages left alone because of `unchangedSince`. */
  readonly modified: NumberSet<Uid>;
}

export interface Copied {
  readonly modSeq: ModSeq;
  readonly uidValidity: UidValidity;
  /** In parallel: `to[i]` is the copy of `from[i]`; ascending. UIDs that were not there are left out. */
  readonly from: readonly Uid[];
  readonly to: readonly Uid[];
}

/** What is known of a message once it was read, without its bytes. */
export interface MessageFacts {
  readonly emailId: EmailId;
  readonly threadId: ThreadId | null;
  readonly size: number;
  readonly envelope: Envelope;
  readonly structure: Part;
  /** Whether there is anything behind its header, where that is known without `structure`. */
  readonly hasBody?: boolean | undefined;
  /** ENVELOPE and BODYSTRUCTURE as every client is told them, where the store keeps that: sending it needs no more. */
  readonly envelopeText?: ReadyText | undefined;
  readonly structureText?: ReadyText | undefined;
  /** The fields of `cachedHeaderNames`, raw with their line ends, in the message's order. */
  readonly headers: Uint8Array;
  /** The first words of its text (RFC 8970), decoded, white space folded. */
  readonly preview: string;
}

export interface ReadOptions extends Abortable {
  /**
   * The caller is done with a chunk (a socket has taken its bytes) when it asks for the next one, so its
   * memory may be used again. Without it, reading a large message costs memory until V8 collects it.
   */
  readonly reuse?: boolean;
}

/** Random access to a message's bytes. */
export interface MessageContent {
  readonly size: number;
  /** Bytes `from` to `to` (exclusive), in order, in chunks; reads only the slice. */
  read(from: number, to: number, options?: ReadOptions): AsyncIterable<Uint8Array>;
}
