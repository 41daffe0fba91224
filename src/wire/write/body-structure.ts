import { sameText } from '../../base/ascii.ts';
import type { Parameter, Part } from '../../model/part.ts';
import { rawText, type RawText } from '../../model/raw-text.ts';
import { envelope } from './envelope.ts';
import {
  joined,
  nil,
  nothing,
  rawNstring,
  rawString,
  wire,
  type Wire,
  type WriteOptions,
} from './wire.ts';

export interface BodyOptions extends WriteOptions {
  /** BODYSTRUCTURE, with extension data; BODY has none (RFC 9051 section 7.5.2). */
  readonly extended: boolean;
}

/** body = "(" (body-type-1part / body-type-mpart) ")"      RFC 9051 section 9 */
export function bodyStructure(part: Part, options: BodyOptions): Wire {
  return part.kind === 'multipart' ? multipart(part, options) : singlePart(part, options);
}

/**
 *   body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
 *   body-ext-mpart  = body-fld-param SP body-fld-dsp SP body-fld-lang SP body-fld-loc
 */
function multipart(part: Part & { kind: 'multipart' }, options: BodyOptions): Wire {
  const bodies = joined(
    part.parts.map((child) => bodyStructure(child, options)),
    nothing,
  );
  const subtype = rawString(part.subtype, options);
  if (!options.extended) return wire`(${bodies} ${subtype})`;
  return wire`(${bodies} ${subtype} ${parameters(part.parameters, options)} ${extension(part, options)})`;
}

/**
 *   body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]
 *   body-type-basic = media-basic SP body-fields
 *   body-type-msg   = media-message SP body-fields SP envelope SP body SP body-fld-lines
 *   body-type-text  = media-text SP body-fields SP body-fld-lines
 *   body-fields     = body-fld-param SP body-fld-id SP body-fld-desc SP body-fld-enc SP body-fld-octets
 *   body-ext-1part  = body-fld-md5 SP body-fld-dsp SP body-fld-lang SP body-fld-loc
 */
function singlePart(part: Exclude<Part, { kind: 'multipart' }>, options: BodyOptions): Wire {
  const encoding = part.encoding === '' ? ('7BIT' as RawText) : part.encoding;
  const octets = part.bodyEnd - part.bodyStart;
  const fields = wire`${media(part, options)} ${parameters(part.parameters, options)} ${rawNstring(part.id, options)} ${rawNstring(part.description, options)} ${rawString(encoding, options)} ${octets}`;
  const extended = options.extended
    ? wire` ${rawNstring(part.md5, options)} ${extension(part, options)}`
    : nothing;
  if (part.kind === 'message' && isMessage(part, options)) {
    return wire`(${fields} ${envelope(part.envelope, options)} ${bodyStructure(part.body, options)} ${part.lines}${extended})`;
  }
  if (sameText(part.type, 'text')) return wire`(${fields} ${part.lines}${extended})`;
  return wire`(${fields}${extended})`;
}

/** message/global is like message/rfc822 to IMAP4rev2 and UTF8=ACCEPT only (RFC 9755 section 6). */
function isMessage(part: Part, { utf8 }: WriteOptions): boolean {
  return isMediaMessage(part) && (utf8 || !sameText(part.subtype, 'global'));
}

function isMediaMessage({ type, subtype }: Part): boolean {
  return sameText(type, 'message') && (sameText(subtype, 'rfc822') || sameText(subtype, 'global'));
}

/**
 * media-basic must not be MESSAGE "RFC822" or "GLOBAL", since then an envelope follows: a message that could
 * not be read as one is told as the opaque bytes it is. (To IMAP4rev1 message/global is a basic type.)
 */
function media(part: Part, options: WriteOptions): Wire {
  const globalIsBasic = !options.utf8 && sameText(part.subtype, 'global');
  if (part.kind !== 'message' && isMediaMessage(part) && !globalIsBasic) {
    return wire`"APPLICATION" "OCTET-STREAM"`;
  }
  return wire`${rawString(part.type, options)} ${rawString(part.subtype, options)}`;
}

/** body-fld-param = "(" string SP string *(SP string SP string) ")" / nil */
function parameters(values: readonly Parameter[], options: WriteOptions): Wire {
  if (values.length === 0) return nil;
  const pairs = values.map(
    ([name, value]) =>
      wire`${rawString(name, options)} ${rawString(name.endsWith('*') ? decoded(value, options) : value, options)}`,
  );
  return wire`(${joined(pairs)})`;
}

/**
 * What an encoded value (RFC 2231 section 4) says, in UTF-8, as RFC 9051 section 7.5.2 asks of servers. IMAP4rev1 knows
 * nothing of it: its clients decode for themselves. What cannot be decoded stays as it is.
 */
function decoded(value: RawText, { utf8 }: WriteOptions): RawText {
  const [, charset, text] = (utf8 && /^([^']*)'[^']*'(.*)$/s.exec(value)) || [];
  if (charset === undefined || text === undefined) return value;
  const bytes = text.replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  try {
    const decoder = new TextDecoder(charset === '' ? 'utf-8' : charset, { fatal: true });
    return rawText(Buffer.from(decoder.decode(Buffer.from(bytes, 'latin1')), 'utf8'));
  } catch {
    return value;
  }
}

/**
 *   body-fld-dsp SP body-fld-lang SP body-fld-loc
 *   body-fld-dsp  = "(" string SP body-fld-param ")" / nil
 *   body-fld-lang = nstring / "(" string *(SP string) ")"
 */
function extension(part: Part, options: WriteOptions): Wire {
  const { disposition, language } = part;
  const dispositionText =
    disposition === null
      ? nil
      : wire`(${rawString(disposition.type, options)} ${parameters(disposition.parameters, options)})`;
  const languages = language.map((tag) => rawString(tag, options));
  // A list even for one tag: both are grammar, and this form is what other servers send.
  const languageText = languages.length > 0 ? wire`(${joined(languages)})` : nil;
  return wire`${dispositionText} ${languageText} ${rawNstring(part.location, options)}`;
}
