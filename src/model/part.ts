import type { Envelope } from './envelope.ts';
import type { RawText } from './raw-text.ts';

/**
 * A MIME parameter: the name in lower case, the value unquoted. The pieces of RFC 2231 section 3 are joined:
 * `name*0` and `name*1` are `name`; encoded ones are `name*` with the value still encoded,
 * charset first, which IMAP4rev1 clients decode.
 */
export type Parameter = readonly [name: RawText, value: RawText];

/** Where a part stands in its message: byte offsets from the message's first byte. */
export interface PartOffsets {
  /** First byte of the part's header (a message's or MIME header). */
  readonly headerStart: number;
  /** First byte of the body: after the empty line that ends the header, or where the header ends without one. */
  readonly bodyStart: number;
  /** First byte behind the body; the CRLF before a boundary belongs to the boundary (RFC 2046 section 5.1.1). */
  readonly bodyEnd: number;
}

interface PartFacts extends PartOffsets {
  /** Media type and subtype as written, upper-cased by nobody; `text/plain` where absent or broken (RFC 2045 section 5.2). */
  readonly type: RawText;
  readonly subtype: RawText;
  readonly parameters: readonly Parameter[];
  readonly id: RawText | null;
  readonly description: RawText | null;
  /** Content-Transfer-Encoding as written, `7BIT` where absent: never NIL (RFC 9051 section 9, body-fld-enc). */
  readonly encoding: RawText;
  readonly md5: RawText | null;
  readonly disposition: {
    readonly type: RawText;
    readonly parameters: readonly Parameter[];
  } | null;
  readonly language: readonly RawText[];
  readonly location: RawText | null;
  /** Lines of the body of a text or a message: its LFs. A last line without an end is not counted, as Dovecot has it. 0 for all others. */
  readonly lines: number;
}

/**
 * One part of a message: its structure (RFC 9051 section 7.5.2, BODYSTRUCTURE) and its place, so that
 * BODYSTRUCTURE and every section come from the same walk over the bytes.
 */
export type Part =
  | (PartFacts & { readonly kind: 'single' })
  | (PartFacts & { readonly kind: 'multipart'; readonly parts: readonly [Part, ...Part[]] })
  /** message/rfc822 and message/global whose body could be read as a message. */
  | (PartFacts & { readonly kind: 'message'; readonly envelope: Envelope; readonly body: Part });
