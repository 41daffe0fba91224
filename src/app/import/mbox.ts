/**
 * Finds the messages of an mbox file, in all its dialects: mboxo, mboxrd, mboxcl, mboxcl2.
 *
 *   mbox      = *( separator message blank-line )
 *   separator = "From " [sender] [date] line-end
 */
import { open, type FileHandle } from 'node:fs/promises';
import type { DateTime } from '../../model/date-time.ts';
import { fieldValue, headerFields } from '../../mime/header.ts';
import { parseFromLineDate } from './dates.ts';
import type { FromQuoting } from './from-quoting.ts';

export const mboxFormats = ['auto', 'mboxo', 'mboxrd', 'mboxcl', 'mboxcl2'] as const;
export type MboxFormat = (typeof mboxFormats)[number];

export interface MboxMessage {
  /** Behind the separator. */
  readonly start: number;
  /** Before the blank line that ends it. */
  readonly end: number;
  readonly date: DateTime | undefined;
}

export interface Mbox {
  readonly messages: readonly MboxMessage[];
  readonly quoting: FromQuoting;
  /** Bytes before the first separator. */
  readonly junkBytes: number;
  /** Content-Length fields behind which no message ends: not trusted. */
  readonly wrongLengths: number;
  /** Lines like separators without a blank line before them: taken as text. */
  readonly unseparated: number;
}

const windowBytes = 1024 * 1024;
/** What a decision about a line may look at before and behind it. */
const marginBytes = 4096;
/** How much of a header is read for its Content-Length. */
const headBytes = 32 * 1024;
/** Messages without Content-Length, from the first on, until it is no longer looked for. */
const lengthlessMax = 10;

const LF = 0x0a;
const CR = 0x0d;
const quote = 0x3e;
const fromWord = Buffer.from('From ');

/** Reads the whole file in windows. Rejects when it cannot be read or the signal aborts. */
export async function scanMbox(
  path: string,
  options: { readonly format: MboxFormat; readonly signal?: AbortSignal | undefined },
): Promise<Mbox> {
  await using handle = await open(path, 'r');
  const { size } = await handle.stat();
  const strict = new Scan(handle, { size, format: options.format, blankLines: true });
  const mbox = await strict.run(options.signal);
  // Old Netscapes wrote no blank lines: where most are missing, none is asked for.
  if (!strict.lacksBlankLines) return mbox;
  return await new Scan(handle, { size, format: options.format, blankLines: false }).run(
    options.signal,
  );
}

interface ScanOptions {
  readonly size: number;
  readonly format: MboxFormat;
  /** Whether a separator needs a blank line before it. */
  readonly blankLines: boolean;
}

class Scan {
  readonly #handle: FileHandle;
  readonly #size: number;
  readonly #format: MboxFormat;
  readonly #blankLines: boolean;
  readonly #messages: MboxMessage[] = [];
  #current: { readonly start: number; readonly date: DateTime | undefined } | undefined;
  /** Where the present message ends by its Content-Length, and the separator behind it. */
  #announced: { readonly end: number; readonly separator: number } | undefined;
  #junkBytes = 0;
  #rightLengths = 0;
  #wrongLengths = 0;
  #lengthless = 0;
  #unseparated = 0;
  /** Separators with and without a blank line before them, proven ones and others. */
  #blank = 0;
  #bare = 0;
  /** Separators that a Content-Length says are text: nobody quoted them, so it is mboxcl2. */
  #unquotedInside = 0;
  /** For and against mboxrd, by lines of `>>From `. */
  #votes = 0;

  constructor(handle: FileHandle, { size, format, blankLines }: ScanOptions) {
    this.#handle = handle;
    this.#size = size;
    this.#format = format;
    this.#blankLines = blankLines;
  }

  async run(signal: AbortSignal | undefined): Promise<Mbox> {
    const buffer = Buffer.allocUnsafe(windowBytes + 2 * marginBytes);
    for (let base = 0; base < this.#size; base += windowBytes) {
      signal?.throwIfAborted();
      const from = Math.max(0, base - marginBytes);
      const length = base - from + windowBytes + marginBytes;
      const { bytesRead } = await this.#handle.read(buffer, 0, length, from);
      const window = { base, end: base + windowBytes };
      await this.#window(buffer.subarray(0, bytesRead), from, window);
    }
    return await this.#finish();
  }

  /** Whether there are lines like separators that miss a blank line, as most do. */
  get lacksBlankLines(): boolean {
    return this.#unseparated > 0 && this.#bare > this.#blank;
  }

  /** Looks at every `From ` of the file between `base` and `end`; `bytes` are what stands at `offset`. */
  async #window(
    bytes: Buffer,
    offset: number,
    { base, end }: { readonly base: number; readonly end: number },
  ): Promise<void> {
    let at = bytes.indexOf(fromWord, base - offset);
    for (; at >= 0 && at < end - offset; at = bytes.indexOf(fromWord, at + 1)) {
      let start = at;
      while (start > 0 && bytes[start - 1] === quote) start -= 1;
      const first = offset + start === 0 || (offset === 0 && start === 3 && bytes[0] === 0xef);
      if (!first && bytes[start - 1] !== LF) continue;
      const depth = at - start;
      if (depth > 1) this.#vote(bytes, start, depth);
      if (depth === 0) await this.#candidate({ bytes, at, offset, first });
    }
  }

  /** mboxrd made `>>From ` of a line quoted once, whose neighbours have one `>`; elsewhere they have two. */
  #vote(bytes: Buffer, start: number, depth: number): void {
    const before = start < 2 ? -1 : bytes.lastIndexOf(LF, start - 2);
    let quotes = 0;
    while (bytes[before + 1 + quotes] === quote) quotes += 1;
    // A neighbour that may itself be quoted tells nothing.
    if (
      bytes
        .subarray(before + 1 + quotes)
        .subarray(0, 5)
        .equals(fromWord)
    )
      return;
    if (quotes === depth - 1) this.#votes += 1;
    else if (quotes === depth) this.#votes -= 1;
  }

  async #candidate(line: Candidate): Promise<void> {
    const position = line.offset + line.at;
    const announced = this.#announced;
    const read = readSeparator(line);
    if (announced !== undefined && position < announced.separator) {
      if (read !== undefined && line.first !== true) this.#unquotedInside += 1;
      return;
    }
    const expected = announced?.separator === position;
    if (read === undefined && !expected) return;
    const blank = line.first ? 0 : blankLineBefore(line.bytes, line.at);
    if (blank === undefined) this.#bare += 1;
    else if (!line.first) this.#blank += 1;
    if (blank === undefined && this.#blankLines && !expected) {
      this.#unseparated += 1;
      return;
    }
    if (this.#current === undefined) this.#junkBytes = line.first ? 0 : position;
    this.#close(announced?.end ?? position - (blank ?? 0));
    const lineEnd = line.bytes.indexOf(LF, line.at);
    const start = lineEnd < 0 ? this.#size : line.offset + lineEnd + 1;
    this.#current = { start, date: read?.date };
    this.#announced = await this.#announcement(start);
  }

  #close(end: number): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#messages.push({ ...current, end: Math.max(current.start, end) });
  }

  /** Where the message that starts here ends by its own word, if a separator or the file's end proves it. */
  async #announcement(start: number): Promise<{ end: number; separator: number } | undefined> {
    const wanted = this.#format === 'mboxcl' || this.#format === 'mboxcl2';
    if (!wanted && (this.#format !== 'auto' || this.#lengthless > lengthlessMax)) return undefined;
    const head = await this.#read(start, headBytes);
    const body = /\r?\n\r?\n/.exec(head.toString('latin1'));
    const field = headerFields(head).find(({ name }) => name === 'content-length');
    const value = field === undefined ? '' : fieldValue(head, field).trim();
    if (body === null || !/^\d{1,15}$/.test(value)) {
      if (this.#rightLengths === 0) this.#lengthless += 1;
      return undefined;
    }
    const end = start + body.index + body[0].length + Number(value);
    const behind = (await this.#read(end, 16)).toString('latin1');
    const match = /^(?:\r?\n)*(?:From |$)/.exec(behind);
    if (end > this.#size || match === null) {
      this.#wrongLengths += 1;
      return undefined;
    }
    this.#rightLengths += 1;
    return { end, separator: end + match[0].replace('From ', '').length };
  }

  async #read(position: number, length: number): Promise<Buffer> {
    if (position >= this.#size) return Buffer.alloc(0);
    const { buffer, bytesRead } = await this.#handle.read(
      Buffer.allocUnsafe(length),
      0,
      length,
      position,
    );
    return buffer.subarray(0, bytesRead);
  }

  async #finish(): Promise<Mbox> {
    if (this.#current === undefined) this.#junkBytes = this.#size;
    else if (this.#announced !== undefined) this.#close(this.#announced.end);
    else {
      // The blank line behind the last message is the file's, not the message's.
      const tail = await this.#read(Math.max(0, this.#size - 4), 4);
      const blank = /(?:^|\n)(\r?\n)$/.exec(tail.toString('latin1'))?.[1] ?? '';
      this.#close(this.#size - blank.length);
    }
    return {
      messages: this.#messages,
      quoting: this.#quoting(),
      junkBytes: this.#junkBytes,
      wrongLengths: this.#wrongLengths,
      unseparated: this.#unseparated,
    };
  }

  #quoting(): FromQuoting {
    if (this.#format === 'mboxcl2') return 'none';
    if (this.#format === 'mboxrd') return 'all';
    if (this.#format !== 'auto') return 'one';
    if (this.#rightLengths > 0) return this.#unquotedInside > 0 ? 'none' : 'one';
    return this.#votes > 0 ? 'all' : 'one';
  }
}

interface Candidate {
  readonly bytes: Buffer;
  /** Of its `From ` in `bytes`. */
  readonly at: number;
  /** Of `bytes` in the file. */
  readonly offset: number;
  /** Whether the file begins with it. */
  readonly first: boolean;
}

/**
 * Whether a line that begins with `From ` is a separator: it has a date, or nothing but one word (`From -`,
 * `From MAILER-DAEMON`), and a header stands behind it. "From Russia with love" is neither.
 */
function readSeparator({ bytes, at }: Candidate): { date: DateTime | undefined } | undefined {
  const text = bytes.toString('latin1', at, Math.min(bytes.length, at + marginBytes));
  const [line = '', next] = text.split(/\r?\n/, 2);
  const headerFollows = next !== undefined && /^[\x21-\x39\x3b-\x7e]+[ \t]*:/.test(next);
  const date = parseFromLineDate(line);
  if (date !== undefined) {
    const plausible =
      headerFollows || next === undefined || next === '' || next.startsWith('>From ');
    return plausible ? { date } : undefined;
  }
  return headerFollows && /^From \S*\s*$/.test(line) ? { date } : undefined;
}

/** How long the blank line before a line is; undefined when there is none. */
function blankLineBefore(bytes: Buffer, at: number): number | undefined {
  const length = bytes[at - 2] === CR ? 2 : 1;
  const before = at - length - 1;
  if (bytes[at - 1] !== LF) return undefined;
  return before < 0 || bytes[before] === LF ? length : undefined;
}
