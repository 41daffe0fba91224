import type { Part } from '../model/part.ts';
import { rawText } from '../model/raw-text.ts';
import type { RawText } from '../model/raw-text.ts';
import {
  isType,
  parameter,
  parseDisposition,
  parseLanguages,
  parseMediaType,
  parseEncoding,
} from './content-type.ts';
import type { MediaType } from './content-type.ts';
import { fieldValue } from './header.ts';
import type { HeaderField } from './header.ts';

/** What a part's header says of it: a `Part` without its place and its inside. */
export type PartDescription = Pick<
  Part,
  | 'type'
  | 'subtype'
  | 'parameters'
  | 'id'
  | 'description'
  | 'encoding'
  | 'md5'
  | 'disposition'
  | 'language'
  | 'location'
>;

/** Bytes of one Content- field that count: no client shows more, and every session may hold them. */
const valueMax = 32 * 1024;

const raw = (text: string): RawText => rawText(Buffer.from(text, 'latin1'));

const textPlain: MediaType = { type: raw('text'), subtype: raw('plain'), parameters: [] };
const messageRfc822: MediaType = { type: raw('message'), subtype: raw('rfc822'), parameters: [] };
const usAscii = [raw('charset'), raw('us-ascii')] as const;

/** What a part without any header is (RFC 2045 section 5.2). */
export const plainDescription: PartDescription = {
  ...textPlain,
  parameters: [usAscii],
  id: null,
  description: null,
  encoding: raw('7bit'),
  md5: null,
  disposition: null,
  language: [],
  location: null,
};

/** How a part appears whose inside is not told apart because of a limit. */
export function opaque(description: PartDescription): PartDescription {
  return { ...description, type: raw('application'), subtype: raw('octet-stream'), parameters: [] };
}

/** Reads the Content- fields of a part's header; the first of each counts. */
export function describePart(
  block: Uint8Array,
  fields: readonly HeaderField[],
  options: { readonly inDigest: boolean },
): PartDescription {
  const values = new Map<string, RawText>();
  for (const field of fields) {
    if (field.name.startsWith('content-') && !values.has(field.name)) {
      values.set(field.name, fieldValue(block, field).slice(0, valueMax) as RawText);
    }
  }
  // The default in a digest is a message (RFC 2046 section 5.1.5).
  const absent = options.inDigest ? messageRfc822 : textPlain;
  if (values.size === 0 && !options.inDigest) return plainDescription;
  const contentType = values.get('content-type');
  const media = contentType === undefined ? absent : (parseMediaType(contentType) ?? textPlain);
  const text = (name: string): RawText | null => values.get(name) ?? null;
  return {
    ...withCharset(media),
    id: text('content-id'),
    description: text('content-description'),
    encoding: parseEncoding(text('content-transfer-encoding') ?? '') ?? plainDescription.encoding,
    md5: text('content-md5'),
    disposition: parseDisposition(text('content-disposition') ?? '') ?? null,
    language: parseLanguages(text('content-language') ?? ''),
    location: text('content-location'),
  };
}

/** Text without a charset is said to be US-ASCII (RFC 2046 section 4.1.2). */
function withCharset(media: MediaType): MediaType {
  if (!isType(media, 'text') || parameter(media.parameters, 'charset') !== undefined) return media;
  return { ...media, parameters: [...media.parameters, usAscii] };
}
