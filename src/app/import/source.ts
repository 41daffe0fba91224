import type { DateTime } from '../../model/date-time.ts';
import type { Flag } from '../../model/flag.ts';
import type { MailboxName } from '../../model/mailbox-name.ts';
import type { FromQuoting } from './from-quoting.ts';

/** A message on disk: a range of a file, and what its surroundings say of it. */
export interface SourceMessage {
  readonly file: string;
  /** For reports: the file, in an mbox with the message's number. */
  readonly origin: string;
  readonly start: number;
  /** Behind the last byte; undefined for the file's end. */
  readonly end: number | undefined;
  readonly quoting: FromQuoting;
  readonly flags: readonly Flag[];
  readonly dating: Dating;
  /** Whether an mbox program kept flags in its header: Status, X-Status, X-Keywords, X-Mozilla-Status. */
  readonly statusFields: boolean;
  /** Whether the file may be compressed, as Dovecot's Maildirs can be. */
  readonly maybeCompressed: boolean;
}

/**
 * What the internal date is taken from: `file` is the file's time, which Maildir programs keep as the
 * date of delivery; `header` the topmost Received field, else Date, else the file's time; a date is
 * that of the mbox separator.
 */
export type Dating = 'file' | 'header' | DateTime;

/** Messages that go into one mailbox, in this order. */
export interface SourceMailbox {
  /** For display. */
  readonly path: string;
  /** Relative to where the import puts things; undefined for the top, INBOX unless told otherwise. */
  readonly name: MailboxName | undefined;
  readonly count: number;
  messages(): Iterable<SourceMessage>;
}

/** Something odd that was found; told to the report. */
export type Oddity =
  | 'bare-lf'
  | 'mixed-line-ends'
  | 'nul'
  | 'no-header'
  | 'bad-date'
  | 'empty'
  | 'not-mail'
  | 'content-length'
  | 'no-blank-line'
  | 'mbox-junk'
  | 'internal'
  | 'renamed'
  | 'bad-keyword'
  | 'changed'
  | 'too-large'
  | 'unreadable'
  | 'refused';

/** Says that something odd was found and where. */
export type Noting = (oddity: Oddity, where: string) => void;
