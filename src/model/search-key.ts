import type { CalendarDate } from './date-time.ts';
import type { Flag } from './flag.ts';
import type { ModSeq } from './ids.ts';
import type { SequenceSet } from './number-set.ts';

/**
 * One key of a search program (RFC 9051 section 6.4.4, RFC 3501 section 6.4.4). Strings are already
 * decoded from the program's charset. SEEN and its like are `flag`; UNSEEN is `not flag`.
 */
export type SearchKey =
  | { readonly kind: 'all' }
  | { readonly kind: 'and'; readonly keys: readonly SearchKey[] }
  | { readonly kind: 'or'; readonly left: SearchKey; readonly right: SearchKey }
  | { readonly kind: 'not'; readonly key: SearchKey }
  | { readonly kind: 'sequence'; readonly set: SequenceSet }
  | { readonly kind: 'uid'; readonly set: SequenceSet }
  | { readonly kind: 'flag'; readonly flag: Flag }
  /** RECENT, NEW (`and` of recent and not seen) and OLD (`not`) are IMAP4rev1's. */
  | { readonly kind: 'recent' }
  /** Substring of a header field; an empty text asks only whether the field is there. */
  | { readonly kind: 'header'; readonly name: string; readonly text: string }
  /** FROM, TO, CC, BCC: substring of the envelope's addresses. */
  | {
      readonly kind: 'address';
      readonly field: 'from' | 'to' | 'cc' | 'bcc';
      readonly text: string;
    }
  | { readonly kind: 'subject'; readonly text: string }
  | { readonly kind: 'body'; readonly text: string }
  /** Header or body. */
  | { readonly kind: 'text'; readonly text: string }
  /** BEFORE, ON, SINCE (received), SENT… (Date field), SAVED… (RFC 8514): days, zone disregarded. */
  | {
      readonly kind: 'date';
      readonly of: 'received' | 'sent' | 'saved';
      readonly relation: 'before' | 'on' | 'since';
      readonly date: CalendarDate;
    }
  /** RFC 8514 section 4.3 */
  | { readonly kind: 'savedatesupported' }
  | { readonly kind: 'larger'; readonly size: number }
  | { readonly kind: 'smaller'; readonly size: number }
  /** OLDER and YOUNGER (RFC 5032), seconds. */
  | { readonly kind: 'older'; readonly seconds: number }
  | { readonly kind: 'younger'; readonly seconds: number }
  /** MODSEQ (RFC 7162 section 3.1.5); the entry name is accepted and has no effect on our one clock a message. */
  | { readonly kind: 'modseq'; readonly modSeq: ModSeq }
  /** RFC 8474 section 6 */
  | { readonly kind: 'emailid'; readonly id: string }
  | { readonly kind: 'threadid'; readonly id: string };

/** RETURN options of SEARCH (RFC 9051 section 6.4.4; RFC 4731; RFC 5182). */
export type SearchReturn = 'MIN' | 'MAX' | 'ALL' | 'COUNT' | 'SAVE';
