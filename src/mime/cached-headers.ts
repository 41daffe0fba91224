import type { HeaderField } from './header.ts';

/**
 * Fields that clients fetch for their message lists: kept beside a message's facts so that the answer to
 * `BODY.PEEK[HEADER.FIELDS (…)]` needs none of its bytes. In lower case. The union of what
 * Thunderbird, Apple Mail, Outlook, K-9, mutt, Roundcube, Horde and mbsync ask for.
 */
export const cachedHeaderNames: ReadonlySet<string> = new Set([
  'date',
  'subject',
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'bcc',
  'message-id',
  'in-reply-to',
  'references',
  'content-type',
  'content-transfer-encoding',
  'content-class',
  'content-disposition',
  'content-language',
  'mime-version',
  'importance',
  'priority',
  'x-priority',
  'x-msmail-priority',
  'list-id',
  'list-post',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'auto-submitted',
  'precedence',
  'newsgroups',
  'followup-to',
  'lines',
  'disposition-notification-to',
  'return-receipt-to',
  'delivered-to',
  'x-spam-flag',
  'x-spam-status',
  'x-spam-level',
  'x-label',
  'keywords',
  'x-mailer',
  'user-agent',
  'mail-followup-to',
  'mail-reply-to',
  'x-k9mail-identity',
  'x-android-message-id',
  'x-universally-unique-identifier',
  'x-uniform-type-identifier',
  'x-draft-info',
  'x-tuid',
]);

/** The cached fields of a header, raw with their line ends, in the header's order. */
export function cachedFields(block: Uint8Array, fields: readonly HeaderField[]): Buffer {
  return Buffer.concat(
    fields
      .filter((field) => cachedHeaderNames.has(field.name))
      .map((field) => block.subarray(field.start, field.end)),
  );
}
