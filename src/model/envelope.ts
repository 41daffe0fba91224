import type { RawText } from './raw-text.ts';

/**
 * One address of an envelope (RFC 9051 section 7.5.2). A group opens with `host` null and its name in
 * `mailbox`, and closes with both null.
 */
export interface Address {
  readonly name: RawText | null;
  readonly mailbox: RawText | null;
  readonly host: RawText | null;
  /** The source route (obs-route of RFC 5322 section 4.4, without its colon) where there is one: addr-adl. */
  readonly route?: RawText;
}

/** A message's envelope; values are unfolded header bytes, encoded words left as they are. */
export interface Envelope {
  readonly date: RawText | null;
  readonly subject: RawText | null;
  readonly from: readonly Address[];
  /** `from` again when the field is absent or empty, and so for `replyTo`. */
  readonly sender: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly inReplyTo: RawText | null;
  readonly messageId: RawText | null;
}
