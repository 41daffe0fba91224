import type { DateTime } from './date-time.ts';
import type { FetchItem } from './fetch-item.ts';
import type { Flag, FlagEdit } from './flag.ts';
import type { ModSeq, Uid, UidValidity } from './ids.ts';
import type { MailboxName } from './mailbox-name.ts';
import type { EntryName } from './metadata.ts';
import type { NumberSet, SequenceSet } from './number-set.ts';
import type { Rights } from './rights.ts';
import type { SearchKey, SearchReturn } from './search-key.ts';

/** What each command says, once parsed: the values that pass from the grammar to the commands. */

export interface LoginArguments {
  /** Bytes as UTF-8 text. */
  readonly user: string;
  readonly password: string;
}

export interface AuthenticateArguments {
  /** Upper-cased. */
  readonly mechanism: string;
  /** Decoded initial response (RFC 4959); `=` is the empty one. */
  readonly initialResponse?: Uint8Array;
}

/** ENABLE: capability names, upper-cased; unknown ones are for the command to ignore. */
export interface EnableArguments {
  readonly capabilities: readonly string[];
}

/** ID (RFC 2971): null for NIL; `()` is an empty list. */
export interface IdArguments {
  readonly fields: readonly (readonly [name: string, value: string | null])[] | null;
}

/** COMPRESS (RFC 4978 section 3). */
export interface CompressArguments {
  readonly algorithm: 'DEFLATE';
}

/** LANGUAGE (RFC 5255 section 3.2): ranges as written; none asks which languages there are. */
export interface LanguageArguments {
  readonly ranges: readonly string[];
}

/** SELECT and EXAMINE with their parameters (RFC 7162 sections 3.1.8 and 3.2.5). */
export interface SelectArguments {
  readonly mailbox: MailboxName;
  readonly condstore: boolean;
  readonly qresync?: QresyncParameters;
}

export interface QresyncParameters {
  readonly uidValidity: UidValidity;
  readonly modSeq: ModSeq;
  readonly knownUids?: NumberSet<Uid>;
  /** Message sequence match data: equally long, ascending. */
  readonly sequenceMatch?: { readonly sequences: NumberSet; readonly uids: NumberSet<Uid> };
}

export interface CreateArguments {
  readonly mailbox: MailboxName;
  /** USE attributes as written (RFC 6154 section 3). */
  readonly specialUses: readonly string[];
}

/** DELETE, SUBSCRIBE, UNSUBSCRIBE. */
export interface MailboxArguments {
  readonly mailbox: MailboxName;
}

/** DELETEACL and LISTRIGHTS (RFC 4314 sections 3.2 and 3.4). */
export interface IdentifierArguments extends MailboxArguments {
  /** As written. */
  readonly identifier: string;
}

/** SETACL (RFC 4314 section 3.1). */
export interface SetaclArguments extends IdentifierArguments {
  readonly mode: 'replace' | 'add' | 'remove';
  readonly rights: Rights;
}

export interface RenameArguments {
  readonly from: MailboxName;
  readonly to: MailboxName;
}

/** LIST (RFC 9051 section 6.3.9, RFC 5258) and LSUB. */
export interface ListArguments {
  /** Text decoded as mailbox names are, but not normalised: INBOX rules apply to the joined pattern. */
  readonly reference: string;
  readonly patterns: readonly [string, ...string[]];
  readonly selection: readonly ListSelection[];
  readonly returns: readonly ListReturn[];
  /** Whether extended syntax was used at all; the basic form with an empty pattern asks for the separator. */
  readonly extended: boolean;
}

export type ListSelection = 'SUBSCRIBED' | 'REMOTE' | 'RECURSIVEMATCH' | 'SPECIAL-USE';

export type ListReturn =
  | { readonly kind: 'SUBSCRIBED' | 'CHILDREN' | 'MYRIGHTS' | 'SPECIAL-USE' }
  | { readonly kind: 'STATUS'; readonly items: readonly StatusItem[] }
  /** RFC 9590 section 3 */
  | { readonly kind: 'METADATA'; readonly entries: readonly EntryName[] };

/** STATUS data items (RFC 9051 section 6.3.11, RFC 7162, RFC 8438, RFC 8474, RFC 7889, RFC 9208 section 4.1.4). */
export type StatusItem =
  | 'MESSAGES'
  | 'RECENT'
  | 'UIDNEXT'
  | 'UIDVALIDITY'
  | 'UNSEEN'
  | 'DELETED'
  | 'DELETED-STORAGE'
  | 'SIZE'
  | 'HIGHESTMODSEQ'
  | 'MAILBOXID'
  | 'APPENDLIMIT';

export interface StatusArguments {
  readonly mailbox: MailboxName;
  readonly items: readonly StatusItem[];
}

/** GETMETADATA (RFC 5464 section 4.2). */
export interface GetMetadataArguments {
  /** Empty for the server; with wildcards for all that match. */
  readonly mailbox: MailboxName;
  readonly entries: readonly EntryName[];
  /** 0, 1 or Infinity. */
  readonly depth: number;
  /** MAXSIZE */
  readonly bytesMax?: number;
}

/** SETMETADATA (RFC 5464 section 4.3); null removes. */
export interface SetMetadataArguments {
  /** Empty for the server. */
  readonly mailbox: MailboxName;
  readonly entries: readonly (readonly [name: EntryName, value: Uint8Array | null])[];
}

/** Resources of RFC 9208 section 5 that can be limited. */
export type QuotaResourceName = 'STORAGE' | 'MESSAGE' | 'MAILBOX';

/** GETQUOTA. */
export interface QuotaRootArguments {
  readonly root: string;
}

/** SETQUOTA: resources as named, in capitals. */
export interface SetQuotaArguments extends QuotaRootArguments {
  readonly limits: readonly { readonly name: string; readonly limit: number }[];
}

/** APPEND up to its first literal (RFC 9051 section 6.3.12); literals are streams. */
export interface AppendArguments {
  readonly mailbox: MailboxName;
  /** Up to the first literal. */
  readonly pieces: readonly AppendPiece[];
}

/** What stands in an APPEND, in its order. */
export type AppendPiece =
  /** A message begins. */
  | {
      readonly kind: 'message';
      readonly flags: readonly Flag[];
      readonly date?: DateTime;
      /** Of parts, up to `end` (RFC 4469 section 3); otherwise of one literal. */
      readonly catenated: boolean;
    }
  | { readonly kind: 'url'; readonly url: string }
  /** A literal is announced; it comes apart from the command's bytes. */
  | {
      readonly kind: 'literal';
      /** A URL may be written as a literal too. */
      readonly holds: 'text' | 'url';
      /** In the form `UTF8 (~{n}`. */
      readonly utf8: boolean;
      readonly catenated: boolean;
    }
  | { readonly kind: 'end' };

/** REPLACE (RFC 8508 section 3): APPEND with one message that goes. */
export interface ReplaceArguments extends AppendArguments {
  readonly replaced: SequenceSet;
}

/** SEARCH (RFC 9051 section 6.4.4). */
export interface SearchArguments {
  /** Undefined without RETURN; `RETURN ()` is `['ALL']`. */
  readonly returns?: readonly SearchReturn[];
  /** Set when a charset was named, for messages only: `key` is decoded already. */
  readonly charset?: string;
  readonly key: SearchKey;
}

export interface FetchArguments {
  readonly set: SequenceSet;
  readonly items: readonly FetchItem[];
  /** RFC 7162 section 3.1.4.1 */
  readonly changedSince?: ModSeq;
  /** RFC 7162 section 3.2.6 */
  readonly vanished: boolean;
}

export interface StoreArguments {
  readonly set: SequenceSet;
  readonly edit: FlagEdit;
  readonly silent: boolean;
  /** RFC 7162 section 3.1.3 */
  readonly unchangedSince?: ModSeq;
}

/** COPY and MOVE. */
export interface CopyArguments {
  readonly set: SequenceSet;
  readonly mailbox: MailboxName;
}

/** EXPUNGE has no set, UID EXPUNGE has one (RFC 4315 section 2.1). */
export interface ExpungeArguments {
  readonly set?: SequenceSet;
}
