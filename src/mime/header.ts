import { lower } from '../base/ascii.ts';
import { rawText } from '../model/raw-text.ts';
import type { RawText } from '../model/raw-text.ts';

/** One field of a header block, as offsets into the block. */
export interface HeaderField {
  /** In lower case. Of a line without colon the whole line, which no field name equals. */
  readonly name: string;
  /** First byte of the field's first line. */
  readonly start: number;
  /** Behind the last line's end. */
  readonly end: number;
  /** Behind the colon and the blanks after it on the same line. */
  readonly valueStart: number;
  /** Before the last line's end. */
  readonly valueEnd: number;
}

const LF = 10;
const CR = 13;
const COLON = 58;

const isBlank = (byte: number | undefined): boolean => byte === 32 || byte === 9;

/**
 * The fields of a header block up to its empty line, with CRLF, LF or mixed line ends. Lines
 * without a colon (mbox From lines, text that strayed in) end nothing: later fields still count.
 *
 *   field = field-name ":" unstructured CRLF    RFC 5322 section 2.2, obs-optional of section 4.5.8
 */
export function headerFields(block: Uint8Array): HeaderField[] {
  const bytes = asBuffer(block);
  const fields: HeaderField[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    const firstLineEnd = lineEnd(bytes, at);
    if (isEmptyLine(bytes, start, firstLineEnd)) break;
    const end = (at = foldedEnd(bytes, firstLineEnd));
    fields.push(fieldAt(bytes, { start, firstLineEnd, end }));
  }
  return fields;
}

/** Calls back with the name, start and end (see `HeaderField`) of each field of a header block: what filtering needs, and no objects. */
export function eachField(
  bytes: Buffer,
  tell: (name: string, start: number, end: number) => void,
): void {
  for (let start = 0; start < bytes.length;) {
    const firstLineEnd = lineEnd(bytes, start);
    if (isEmptyLine(bytes, start, firstLineEnd)) break;
    const end = foldedEnd(bytes, firstLineEnd);
    const { nameEnd } = nameAt(bytes, start, firstLineEnd);
    tell(lower(bytes.toString('latin1', start, nameEnd)), start, end);
    start = end;
  }
}

/** Behind the lines that continue the one before. */
function foldedEnd(bytes: Buffer, firstLineEnd: number): number {
  let end = firstLineEnd;
  while (end < bytes.length && isBlank(bytes[end])) end = lineEnd(bytes, end);
  return end;
}

interface FieldLines {
  readonly start: number;
  readonly firstLineEnd: number;
  readonly end: number;
}

function fieldAt(bytes: Buffer, { start, firstLineEnd, end }: FieldLines): HeaderField {
  const valueEnd = withoutLineEnd(bytes, start, end);
  const { nameEnd, colon } = nameAt(bytes, start, firstLineEnd);
  let valueStart = colon < 0 ? valueEnd : colon + 1;
  while (valueStart < valueEnd && isBlank(bytes[valueStart])) valueStart++;
  const name = lower(bytes.toString('latin1', start, nameEnd));
  return { name, start, end, valueStart: Math.min(valueStart, valueEnd), valueEnd };
}

/** Where a field's name ends; the colon is -1 where there is none, and the line is the name then. */
function nameAt(
  bytes: Buffer,
  start: number,
  firstLineEnd: number,
): { nameEnd: number; colon: number } {
  let colon = start;
  while (colon < firstLineEnd && bytes[colon] !== COLON) colon++;
  if (colon === firstLineEnd) colon = -1;
  let nameEnd = colon < 0 ? withoutLineEnd(bytes, start, firstLineEnd) : colon;
  while (nameEnd > start && isBlank(bytes[nameEnd - 1])) nameEnd--;
  return { nameEnd, colon };
}

/** The field's value, unfolded and without NUL, which no IMAP string can carry (RFC 9051 section 4.3). */
export function fieldValue(block: Uint8Array, field: HeaderField): RawText {
  return unfold(rawText(block.subarray(field.valueStart, field.valueEnd)));
}

/** Takes out the line ends that folding put in (RFC 5322 section 2.2.3); the blanks behind them stay. */
export function unfold(value: RawText): RawText {
  // oxlint-disable-next-line no-control-regex -- NUL and bare CR are what is looked for
  if (!/[\0\r\n]/.test(value)) return value;
  // oxlint-disable-next-line no-control-regex
  return value.replaceAll(/\r?\n|\0/g, '').replaceAll('\r', ' ') as RawText;
}

/** Without blanks at its ends. (A regular expression would take quadratic time, and \s the byte A0.) */
export function trimBlanks(text: string): string {
  let from = 0;
  while (from < text.length && isBlank(text.charCodeAt(from))) from++;
  return trimBlanksBehind(text.slice(from));
}

/** Without blanks at its end. */
export function trimBlanksBehind(text: string): string {
  let to = text.length;
  while (to > 0 && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(0, to);
}

/** The same bytes as a Buffer, for its quick searches and slices. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function lineEnd(bytes: Buffer, from: number): number {
  const feed = bytes.indexOf(LF, from);
  return feed < 0 ? bytes.length : feed + 1;
}

function withoutLineEnd(bytes: Buffer, start: number, end: number): number {
  if (end > start && bytes[end - 1] === LF) {
    return end - 1 > start && bytes[end - 2] === CR ? end - 2 : end - 1;
  }
  return end;
}

function isEmptyLine(bytes: Buffer, start: number, end: number): boolean {
  return end > start && bytes[end - 1] === LF && withoutLineEnd(bytes, start, end) === start;
}
