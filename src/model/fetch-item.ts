import type { DateTime } from './date-time.ts';
import type { Envelope } from './envelope.ts';
import type { FlagSet } from './flag.ts';
import type { EmailId, ModSeq, ThreadId, Uid } from './ids.ts';
import type { Part } from './part.ts';
import type { ReadyText } from './ready-text.ts';
import type { Partial, Section } from './section.ts';

/** What a client asks for in FETCH; macros are expanded by the parser (RFC 9051 section 6.4.5). */
export type FetchItem =
  | { readonly kind: 'UID' }
  | { readonly kind: 'FLAGS' }
  | { readonly kind: 'INTERNALDATE' }
  | { readonly kind: 'RFC822.SIZE' }
  | { readonly kind: 'ENVELOPE' }
  /** BODYSTRUCTURE, or BODY without extension data. */
  | { readonly kind: 'BODYSTRUCTURE'; readonly extended: boolean }
  /** RFC 7162 section 3.1.5 */
  | { readonly kind: 'MODSEQ' }
  /** RFC 8474 section 5 */
  | { readonly kind: 'EMAILID' }
  | { readonly kind: 'THREADID' }
  /** RFC 8514 section 4.2 */
  | { readonly kind: 'SAVEDATE' }
  | {
      readonly kind: 'BODY[]';
      readonly section: Section;
      readonly partial?: Partial;
      readonly peek: boolean;
      /** The old names RFC822, RFC822.HEADER and RFC822.TEXT answer under themselves (RFC 3501 section 6.4.5). */
      readonly legacyName?: 'RFC822' | 'RFC822.HEADER' | 'RFC822.TEXT';
    }
  /** RFC 9051 section 6.4.5, RFC 3516 section 4.2 */
  | {
      readonly kind: 'BINARY';
      readonly part: readonly number[];
      readonly partial?: Partial;
      readonly peek: boolean;
    }
  | { readonly kind: 'BINARY.SIZE'; readonly part: readonly number[] };

/** Bytes to send: in memory, where they may stay only until they were given to the output, or a stream of exactly `size` bytes, each chunk good until the next is asked for. */
export type Content =
  | Uint8Array
  | { readonly size: number; readonly chunks: AsyncIterable<Uint8Array> };

/** One item of a FETCH response. */
export type FetchValue =
  | { readonly kind: 'UID'; readonly uid: Uid }
  | { readonly kind: 'FLAGS'; readonly flags: FlagSet; readonly recent: boolean }
  | { readonly kind: 'INTERNALDATE'; readonly date: DateTime }
  | { readonly kind: 'RFC822.SIZE'; readonly size: number }
  | { readonly kind: 'ENVELOPE'; readonly envelope: Envelope | ReadyText }
  /** A ready text is one of the form that `extended` says. */
  | { readonly kind: 'BODYSTRUCTURE'; readonly extended: boolean; readonly part: Part | ReadyText }
  | { readonly kind: 'MODSEQ'; readonly modSeq: ModSeq }
  | { readonly kind: 'EMAILID'; readonly id: EmailId }
  | { readonly kind: 'THREADID'; readonly id: ThreadId | null }
  | { readonly kind: 'SAVEDATE'; readonly date: DateTime | null }
  /** `content` null is NIL: the section does not exist. */
  | {
      readonly kind: 'BODY[]';
      readonly section: Section;
      readonly origin?: number;
      readonly legacyName?: 'RFC822' | 'RFC822.HEADER' | 'RFC822.TEXT';
      readonly content: Content | null;
    }
  /** `binary` is a literal8, needed when the bytes hold NUL. */
  | {
      readonly kind: 'BINARY';
      readonly part: readonly number[];
      readonly origin?: number;
      readonly content: Content | null;
    }
  | { readonly kind: 'BINARY.SIZE'; readonly part: readonly number[]; readonly size: number };
