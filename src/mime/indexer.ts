import type { Limits } from '../base/limits.ts';
import { assert } from '../base/assert.ts';
import type { Envelope } from '../model/envelope.ts';
import type { Part } from '../model/part.ts';
import type { RawText } from '../model/raw-text.ts';
import { Boundaries, delimiterMax } from './boundaries.ts';
import { cachedFields } from './cached-headers.ts';
import { isType, parameter } from './content-type.ts';
import { readEnvelope } from './envelope.ts';
import { asBuffer, headerFields, trimBlanksBehind } from './header.ts';
import { countLineFeeds } from './line-feeds.ts';
import { lineOfDashes } from './line-of-dashes.ts';
import { finish, hasLines, kindOf } from './open-part.ts';
import type { OpenPart } from './open-part.ts';
import { describePart, opaque, plainDescription } from './part-header.ts';
import { PreviewCapture } from './preview.ts';

/** What one pass over a message tells. */
export interface IndexedMessage {
  /** Bytes. */
  readonly size: number;
  readonly structure: Part;
  readonly envelope: Envelope;
  /** The fields of `cachedHeaderNames`, raw with their line ends, in order. */
  readonly headers: Uint8Array;
  /** False when the header was longer than `mimeHeaderBytesMax`: `headers` may lack fields then. */
  readonly headersComplete: boolean;
  /** Bytes of the header with its empty line. */
  readonly headerSize: number;
  /** At most 200 characters of the first text, white space folded (RFC 8970 section 3.3). */
  readonly preview: string;
}

export type IndexerLimits = Pick<Limits, 'mimeDepthMax' | 'mimePartsMax' | 'mimeHeaderBytesMax'>;

/** A line, as offsets in the message. */
interface Line {
  readonly start: number;
  readonly end: number;
  /** LFs of the message before the line, and up to its end. */
  readonly feedsBefore: number;
  readonly feeds: number;
  /** Bytes of the line end before it, which belong to a boundary in it. */
  readonly precedingEnd: number;
}

/** A header of this size is read however many other headers there were. */
const smallHeaderBytes = 512;

/** All headers of a message together may take so many times `mimeHeaderBytesMax`. */
const headerBudgetFactor = 4;

const LF = 10;
const CR = 13;
const DASH = 45;
const nothing = Buffer.alloc(0);

/**
 * Reads a message of any size in one pass, chunk by chunk, holding no more than one header and the
 * beginning of one line. How the message is cut into chunks makes no difference.
 */
export class MessageIndexer {
  readonly #limits: IndexerLimits;
  readonly #boundaries = new Boundaries<OpenPart>();
  readonly #preview = new PreviewCapture();
  /** The chunk being read, and where it stands in the message. */
  #chunk: Buffer = nothing;
  #base = 0;
  /** Parts whose end has not come, outermost first; the last one is being read. */
  readonly #open: OpenPart[] = [];
  #root: Part | undefined;
  #parts = 0;
  /** LFs so far, without those of bodies whose lines nobody is told. */
  #feeds = 0;
  /** Whether somebody is told how many lines there are in what is being read. */
  #counts = false;

  /** Header bytes of the part being read, from earlier chunks; undefined while a body is read. */
  #header: Buffer[] | undefined;
  #headerBytes = 0;
  /** Where the header bytes not yet taken begin. */
  #headerFrom = 0;
  #headerBudget: number;

  /** The beginning of a line that an earlier chunk broke off; undefined between lines. */
  #brokenLine:
    | { readonly start: number; readonly precedingEnd: number; length: number }
    | undefined;
  #brokenHead = nothing;
  /** The last two bytes before the chunk. */
  #last = 0;
  #secondLast = 0;

  #envelope: Envelope | undefined;
  #headers: Uint8Array = nothing;
  #headersComplete = true;

  constructor(limits: IndexerLimits) {
    this.#limits = limits;
    this.#headerBudget = limits.mimeHeaderBytesMax * headerBudgetFactor;
    this.#begin(0);
  }

  /** Takes the next bytes. They are not kept after the call. */
  write(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunk = asBuffer(chunk);
    let at = this.#brokenLine === undefined ? 0 : this.#continueLine();
    while (at < chunk.length) {
      if (this.#header !== undefined) at = this.#readHeader(at);
      else at = this.#boundaries.isEmpty ? this.#countFeeds(at) : this.#readBody(at);
    }
    const end = this.#base + chunk.length;
    if (this.#header !== undefined) this.#takeHeader(end);
    this.#preview.take(this.#chunk, this.#base, end);
    this.#secondLast = chunk.length > 1 ? chunk[chunk.length - 2]! : this.#last;
    this.#last = chunk[chunk.length - 1]!;
    this.#base = end;
    this.#chunk = nothing;
  }

  /** Ends the message. Call it once, after the last `write`. */
  end(): IndexedMessage {
    const size = this.#base;
    const line = this.#brokenLine;
    if (line !== undefined) {
      const head = this.#brokenHead.subarray(0, Math.min(line.length, delimiterMax));
      this.#line(head, {
        start: line.start,
        end: size,
        feedsBefore: this.#feeds,
        feeds: this.#feeds,
        precedingEnd: line.precedingEnd,
      });
    }
    while (this.#header !== undefined) this.#endHeader(size, this.#feeds);
    this.#closeAbove(0, { bodyEnd: size, feeds: this.#feeds, feedsAfter: this.#feeds });
    const structure = this.#root;
    assert(structure !== undefined && this.#envelope !== undefined, 'a message has a root part');
    return {
      size,
      structure,
      envelope: this.#envelope,
      headers: this.#headers,
      headersComplete: this.#headersComplete,
      headerSize: structure.bodyStart,
      preview: this.#preview.text(),
    };
  }

  /** Reads header lines from `at` on; returns where it stopped. */
  #readHeader(at: number): number {
    const chunk = this.#chunk;
    let from = at;
    while (from < chunk.length) {
      const feed = chunk.indexOf(LF, from);
      if (feed < 0) return this.#breakLine(from);
      this.#feeds++;
      const first = chunk[from]!;
      if (first === LF || first === CR || first === DASH) {
        const end = Math.min(feed, from + delimiterMax);
        this.#line(chunk.subarray(from, end), this.#lineAt(from, feed + 1));
        return feed + 1;
      }
      from = feed + 1;
    }
    return from;
  }

  /** Passes over body lines from `at` on up to one that may be a delimiter. */
  #readBody(at: number): number {
    const chunk = this.#chunk;
    const isHere = chunk[at] === DASH && chunk[at + 1] === DASH;
    const start = isHere ? at : lineOfDashes(chunk, at);
    const feed = start < 0 ? -1 : chunk.indexOf(LF, start);
    if (feed < 0) return this.#passLines(at);
    this.#feeds += this.#feedsIn(at, start) + 1;
    const end = Math.min(feed, start + delimiterMax);
    this.#line(chunk.subarray(start, end), this.#lineAt(start, feed + 1));
    return feed + 1;
  }

  /** Passes over the rest of the chunk, which has no whole line that may be a delimiter. */
  #passLines(at: number): number {
    const chunk = this.#chunk;
    const end = chunk.length;
    this.#feeds += this.#feedsIn(at, end);
    const start = Math.max(at, chunk.lastIndexOf(LF) + 1);
    return start < end ? this.#breakLine(start, { plain: chunk[start] !== DASH }) : end;
  }

  /** With no multipart open nothing but the number of lines matters. */
  #countFeeds(at: number): number {
    this.#feeds += this.#feedsIn(at, this.#chunk.length);
    return this.#chunk.length;
  }

  #feedsIn(from: number, end: number): number {
    return this.#counts ? countLineFeeds(this.#chunk, from, end) : 0;
  }

  /** Keeps the beginning of a line whose end is in a later chunk. */
  #breakLine(from: number, options: { readonly plain: boolean } = { plain: false }): number {
    const chunk = this.#chunk;
    // A line known not to matter is kept as one byte that no delimiter or empty line begins with.
    const head = options.plain ? chunk.subarray(from, from + 1) : chunk.subarray(from);
    if (this.#brokenHead === nothing) this.#brokenHead = Buffer.alloc(delimiterMax);
    const length = head.copy(this.#brokenHead);
    this.#brokenLine = {
      start: this.#base + from,
      precedingEnd: this.#precedingEnd(from),
      length,
    };
    return chunk.length;
  }

  /** Reads on in a broken line; returns where the next line begins. */
  #continueLine(): number {
    const chunk = this.#chunk;
    const line = this.#brokenLine!;
    const feed = chunk.indexOf(LF);
    const rest = chunk.subarray(0, feed < 0 ? chunk.length : feed);
    line.length += rest.copy(this.#brokenHead, line.length);
    if (feed < 0) return chunk.length;
    this.#feeds++;
    this.#brokenLine = undefined;
    this.#line(this.#brokenHead.subarray(0, line.length), {
      start: line.start,
      end: this.#base + feed + 1,
      feedsBefore: this.#feeds - 1,
      feeds: this.#feeds,
      precedingEnd: line.precedingEnd,
    });
    return feed + 1;
  }

  /** A whole line of this chunk, whose LF is counted already. */
  #lineAt(from: number, end: number): Line {
    return {
      start: this.#base + from,
      end: this.#base + end,
      feedsBefore: this.#feeds - 1,
      feeds: this.#feeds,
      precedingEnd: this.#precedingEnd(from),
    };
  }

  /** The length of the line end before an offset of this chunk where a line begins. */
  #precedingEnd(from: number): number {
    const chunk = this.#chunk;
    const last = from > 0 ? chunk[from - 1] : this.#last;
    if (last !== LF) return 0;
    const before = from > 1 ? chunk[from - 2] : from === 1 ? this.#last : this.#secondLast;
    return before === CR ? 2 : 1;
  }

  /** Acts on a line that may be a delimiter or, in a header, empty. `head` is without the LF. */
  #line(head: Buffer, line: Line): void {
    const length = head[head.length - 1] === CR ? head.length - 1 : head.length;
    if (length === 0) {
      if (this.#header !== undefined && line.feeds > line.feedsBefore)
        this.#endHeader(line.end, line.feeds);
      return;
    }
    const delimiter = this.#boundaries.match(head.subarray(0, length));
    if (delimiter === undefined) return;
    while (this.#header !== undefined) this.#endHeader(line.start, line.feedsBefore);
    const depth = this.#open.lastIndexOf(delimiter.owner);
    this.#closeAbove(depth + 1, {
      bodyEnd: line.start - line.precedingEnd,
      feeds: line.feedsBefore - Math.min(line.precedingEnd, 1),
      feedsAfter: line.feedsBefore,
    });
    this.#boundaries.closeFrom(delimiter.owner, { keep: !delimiter.closing });
    if (delimiter.closing) return;
    this.#begin(line.end);
    // The last part there may be takes all the rest.
    if (this.#parts >= this.#limits.mimePartsMax) this.#boundaries.clear();
  }

  /** A part begins: its header is to be read. */
  #begin(headerStart: number): void {
    this.#parts++;
    this.#open.push({
      description: plainDescription,
      kind: 'single',
      headerStart,
      bodyStart: headerStart,
      feedsBefore: 0,
      parts: [],
      envelope: undefined,
    });
    this.#header = [];
    this.#headerBytes = 0;
    this.#headerFrom = headerStart;
  }

  /** Keeps the header bytes of this chunk up to the message's offset `until`, as far as they are read at all. */
  #takeHeader(until: number): void {
    const room = this.#headerRoom() - this.#headerBytes;
    const from = this.#headerFrom - this.#base;
    const piece = this.#chunk.subarray(
      from,
      Math.max(from, Math.min(until - this.#base, from + room)),
    );
    this.#headerFrom = until;
    if (piece.length === 0) return;
    this.#headerBytes += piece.length;
    this.#header!.push(Buffer.from(piece));
  }

  #headerRoom(): number {
    return Math.min(
      this.#limits.mimeHeaderBytesMax,
      Math.max(smallHeaderBytes, this.#headerBudget),
    );
  }

  /** The header's bytes up to `until`, cut at a line where it is larger than what is read. */
  #wholeHeader(until: number, part: OpenPart): Buffer {
    const pieces = this.#header!;
    const size = until - part.headerStart;
    const room = this.#headerRoom();
    let block: Buffer;
    if (pieces.length === 0) {
      const from = part.headerStart - this.#base;
      block = this.#chunk.subarray(from, Math.max(from, from + Math.min(size, room)));
    } else {
      if (until > this.#headerFrom) this.#takeHeader(until);
      block = Buffer.concat(pieces).subarray(0, Math.min(size, room));
    }
    return size > room ? block.subarray(0, block.lastIndexOf(LF) + 1) : block;
  }

  /** The header of the innermost part ends before `bodyStart`; `feeds` are the LFs up to there. */
  #endHeader(bodyStart: number, feeds: number): void {
    const part = this.#open.at(-1)!;
    const parent = this.#open.at(-2);
    const block = this.#wholeHeader(bodyStart, part);
    this.#header = undefined;
    this.#headerBudget -= block.length;
    const fields = headerFields(block);
    const inDigest = parent?.kind === 'multipart' && isType(parent.description, 'multipart/digest');
    part.description = describePart(block, fields, { inDigest });
    part.bodyStart = bodyStart;
    part.feedsBefore = feeds;
    if (parent === undefined) {
      this.#envelope = readEnvelope(block, fields);
      this.#headers = cachedFields(block, fields);
      this.#headersComplete = block.length === bodyStart;
    } else if (parent.kind === 'message') parent.envelope = readEnvelope(block, fields);
    this.#beginBody(part);
  }

  #beginBody(part: OpenPart): void {
    part.kind = kindOf(part.description);
    const full =
      this.#open.length >= this.#limits.mimeDepthMax || this.#parts >= this.#limits.mimePartsMax;
    if (part.kind !== 'single' && full) {
      part.kind = 'single';
      part.description = opaque(part.description);
    }
    this.#counts = this.#open.some(hasLines);
    if (part.kind === 'message') this.#begin(part.bodyStart);
    else if (part.kind === 'multipart') {
      const written = parameter(part.description.parameters, 'boundary') ?? '';
      // It may begin with a blank, but not end with one (RFC 2046 section 5.1.1).
      const boundary = trimBlanksBehind(written);
      if (boundary !== '') this.#boundaries.add(part, boundary as RawText);
    } else if (!this.#open.some((outer) => outer.kind === 'message')) {
      this.#preview.begin(part.description, part.bodyStart);
    }
  }

  /** Ends all open parts but the outermost `depth` ones. */
  #closeAbove(depth: number, end: { bodyEnd: number; feeds: number; feedsAfter: number }): void {
    while (this.#open.length > depth) {
      const part = this.#open.pop()!;
      const parent = this.#open.at(-1);
      // A part without body (a boundary right after its header) ends where it began.
      const lastChild = part.parts.at(-1);
      const bodyEnd = Math.max(end.bodyEnd, part.bodyStart, lastChild?.bodyEnd ?? 0);
      const feeds = bodyEnd > end.bodyEnd ? end.feedsAfter : end.feeds;
      if (part.kind === 'single') this.#preview.end(this.#chunk, this.#base, bodyEnd);
      const lines = hasLines(part) ? Math.max(0, feeds - part.feedsBefore) : 0;
      const finished = finish(part, bodyEnd, lines);
      if (parent === undefined) this.#root = finished;
      else parent.parts.push(finished);
    }
    this.#counts = this.#open.some(hasLines);
  }
}
