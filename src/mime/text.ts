import type { Part } from '../model/part.ts';
import { charsetDecoderOrGuess } from './charset.ts';
import { isType, parameter } from './content-type.ts';
import { decodeParameter, decodeWords } from './encoded-word.ts';
import { fieldValue, headerFields } from './header.ts';
import { HtmlText } from './html.ts';
import { transferDecoder } from './transfer.ts';
import type { TransferDecoder } from './transfer.ts';

/** What `MessageContent` of the store gives: bytes `from` to `to` (exclusive), in chunks that are good until the next is asked for. */
export interface ByteReader {
  read(from: number, to: number): AsyncIterable<Uint8Array>;
}

/** A piece of a message's text. */
export interface TextPiece {
  /**
   * `header`: a field of the message's header. `part header`: a field of a part's, or of an enclosed
   * message's. `body`: text.
   */
  readonly kind: 'header' | 'part header' | 'body';
  /** Pieces of the same unit follow one another without a gap; units never run together. */
  readonly unit: number;
  readonly text: string;
}

export interface TextOptions {
  /** Fields of all headers, enclosed messages' and MIME headers among them. */
  readonly headers: boolean;
  readonly body: boolean;
}

/** Bytes of one header that are searched. */
const headerBytesMax = 1024 * 1024;

/** Bytes decoded in one step, so that no step takes long. */
const stepBytes = 64 * 1024;

/**
 * A message's text as people see it, for SEARCH and the text index: headers unfolded and decoded, text
 * parts decoded. HTML comes twice, as two units: its source, where links are, and what is
 * visible, where no tag parts a word. Memory is bounded whatever the message's size.
 */
export async function* messageText(
  content: ByteReader,
  structure: Part,
  options: TextOptions,
): AsyncGenerator<TextPiece, void, undefined> {
  const units = { next: 0 };
  yield* partText({ content, options, units }, structure, 'header');
}

interface Walk {
  readonly content: ByteReader;
  readonly options: TextOptions;
  readonly units: { next: number };
}

async function* partText(
  walk: Walk,
  part: Part,
  headerKind: 'header' | 'part header',
): AsyncGenerator<TextPiece, void, undefined> {
  if (walk.options.headers && part.bodyStart > part.headerStart) {
    yield* headerText(walk, part, headerKind);
  }
  if (part.kind === 'multipart') {
    for (const child of part.parts) yield* partText(walk, child, 'part header');
  } else if (part.kind === 'message') yield* partText(walk, part.body, 'part header');
  else if (walk.options.body && isSearchable(part)) yield* bodyText(walk, part);
}

/** Text, and the reports that are text by another name (delivery-status, disposition-notification). */
function isSearchable(part: Part): boolean {
  return isType(part, 'text') || isType(part, 'message');
}

async function* headerText(
  walk: Walk,
  part: Part,
  kind: 'header' | 'part header',
): AsyncGenerator<TextPiece, void, undefined> {
  const chunks: Uint8Array[] = [];
  const end = Math.min(part.bodyStart, part.headerStart + headerBytesMax);
  for await (const chunk of walk.content.read(part.headerStart, end))
    chunks.push(Uint8Array.from(chunk));
  const block = Buffer.concat(chunks);
  for (const field of headerFields(block)) {
    const text = `${field.name}: ${decodeWords(fieldValue(block, field))}`;
    yield { kind, unit: walk.units.next++, text };
  }
  // File names in the encoding of RFC 2231 are not to be found in the fields.
  for (const [name, value] of [...part.parameters, ...(part.disposition?.parameters ?? [])]) {
    if (!name.endsWith('*')) continue;
    yield { kind, unit: walk.units.next++, text: decodeParameter(name, value) };
  }
}

async function* bodyText(walk: Walk, part: Part): AsyncGenerator<TextPiece, void, undefined> {
  // What is encoded in a way we do not know is searched as it is.
  const transfer: TransferDecoder = transferDecoder(part.encoding) ?? transferDecoder('binary')!;
  const charset = charsetDecoderOrGuess(parameter(part.parameters, 'charset'));
  const html = isType(part, 'text/html') ? new HtmlText() : undefined;
  const source = walk.units.next++;
  const visible = walk.units.next++;
  const pieces = function* (text: string, shown: string | undefined): Generator<TextPiece> {
    if (text !== '') yield { kind: 'body', unit: source, text };
    if (shown) yield { kind: 'body', unit: visible, text: shown };
  };
  for await (const chunk of walk.content.read(part.bodyStart, part.bodyEnd)) {
    for (let at = 0; at < chunk.length; at += stepBytes) {
      const text = charset.write(transfer.write(chunk.subarray(at, at + stepBytes)));
      yield* pieces(text, html?.write(text));
    }
  }
  const last = charset.write(transfer.end()) + charset.end();
  yield* pieces(last, html && html.write(last) + html.end());
}
