import { sameText } from '../base/ascii.ts';
import { charsetDecoderOrGuess } from './charset.ts';
import { isType, parameter } from './content-type.ts';
import { HtmlText } from './html.ts';
import type { PartDescription } from './part-header.ts';
import { transferDecoder } from './transfer.ts';

/** Characters of a preview (RFC 8970 section 3.3). */
const previewCharactersMax = 200;

/** Bytes of a text part that a preview is made from: HTML has long heads. */
const capturedBytesMax = 16 * 1024;

interface Capture {
  readonly description: PartDescription;
  readonly from: number;
  readonly pieces: Buffer[];
  length: number;
}

/** Keeps the beginning of the first plain and the first HTML text of a message while it passes by. */
export class PreviewCapture {
  #plain: Capture | undefined;
  #html: Capture | undefined;
  #active: Capture | undefined;

  /** A part's body begins at this offset of the message. */
  begin(description: PartDescription, from: number): void {
    this.#active = undefined;
    const { disposition } = description;
    if (disposition !== null && sameText(disposition.type, 'attachment')) return;
    const capture = { description, from, pieces: [], length: 0 };
    if (isType(description, 'text/plain') && this.#plain === undefined) {
      this.#plain = this.#active = capture;
    } else if (isType(description, 'text/html') && this.#html === undefined) {
      this.#html = this.#active = capture;
    }
  }

  /** Takes what it lacks from a chunk that stands at `base`, up to the message's offset `until`. */
  take(chunk: Buffer, base: number, until: number): void {
    const capture = this.#active;
    if (capture === undefined) return;
    const from = capture.from + capture.length - base;
    const end = Math.min(until - base, from + capturedBytesMax - capture.length);
    if (from >= chunk.length || end <= from) return;
    const piece = Buffer.from(chunk.subarray(from, end));
    capture.pieces.push(piece);
    capture.length += piece.length;
    if (capture.length >= capturedBytesMax) this.#active = undefined;
  }

  /** The part ends: what was taken beyond its end is given back. */
  end(chunk: Buffer, base: number, bodyEnd: number): void {
    this.take(chunk, base, bodyEnd);
    const capture = this.#active;
    this.#active = undefined;
    if (capture === undefined) return;
    capture.length = Math.min(capture.length, bodyEnd - capture.from);
  }

  /** The plain text's preview, or where that is blank the HTML's; empty without any. */
  text(): string {
    return previewOf(this.#plain) || previewOf(this.#html);
  }
}

/** How much of a capture is decoded at first: mostly enough, and every message that arrives pays for it. */
const firstBytes = 512;

function previewOf(capture: Capture | undefined): string {
  if (capture === undefined) return '';
  const bytes = Buffer.concat(capture.pieces).subarray(0, capture.length);
  if (bytes.length > firstBytes) {
    const beginning = shorten(
      visibleText(capture.description, bytes.subarray(0, firstBytes), false),
    );
    if (beginning.length >= previewCharactersMax * 2) return cut(beginning);
  }
  return cut(shorten(visibleText(capture.description, bytes, true)));
}

/** The decoded text of a part's beginning; a character or tag cut off at the end is left out. */
function visibleText(description: PartDescription, bytes: Buffer, whole: boolean): string {
  const transfer = transferDecoder(description.encoding);
  let decoded: Uint8Array = transfer?.write(bytes) ?? bytes;
  if (transfer !== undefined && whole) decoded = Buffer.concat([decoded, transfer.end()]);
  const charset = charsetDecoderOrGuess(parameter(description.parameters, 'charset'));
  const text = charset.write(decoded);
  if (!isType(description, 'text/html')) return text;
  const html = new HtmlText();
  return html.write(text) + (whole ? html.end() : '');
}

/** Invisible characters that senders fill their hidden preview text with. */
const fillers = /[\p{Cc}\p{Cf}\u034F\u2800\u3164\uFFFC]/gu;
const hasFiller = new RegExp(fillers.source, 'u');

/** Nothing but what is printed, and white space: most text, without fillers. */
const plainText = /^[\s\u0020-\u007e]*$/;

/** White space folded, fillers gone. */
function shorten(text: string): string {
  const folded = text.replaceAll(/\s+/g, ' ');
  if (plainText.test(folded) || !hasFiller.test(folded)) return folded.trim();
  return folded
    .replaceAll(fillers, (char) => (char === '\u200D' ? char : ''))
    .replaceAll(/ {2,}/g, ' ')
    .trim();
}

/** The first characters, none of them halved. */
function cut(text: string): string {
  const beginning = text.slice(0, previewCharactersMax);
  if (!/[\uD800-\uDFFF]/.test(beginning)) return beginning.trimEnd();
  const characters = Array.from(text.slice(0, previewCharactersMax * 2));
  return characters.slice(0, previewCharactersMax).join('').trimEnd();
}
