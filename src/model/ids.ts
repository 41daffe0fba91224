/**
 * Numbers and names that must not be mistaken for one another. A brand costs nothing at run time.
 */
declare const brand: unique symbol;
export type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** A message's number in its mailbox for ever, 1 to 2^32 - 1 (RFC 9051 section 2.3.1.1). */
export type Uid = Branded<number, 'Uid'>;
/** A message's position in one session's view, from 1 (RFC 9051 section 2.3.1.2). */
export type SequenceNumber = Branded<number, 'SequenceNumber'>;
/** The epoch of a mailbox's UIDs, 1 to 2^32 - 1. */
export type UidValidity = Branded<number, 'UidValidity'>;
/**
 * A value of an account's one clock (RFC 7162 section 3.1.1). Ours stay under 2^53; a larger one
 * from a client is clamped to `Number.MAX_SAFE_INTEGER`, which compares the same.
 */
export type ModSeq = Branded<number, 'ModSeq'>;

/** An account, opaque; never an address, which may change hands. */
export type AccountId = Branded<string, 'AccountId'>;
/** A mailbox through all renames: the MAILBOXID of RFC 8474 section 4. */
export type MailboxId = Branded<string, 'MailboxId'>;
/** A message through copies and moves: the EMAILID of RFC 8474 section 5.1. */
export type EmailId = Branded<string, 'EmailId'>;
/** A conversation: the THREADID of RFC 8474 section 5.2. */
export type ThreadId = Branded<string, 'ThreadId'>;
/** A stored message inside its store; means nothing outside it and is never sent to a client. */
export type MessageRef = Branded<number, 'MessageRef'>;

export const asUid = (value: number): Uid => value as Uid;
export const asSequenceNumber = (value: number): SequenceNumber => value as SequenceNumber;
export const asUidValidity = (value: number): UidValidity => value as UidValidity;
export const asModSeq = (value: number): ModSeq => value as ModSeq;
export const asAccountId = (value: string): AccountId => value as AccountId;
export const asMailboxId = (value: string): MailboxId => value as MailboxId;
export const asEmailId = (value: string): EmailId => value as EmailId;
export const asThreadId = (value: string): ThreadId => value as ThreadId;
export const asMessageRef = (value: number): MessageRef => value as MessageRef;
