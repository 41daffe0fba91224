import { sameText } from '../base/ascii.ts';
import type { Part } from '../model/part.ts';
import { asBuffer, headerFields } from './header.ts';
import type { ByteReader } from './text.ts';

/** Bytes `from` to `to` of a message, and what stands there instead. */
interface Edit {
  readonly from: number;
  readonly to: number;
  /** Undefined: the bytes themselves in base64. */
  readonly bytes: Uint8Array | undefined;
}

export interface EncodeOptions {
  /** Bytes of a header that may be held; a part whose header is longer stays as it is. */
  readonly headerBytesMax: number;
}

/**
 * The message with every part that holds NUL in base64, since no IMAP4rev1 string can carry NUL: what
 * BODYSTRUCTURE and BODY[] tell of binary content must be in an encoding that everybody can fetch
 * (RFC 3516 section 6). All other bytes stay. Undefined when no part's body holds NUL.
 */
export async function encodeBinary(
  structure: Part,
  reader: ByteReader,
  options: EncodeOptions,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const edits: Edit[] = [];
  await collect(structure, reader, { ...options, edits });
  if (edits.length === 0) return undefined;
  return edited(
    reader,
    edits.toSorted((a, b) => a.from - b.from),
    structure.bodyEnd,
  );
}

interface Collection extends EncodeOptions {
  readonly edits: Edit[];
}

/** Whether something in the part is encoded; the edits are added. */
async function collect(part: Part, reader: ByteReader, to: Collection): Promise<boolean> {
  if (part.kind === 'single') {
    if (!isIdentity(part.encoding) || !(await holdsNul(reader, part))) return false;
    if (!(await relabel(part, { reader, encoding: 'base64', to }))) return false;
    to.edits.push({ from: part.bodyStart, to: part.bodyEnd, bytes: undefined });
    return true;
  }
  let some = false;
  for (const child of part.kind === 'multipart' ? part.parts : [part.body]) {
    if (await collect(child, reader, to)) some = true;
  }
  if (some && sameText(part.encoding, 'binary'))
    await relabel(part, { reader, encoding: '8bit', to });
  return some;
}

interface Relabelling {
  readonly reader: ByteReader;
  readonly encoding: string;
  readonly to: Collection;
}

/** Gives the part another Content-Transfer-Encoding; false when its header is too long for that. */
async function relabel(part: Part, { reader, encoding, to }: Relabelling): Promise<boolean> {
  const { headerStart, bodyStart } = part;
  if (bodyStart - headerStart > to.headerBytesMax) return false;
  const chunks: Uint8Array[] = [];
  for await (const chunk of reader.read(headerStart, bodyStart)) chunks.push(Buffer.from(chunk));
  const bytes = withEncoding(Buffer.concat(chunks), encoding);
  to.edits.push({ from: headerStart, to: bodyStart, bytes });
  return true;
}

function withEncoding(header: Buffer, encoding: string): Buffer {
  const field = Buffer.from(`Content-Transfer-Encoding: ${encoding}\r\n`);
  const fields = headerFields(header);
  const old = fields.filter(({ name }) => name === 'content-transfer-encoding');
  const first = old[0]?.start ?? fields.at(-1)?.end ?? 0;
  const pieces: Buffer[] = [header.subarray(0, first), field];
  let at = first;
  for (const { start, end } of old) {
    pieces.push(header.subarray(at, start));
    at = end;
  }
  return Buffer.concat([...pieces, header.subarray(at)]);
}

function isIdentity(encoding: string): boolean {
  return ['7bit', '8bit', 'binary'].some((name) => sameText(name, encoding));
}

async function holdsNul(reader: ByteReader, { bodyStart, bodyEnd }: Part): Promise<boolean> {
  for await (const chunk of reader.read(bodyStart, bodyEnd)) if (chunk.includes(0)) return true;
  return false;
}

/** The message with its edits, which ascend and do not overlap. */
async function* edited(
  reader: ByteReader,
  edits: readonly Edit[],
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0;
  for (const { from, to, bytes } of edits) {
    if (from > at) yield* reader.read(at, from);
    if (bytes !== undefined) yield bytes;
    else yield* base64(reader.read(from, to));
    at = to;
  }
  if (size > at) yield* reader.read(at, size);
  // Behind an encoded part comes the line end of a boundary, or the end of the message.
  else yield Buffer.from('\r\n');
}

/** 76 characters a line (RFC 2045 section 6.8). */
const lineBytes = 57;

/** Lines of base64, without the last line's end. */
async function* base64(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let rest = Buffer.alloc(0);
  let separator = '';
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? asBuffer(chunk) : Buffer.concat([rest, chunk]);
    // The last line is kept back: it may be the end.
    const whole = Math.max(0, Math.ceil(bytes.length / lineBytes) - 1) * lineBytes;
    const lines: string[] = [];
    for (let at = 0; at < whole; at += lineBytes) {
      lines.push(bytes.toString('base64', at, at + lineBytes));
    }
    rest = Buffer.from(bytes.subarray(whole));
    if (lines.length === 0) continue;
    yield Buffer.from(separator + lines.join('\r\n'), 'latin1');
    separator = '\r\n';
  }
  if (rest.length > 0) yield Buffer.from(separator + rest.toString('base64'), 'latin1');
}
