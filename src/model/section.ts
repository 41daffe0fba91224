/** What a FETCH item names of a message (RFC 9051 section 6.4.5, section-spec). */
export interface Section {
  /** Part numbers from the outside in; empty for the message itself. */
  readonly part: readonly number[];
  readonly text: SectionText;
}

export type SectionText =
  /** The whole message, or a part's body. */
  | { readonly kind: 'ALL' }
  | { readonly kind: 'HEADER' }
  | { readonly kind: 'HEADER.FIELDS'; readonly names: readonly string[] }
  | { readonly kind: 'HEADER.FIELDS.NOT'; readonly names: readonly string[] }
  | { readonly kind: 'TEXT' }
  /** A part's own MIME header; needs a part number. */
  | { readonly kind: 'MIME' };

/** `<origin.length>`: octets from `origin`, at most `length` (RFC 9051 section 6.4.5). */
export interface Partial {
  readonly origin: number;
  readonly length: number;
}
