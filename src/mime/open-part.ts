import type { Envelope } from '../model/envelope.ts';
import type { Part } from '../model/part.ts';
import { isType } from './content-type.ts';
import { plainDescription } from './part-header.ts';
import type { PartDescription } from './part-header.ts';

/** A part whose end has not been read. */
export interface OpenPart {
  description: PartDescription;
  kind: Part['kind'];
  readonly headerStart: number;
  bodyStart: number;
  /** LFs of the message before the body. */
  feedsBefore: number;
  /** Finished parts of a multipart; the one part of a message. */
  readonly parts: Part[];
  /** A message's: known when the inner header was read. */
  envelope: Envelope | undefined;
}

/** How the inside of a part is read, by its media type. */
export function kindOf(description: PartDescription): Part['kind'] {
  if (description === plainDescription) return 'single';
  if (isType(description, 'multipart')) return 'multipart';
  // The raw bytes are read as a message also where a transfer encoding hides it, which RFC 2046
  // section 5.2.1 forbids: BODYSTRUCTURE has no other way to show a message/rfc822.
  if (isType(description, 'message/rfc822') || isType(description, 'message/global'))
    return 'message';
  return 'single';
}

/** Whether BODYSTRUCTURE tells how many lines it has (RFC 9051 section 9): most bytes are of attachments, of which it does not. */
export function hasLines({ kind, description }: OpenPart): boolean {
  return kind === 'message' || (kind === 'single' && isType(description, 'text'));
}

/** The part, now that its end is known. */
export function finish(open: OpenPart, bodyEnd: number, lines: number): Part {
  const facts = {
    ...open.description,
    headerStart: open.headerStart,
    bodyStart: open.bodyStart,
    bodyEnd,
    lines,
  };
  const [first, ...others] = open.parts;
  switch (open.kind) {
    case 'single':
      return { ...facts, kind: 'single' };
    case 'multipart':
      return { ...facts, kind: 'multipart', parts: [first ?? emptyPart(bodyEnd), ...others] };
    case 'message':
      return {
        ...facts,
        kind: 'message',
        envelope: open.envelope ?? emptyEnvelope,
        body: first ?? emptyPart(bodyEnd),
      };
    default:
      return open.kind satisfies never;
  }
}

/** BODYSTRUCTURE demands a part where there is none (RFC 9051 section 9, body-type-mpart). */
function emptyPart(at: number): Part {
  return {
    ...plainDescription,
    kind: 'single',
    headerStart: at,
    bodyStart: at,
    bodyEnd: at,
    lines: 0,
  };
}

const emptyEnvelope: Envelope = {
  date: null,
  subject: null,
  from: [],
  sender: [],
  replyTo: [],
  to: [],
  cc: [],
  bcc: [],
  inReplyTo: null,
  messageId: null,
};
