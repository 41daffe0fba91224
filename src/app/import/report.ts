import type { MailboxName } from '../../model/mailbox-name.ts';
import type { Oddity } from './source.ts';

/** What became of an import. */
export interface ImportReport {
  readonly imported: number;
  /** Bytes of these. */
  readonly bytes: number;
  /** Messages that the mailbox had before. */
  readonly stored: number;
  /** Messages that the source has more than once in one mailbox. */
  readonly repeated: number;
  /** Messages that could not be imported; each is among the oddities. */
  readonly failed: number;
  readonly created: readonly MailboxName[];
  readonly oddities: ReadonlyMap<Oddity, Sightings>;
  /** Whether it was stopped before its end. */
  readonly interrupted: boolean;
}

export interface Sightings {
  readonly count: number;
  /** The first few. */
  readonly examples: readonly string[];
}

const examplesMax = 3;

/** Gathers a report. */
export class Tally {
  imported = 0;
  bytes = 0;
  stored = 0;
  repeated = 0;
  failed = 0;
  leftOut = 0;
  interrupted = false;
  readonly created: MailboxName[] = [];
  readonly #oddities = new Map<Oddity, { count: number; examples: string[] }>();

  readonly note = (oddity: Oddity, where: string): void => {
    const seen = this.#oddities.get(oddity) ?? { count: 0, examples: [] };
    seen.count += 1;
    if (seen.examples.length < examplesMax) seen.examples.push(where);
    this.#oddities.set(oddity, seen);
  };

  /** Messages that are done with, whatever became of them. */
  get done(): number {
    return this.imported + this.stored + this.repeated + this.failed + this.leftOut;
  }

  report(): ImportReport {
    const { imported, bytes, stored, repeated, failed, created, interrupted } = this;
    const oddities = new Map(this.#oddities);
    return { imported, bytes, stored, repeated, failed, created, oddities, interrupted };
  }
}

/** What an oddity is called, behind its count. */
export const oddityTexts: Readonly<Record<Oddity, string>> = {
  'bare-lf': 'had line ends of LF alone, which became CRLF',
  'mixed-line-ends': 'mixed LF and CRLF; each lone LF became CRLF',
  nul: 'hold NUL bytes, which some clients cannot show',
  'no-header': 'do not begin with a header field',
  'bad-date': 'have no usable date; the time of the file was taken',
  empty: 'are empty and were left out',
  'not-mail': 'are no mail (Outlook keeps .msg files in a form of its own) and were left out',
  'content-length': 'have wrong Content-Length fields, which were not trusted',
  'no-blank-line': 'have lines like mbox separators without a blank line before; taken as text',
  'mbox-junk': 'have something before the first message, which was left out',
  internal: 'are data of a mail program, not mail, and were left out',
  renamed: 'have names that no mailbox can have',
  'bad-keyword': 'are keywords that IMAP cannot have, and were left out',
  changed: 'changed while they were read; import again',
  'too-large': 'are larger than messageBytesMax allows and were NOT imported',
  unreadable: 'could not be read and were NOT imported',
  refused: 'were refused by the store and NOT imported',
};
