import type { Uid, UidValidity } from './ids.ts';
import type { MailboxName } from './mailbox-name.ts';
import type { Section } from './section.ts';

/** A message or a part of one in the account of who asks, as a URL names it (RFC 5092 section 3). */
export interface MessageUrl {
  readonly mailbox: MailboxName;
  readonly uidValidity: UidValidity | undefined;
  readonly uid: Uid;
  readonly section: Section;
  /** From the first octet, to the end of the section unless a length is said. */
  readonly partial: { readonly origin: number; readonly length: number } | undefined;
}
