/** Where our ENVELOPE or BODYSTRUCTURE differs from Dovecot's, and why ours is right to. */
export interface Difference {
  readonly message: string;
  /** ENVELOPE, BODYSTRUCTURE or BODY. */
  readonly item: string;
  readonly ours: string;
  readonly theirs: string;
}

interface Argument {
  readonly reason: string;
  readonly item: 'ENVELOPE' | 'structure';
  /** Names as in the corpus; of the further messages only the last part of the path. */
  readonly messages: readonly string[];
}

const args: readonly Argument[] = [
  {
    reason: `An address without host or mailbox has an empty string there. Dovecot says MISSING_DOMAIN and
      MISSING_MAILBOX, words that a client shows to people as if somebody had written them. NIL would make it
      a group (RFC 9051 section 7.5.2).`,
    item: 'ENVELOPE',
    messages: [
      'error_emails--content_transfer_encoding_empty.eml',
      'error_emails--encoding_madness.eml',
      'error_emails--missing_body.eml',
      'mime_emails--raw_email11.eml',
      'rfc2822--example13.eml',
      'messages--startrek.eml',
      'nice--unicode2',
    ],
  },
  {
    reason: `An empty place in a list of addresses is no address; what follows a semicolon or
      lacks a comma or a bracket is an address all the same; a comment is the name where no other is.`,
    item: 'ENVELOPE',
    messages: [
      'alternative-related.eml',
      'odd-addresses.eml',
      'error_emails--weird_to_header.eml',
      'plain_emails--mix_caps_content_type.eml',
      'plain_emails--raw_email_multiple_from.eml',
      'plain_emails--raw_email_with_at_display_name.eml',
      'rfc2822--example11.eml',
    ],
  },
  {
    reason: `The CRLF before a boundary belongs to the boundary (RFC 2046 section 5.1.1), also when an enclosed message
      ends with a boundary of its own: Dovecot counts it to the enclosed message.`,
    item: 'structure',
    messages: ['digest.eml', 'forwarded.eml', 'nice--mime8'],
  },
  {
    reason: `File names, boundaries and encodings that their writers forgot to quote are read whole, since the parts
      and names are what the writer meant; a Content-Type that is none means text/plain (RFC 2045 section 5.2), and an
      empty Content-Disposition is no disposition.`,
    item: 'structure',
    messages: [
      'odd-content-type.eml',
      'attachment_emails--attachment_with_unquoted_name.eml',
      'error_emails--content_transfer_encoding_with_semi_colon.eml',
      'error_emails--missing_content_disposition.eml',
      'error_emails--multiple_invalid_content_dispositions.eml',
      'mime_emails--raw_email_with_binary_encoded.eml',
      'mime_emails--raw_email_with_illegal_boundary.eml',
      'plain_emails--raw_email_bad_time.eml',
      'mbox--content-length.mbox.txt',
      'messages--startrek.eml',
    ],
  },
];

/** The reason for a difference, or undefined when there is none. */
export function argued({ message, item }: Difference): string | undefined {
  const kind = item === 'ENVELOPE' ? 'ENVELOPE' : 'structure';
  const name = message.slice(message.lastIndexOf('/') + 1);
  return args.find((argument) => argument.item === kind && argument.messages.includes(name))
    ?.reason;
}
