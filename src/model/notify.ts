import type { FetchItem } from './fetch-item.ts';
import type { MailboxName } from './mailbox-name.ts';

/** What a client wants to be told of without asking (RFC 5465 section 8). */
export type NotifyArguments =
  | { readonly kind: 'NONE' }
  | {
      readonly kind: 'SET';
      /** Whether STATUS of the mailboxes named is wanted first. */
      readonly status: boolean;
      /** Of the selected mailbox; undefined is as good as no events. */
      readonly selected: SelectedEvents | undefined;
      readonly groups: readonly EventGroup[];
    };

/** Events of messages in the selected mailbox (RFC 5465 section 6.1). */
export interface SelectedEvents {
  /** EXPUNGE waits for a command that may announce it. */
  readonly delayed: boolean;
  /** What to send of each new message; undefined when new and expunged messages are not wanted. */
  readonly messageNew: readonly FetchItem[] | undefined;
  readonly flagChange: boolean;
}

/** NOTIFY NONE, and SET without a group for the selected mailbox. */
export const nothingWanted: SelectedEvents = {
  delayed: false,
  messageNew: undefined,
  flagChange: false,
};

/** Events of other mailboxes. */
export interface EventGroup {
  readonly filter: MailboxFilter;
  readonly events: ReadonlySet<EventName>;
}

/** RFC 5465 sections 6.2 to 6.6; `ALL` has no name there: whatever the user may see. */
export type MailboxFilter =
  | { readonly kind: 'PERSONAL' | 'INBOXES' | 'SUBSCRIBED' | 'ALL' }
  | { readonly kind: 'SUBTREE' | 'MAILBOXES'; readonly names: readonly MailboxName[] };

/** The events that we know, as BADEVENT lists them. New and expunged messages only come together. */
export const eventNames = [
  'MessageNew',
  'MessageExpunge',
  'FlagChange',
  'MailboxName',
  'SubscriptionChange',
  'MailboxMetadataChange',
  'ServerMetadataChange',
] as const;

export type EventName = (typeof eventNames)[number];
