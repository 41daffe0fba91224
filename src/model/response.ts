import type { QuotaResourceName, StatusItem } from './arguments.ts';
import type { FetchValue } from './fetch-item.ts';
import type { Flag, FlagSet } from './flag.ts';
import type { MailboxId, ModSeq, SequenceNumber, Uid, UidValidity } from './ids.ts';
import type { Language } from './language.ts';
import type { MailboxName } from './mailbox-name.ts';
import type { EntryName } from './metadata.ts';
import type { NumberSet } from './number-set.ts';
import type { SpecialUse } from './special-use.ts';

/** Everything the server says (RFC 9051 section 7), as values; `wire/write` turns them into bytes. */
export type Response = Untagged | Tagged | Continuation;

export interface Tagged {
  readonly kind: 'tagged';
  readonly tag: string;
  readonly status: 'OK' | 'NO' | 'BAD';
  readonly code?: ResponseCode;
  /** Never empty: some clients cannot read an empty resp-text. */
  readonly text: string;
}

/** `+ text`, or `+ base64` for SASL challenges. */
export interface Continuation {
  readonly kind: 'continuation';
  readonly text: string;
}

export type Untagged =
  | {
      readonly kind: 'status';
      readonly status: 'OK' | 'NO' | 'BAD' | 'BYE' | 'PREAUTH';
      readonly code?: ResponseCode;
      readonly text: string;
    }
  | { readonly kind: 'CAPABILITY'; readonly capabilities: readonly string[] }
  | { readonly kind: 'ENABLED'; readonly capabilities: readonly string[] }
  | { readonly kind: 'ID'; readonly fields: readonly (readonly [string, string])[] | null }
  | {
      readonly kind: 'NAMESPACE';
      readonly personal: readonly Namespace[];
      readonly others: readonly Namespace[];
      readonly shared: readonly Namespace[];
    }
  | AclResponse
  | ListrightsResponse
  | MyrightsResponse
  /** One tag: this language is spoken from here on; several: these could be (RFC 5255 section 3.3). */
  | { readonly kind: 'LANGUAGE'; readonly tags: readonly Language[] }
  | ListResponse
  | StatusResponse
  | MetadataResponse
  | QuotaResponse
  | { readonly kind: 'QUOTAROOT'; readonly mailbox: MailboxName; readonly roots: readonly string[] }
  | { readonly kind: 'FLAGS'; readonly flags: readonly Flag[] }
  | { readonly kind: 'EXISTS'; readonly count: number }
  | { readonly kind: 'RECENT'; readonly count: number }
  | { readonly kind: 'EXPUNGE'; readonly sequence: SequenceNumber }
  | { readonly kind: 'VANISHED'; readonly earlier: boolean; readonly uids: NumberSet<Uid> }
  /** The old untagged SEARCH: sent even when empty (RFC 3501 section 7.2.5). */
  | {
      readonly kind: 'SEARCH';
      readonly numbers: Iterable<number>;
      readonly modSeq?: ModSeq;
    }
  | EsearchResponse
  | FetchResponse
  | FetchRunResponse;

/** Rights are letters, the virtual ones among them (RFC 4314 section 2.1.1). */
export interface AclResponse {
  readonly kind: 'ACL';
  readonly mailbox: MailboxName;
  readonly entries: readonly (readonly [identifier: string, rights: string])[];
}

export interface ListrightsResponse {
  readonly kind: 'LISTRIGHTS';
  readonly mailbox: MailboxName;
  readonly identifier: string;
  readonly required: string;
  /** Each may be given without the others. */
  readonly optional: readonly string[];
}

export interface MyrightsResponse {
  readonly kind: 'MYRIGHTS';
  readonly mailbox: MailboxName;
  readonly rights: string;
}

export interface Namespace {
  readonly prefix: string;
}

export interface ListResponse {
  readonly kind: 'LIST' | 'LSUB' | 'XLIST';
  readonly attributes: readonly ListAttribute[];
  /** A mailbox, or the root's empty name that answers `LIST "" ""`. */
  readonly mailbox: MailboxName;
  /** CHILDINFO (RFC 5258 section 3.5). */
  readonly childInfo?: readonly 'SUBSCRIBED'[];
  /** OLDNAME, only after ENABLE IMAP4rev2 (RFC 9051 section 6.3.9.7). */
  readonly oldName?: MailboxName;
}

export type ListAttribute =
  | '\\NonExistent'
  /** Something was asked for that the user may not have (RFC 5465 section 3.1). */
  | '\\NoAccess'
  | '\\Noselect'
  | '\\Noinferiors'
  | '\\HasChildren'
  | '\\HasNoChildren'
  | '\\Marked'
  | '\\Unmarked'
  | '\\Subscribed'
  | '\\Remote'
  | SpecialUse
  | XlistUse;

/** What XLIST calls a use that has another name in RFC 6154, and INBOX. */
export type XlistUse = '\\AllMail' | '\\Inbox' | '\\Spam' | '\\Starred';

export interface StatusResponse {
  readonly kind: 'STATUS';
  readonly mailbox: MailboxName;
  readonly items: readonly StatusValue[];
}

/** Entries of a mailbox, or of the server when its name is empty: with values, null for none, or the names of those that changed. */
export type MetadataResponse = { readonly kind: 'METADATA'; readonly mailbox: MailboxName } & (
  | { readonly values: readonly (readonly [name: EntryName, value: Uint8Array | null])[] }
  | { readonly changed: readonly EntryName[] }
);

export type StatusValue =
  | { readonly item: Exclude<StatusItem, 'MAILBOXID'>; readonly value: number }
  | { readonly item: 'MAILBOXID'; readonly value: MailboxId };

/** What a quota root has and may have (RFC 9208 section 4.2.1); what is not named has no limit. */
export interface QuotaResponse {
  readonly kind: 'QUOTA';
  readonly root: string;
  readonly resources: readonly {
    readonly name: QuotaResourceName;
    readonly usage: number;
    readonly limit: number;
  }[];
}

export interface EsearchResponse {
  readonly kind: 'ESEARCH';
  readonly tag: string;
  readonly uid: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly count?: number;
  /** Never an empty set: then ALL is left out (RFC 4731 section 3.1). */
  readonly all?: NumberSet;
  readonly modSeq?: ModSeq;
}

export interface FetchResponse {
  readonly kind: 'FETCH';
  readonly sequence: SequenceNumber;
  readonly items: readonly FetchValue[];
}

/** FETCH responses about messages whose numbers follow each other, as columns: the same items of each. */
export interface FetchRunResponse {
  readonly kind: 'FETCH run';
  /** The number of the first. */
  readonly sequence: SequenceNumber;
  readonly count: number;
  readonly columns: readonly FetchColumn[];
}

/** An item of FETCH, one value for each message. */
export type FetchColumn =
  | { readonly kind: 'UID' | 'RFC822.SIZE' | 'MODSEQ'; readonly values: Float64Array }
  | {
      readonly kind: 'FLAGS';
      readonly values: readonly FlagSet[];
      /** 1 where it is \Recent; undefined where none is. */
      readonly recent: Uint8Array | undefined;
    };

/** Response codes (RFC 9051 section 7.1, RFC 5530 and the extensions named). */
export type ResponseCode =
  | { readonly kind: SimpleCode }
  | { readonly kind: 'CAPABILITY'; readonly capabilities: readonly string[] }
  | { readonly kind: 'BADCHARSET'; readonly charsets: readonly string[] }
  | {
      readonly kind: 'PERMANENTFLAGS';
      readonly flags: readonly Flag[];
      readonly newKeywords: boolean;
    }
  | { readonly kind: 'UIDNEXT'; readonly uid: Uid }
  | { readonly kind: 'UIDVALIDITY'; readonly uidValidity: UidValidity }
  /** RFC 3501 section 7.1: the first unseen message's number. */
  | { readonly kind: 'UNSEEN'; readonly sequence: SequenceNumber }
  | { readonly kind: 'APPENDUID'; readonly uidValidity: UidValidity; readonly uids: NumberSet<Uid> }
  /** `from` and `to` run in parallel; their order is the copies' (RFC 4315 section 3), so not sets. */
  | {
      readonly kind: 'COPYUID';
      readonly uidValidity: UidValidity;
      readonly from: readonly Uid[];
      readonly to: readonly Uid[];
    }
  | { readonly kind: 'HIGHESTMODSEQ'; readonly modSeq: ModSeq }
  /** UIDs or sequence numbers, as the command had them (RFC 7162 section 3.1.3). */
  | { readonly kind: 'MODIFIED'; readonly set: NumberSet }
  | { readonly kind: 'MAILBOXID'; readonly id: MailboxId }
  | { readonly kind: 'BADURL'; readonly url: string }
  /** RFC 5464 section 5: the size of the largest value left out; the largest that can be set. */
  | {
      readonly kind: 'METADATA';
      readonly what: 'LONGENTRIES' | 'MAXSIZE';
      readonly size: number;
    }
  | { readonly kind: 'METADATA'; readonly what: 'TOOMANY' }
  /** The events that are known (RFC 5465 section 3.1). */
  | { readonly kind: 'BADEVENT'; readonly events: readonly string[] };

export type SimpleCode =
  | 'ALERT'
  | 'ALREADYEXISTS'
  | 'APPENDLIMIT'
  | 'AUTHENTICATIONFAILED'
  | 'AUTHORIZATIONFAILED'
  | 'CANNOT'
  | 'CLIENTBUG'
  | 'CLOSED'
  | 'COMPRESSIONACTIVE'
  | 'CONTACTADMIN'
  | 'CORRUPTION'
  | 'EXPIRED'
  | 'EXPUNGEISSUED'
  | 'HASCHILDREN'
  | 'INUSE'
  | 'LIMIT'
  | 'NOMODSEQ'
  | 'NONEXISTENT'
  | 'NOPERM'
  | 'NOTIFICATIONOVERFLOW'
  | 'NOTSAVED'
  | 'OVERQUOTA'
  | 'PARSE'
  | 'PRIVACYREQUIRED'
  | 'READ-ONLY'
  | 'READ-WRITE'
  | 'SERVERBUG'
  | 'TOOBIG'
  | 'TRYCREATE'
  | 'UIDNOTSTICKY'
  | 'UIDREQUIRED'
  | 'UNAVAILABLE'
  | 'UNKNOWN-CTE'
  | 'USEATTR';
