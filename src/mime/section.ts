import { lower } from '../base/ascii.ts';
import type { Part } from '../model/part.ts';
import type { Section } from '../model/section.ts';
import { asBuffer, eachField } from './header.ts';

/** Where a section's bytes are in the message: `from` to `to` (exclusive), offsets from its first byte. */
export type SectionPlace =
  | { readonly kind: 'bytes'; readonly from: number; readonly to: number }
  /** A header to be read and passed through `filterHeader`. */
  | {
      readonly kind: 'header fields';
      readonly from: number;
      readonly to: number;
      readonly names: readonly string[];
      /** HEADER.FIELDS.NOT: all but these. */
      readonly not: boolean;
    };

/**
 * Where the section is, or undefined when the message has no such part, or the part no such section
 * (HEADER and TEXT are for messages only): the client is told NIL (RFC 9051 section 6.4.5.1).
 */
export function findSection(structure: Part, section: Section): SectionPlace | undefined {
  const part = findPart(structure, section.part);
  if (part === undefined) return undefined;
  const whole = section.part.length === 0;
  const message = whole ? structure : part.kind === 'message' ? part.body : undefined;
  const { text } = section;
  switch (text.kind) {
    case 'ALL':
      return bytes(whole ? part.headerStart : part.bodyStart, part.bodyEnd);
    case 'MIME':
      return whole ? undefined : bytes(part.headerStart, part.bodyStart);
    case 'TEXT':
      return message && bytes(message.bodyStart, message.bodyEnd);
    case 'HEADER':
      return message && bytes(message.headerStart, message.bodyStart);
    case 'HEADER.FIELDS':
    case 'HEADER.FIELDS.NOT':
      return (
        message && {
          kind: 'header fields',
          from: message.headerStart,
          to: message.bodyStart,
          names: text.names,
          not: text.kind === 'HEADER.FIELDS.NOT',
        }
      );
    default:
      return text satisfies never;
  }
}

function bytes(from: number, to: number): SectionPlace {
  return { kind: 'bytes', from, to };
}

/**
 * The part of these numbers, or undefined. A message that is not multipart has itself as part 1; the
 * parts of an enclosed message follow directly on its own number (RFC 9051 section 6.4.5.1).
 */
export function findPart(structure: Part, numbers: readonly number[]): Part | undefined {
  let part: Part | undefined = structure;
  for (const [depth, number] of numbers.entries()) {
    const container: Part | undefined = depth === 0 ? part : inside(part);
    if (container === undefined) return undefined;
    if (container.kind === 'multipart') part = container.parts[number - 1];
    // Only a message's body stands for its part 1; a multipart within a multipart has no such part.
    else part = number === 1 ? container : undefined;
    if (part === undefined) return undefined;
  }
  return part;
}

/** What the numbers after a part's own count: the parts of a multipart, or of the message in it. */
function inside(part: Part): Part | undefined {
  if (part.kind === 'multipart') return part;
  return part.kind === 'message' ? part.body : undefined;
}

/**
 * The fields of a header block that have one of these names, or with `not` those that have none:
 * ASCII case aside exactly equal, in their order, folded lines and line ends as they are, followed by
 * the empty line that subsetting never excludes (RFC 9051 section 6.4.5.1).
 */
export function filterHeader(block: Uint8Array, names: readonly string[], not: boolean): Buffer {
  return headerFilter(names, not)(block);
}

/** `filterHeader` for many blocks. */
export function headerFilter(
  names: readonly string[],
  not: boolean = false,
): (block: Uint8Array) => Buffer {
  const wanted = new Set(names.map(lower));
  return (block) => {
    const bytes = asBuffer(block);
    const kept = Buffer.allocUnsafe(bytes.length + 4);
    let size = 0;
    eachField(bytes, (name, start, end) => {
      if (wanted.has(name) !== not) size += bytes.copy(kept, size, start, end);
    });
    if (size > 0 && kept[size - 1] !== 10) size += kept.write('\r\n', size, 'latin1');
    size += kept.write('\r\n', size, 'latin1');
    return kept.subarray(0, size);
  };
}

/** Whether fields of these names can be answered from the known ones (see `cachedHeaderNames`). */
export function namesWithin(names: readonly string[], known: ReadonlySet<string>): boolean {
  return names.every((name) => known.has(lower(name)));
}
