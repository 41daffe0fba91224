import { assert } from '../../base/assert.ts';
import { rawText } from '../../model/raw-text.ts';
import type { Content, FetchValue } from '../../model/fetch-item.ts';
import type { FetchResponse } from '../../model/response.ts';
import type { Section } from '../../model/section.ts';
import { bodyStructure } from './body-structure.ts';
import { dateTime } from './date-time.ts';
import { envelope } from './envelope.ts';
import { flagSet } from './flags.ts';
import { astring, joined, nil, ready, token, wire, type Wire, type WriteOptions } from './wire.ts';

/** Wire text and, between, message content that goes out as it is. */
export type Pieces = readonly (Wire | Content)[];

/** Content up to this size joins the text: a copy is cheaper than a chunk of its own. */
const inlineBytesMax = 4096;

/** Puts pieces together, joining text with text. */
class Composer {
  readonly #pieces: (Wire | Content)[] = [];
  #text = '';

  text(text: Wire): void {
    this.#text += text;
  }

  /** Content behind its announcement. */
  content(content: Content): void {
    if (content instanceof Uint8Array && content.length <= inlineBytesMax) {
      this.#text += rawText(content);
      return;
    }
    this.#pieces.push(this.#text as Wire, content);
    this.#text = '';
  }

  end(): Wire | Pieces {
    const text = this.#text as Wire;
    return this.#pieces.length === 0 ? text : [...this.#pieces, text];
  }
}

/**
 *   message-data = nz-number SP ("EXPUNGE" / ("FETCH" SP msg-att))
 *   msg-att      = "(" (msg-att-dynamic / msg-att-static) *(SP (msg-att-dynamic / msg-att-static)) ")"
 *                                                                      RFC 9051 section 9
 */
export function fetch(response: FetchResponse, options: WriteOptions): Wire | Pieces {
  const { items } = response;
  if (options.uidOnly === true) return uidFetch(items, options);
  const { sequence } = response;
  // What clients ask of 100,000 messages at once: one string, without the steps between.
  const [first, second] = items;
  if (items.length === 2 && first?.kind === 'UID' && second?.kind === 'FLAGS') {
    const flags = flagSet(second.flags, second.recent);
    return `* ${sequence} FETCH (UID ${first.uid} FLAGS ${flags})\r\n` as Wire;
  }
  return listed(`* ${sequence} FETCH (`, { items, from: 0 }, options);
}

/**
 *   uidfetch-resp = uniqueid SP "UIDFETCH" SP msg-att      RFC 9586 section 4
 *
 * The first item is the UID, which stands here and not in the list; one that was asked for comes again.
 */
function uidFetch(items: readonly FetchValue[], options: WriteOptions): Wire | Pieces {
  const [first] = items;
  assert(first?.kind === 'UID', 'with UIDONLY every FETCH begins with the UID');
  return listed(`* ${first.uid} UIDFETCH (`, { items, from: 1 }, options);
}

function listed(
  start: string,
  { items, from }: { readonly items: readonly FetchValue[]; readonly from: number },
  options: WriteOptions,
): Wire | Pieces {
  let text = start;
  let composer: Composer | undefined;
  for (let i = from; i < items.length; i++) {
    const item = items[i]!;
    if (i > from) text += ' ';
    if (item.kind === 'BODY[]' || item.kind === 'BINARY') {
      composer ??= new Composer();
      composer.text(text as Wire);
      text = '';
      writeContent(composer, item, options);
    } else text += value(item, options);
  }
  text += ')\r\n';
  if (composer === undefined) return text as Wire;
  composer.text(text as Wire);
  return composer.end();
}

type ContentValue = Extract<FetchValue, { kind: 'BODY[]' | 'BINARY' }>;

function value(item: Exclude<FetchValue, ContentValue>, options: WriteOptions): Wire {
  switch (item.kind) {
    case 'UID':
      return `UID ${item.uid}` as Wire;
    case 'FLAGS':
      return `FLAGS ${flagSet(item.flags, item.recent)}` as Wire;
    case 'INTERNALDATE':
      return `INTERNALDATE ${dateTime(item.date)}` as Wire;
    case 'RFC822.SIZE':
      return `RFC822.SIZE ${item.size}` as Wire;
    case 'ENVELOPE':
      return `ENVELOPE ${typeof item.envelope === 'string' ? ready(item.envelope) : envelope(item.envelope, options)}` as Wire;
    case 'BODYSTRUCTURE': {
      const { extended, part } = item;
      const body =
        typeof part === 'string' ? ready(part) : bodyStructure(part, { ...options, extended });
      return `${extended ? 'BODYSTRUCTURE' : 'BODY'} ${body}` as Wire;
    }
    case 'MODSEQ':
      return `MODSEQ (${item.modSeq})` as Wire;
    case 'EMAILID':
      return wire`EMAILID (${token(item.id)})`;
    case 'THREADID':
      return item.id === null ? wire`THREADID NIL` : wire`THREADID (${token(item.id)})`;
    case 'SAVEDATE':
      return wire`SAVEDATE ${item.date === null ? nil : dateTime(item.date)}`;
    case 'BINARY.SIZE':
      return wire`BINARY.SIZE[${joined(item.part.map(number), wire`.`)}] ${item.size}`;
  }
}

const number = (digit: number): Wire => wire`${digit}`;

/**
 *   "BODY" section ["<" number ">"] SP nstring / "BINARY" section-binary SP (nstring / literal8)
 *
 * The origin stands behind BINARY too when a part of it was asked for (RFC 3516 section 4.3).
 */
function writeContent(composer: Composer, item: ContentValue, options: WriteOptions): void {
  const name =
    item.kind === 'BINARY'
      ? wire`BINARY[${joined(item.part.map(number), wire`.`)}]`
      : item.legacyName !== undefined
        ? token(item.legacyName)
        : sectionName(item.section, options);
  composer.text(item.origin === undefined ? wire`${name} ` : wire`${name}<${item.origin}> `);
  const { content } = item;
  if (content === null) {
    composer.text(nil);
    return;
  }
  const size = content instanceof Uint8Array ? content.length : content.size;
  if (size === 0) {
    composer.text(wire`""`);
    return;
  }
  // A literal8 only where it is needed or NUL cannot be ruled out: a string tells that there is none (RFC 3516 section 4.3).
  const literal8 =
    item.kind === 'BINARY' && !(content instanceof Uint8Array && !content.includes(0));
  composer.text(announcement(size, literal8));
  composer.content(content);
}

function announcement(size: number, literal8: boolean): Wire {
  return `${literal8 ? '~' : ''}{${size}}\r\n` as Wire;
}

/** `BODY[…]` of the section asked for last: a command asks for the same of every message. */
let lastSection: { readonly of: Section; readonly utf8: boolean; readonly name: Wire } | undefined;

function sectionName(of: Section, options: WriteOptions): Wire {
  if (lastSection?.of !== of || lastSection.utf8 !== options.utf8) {
    lastSection = { of, utf8: options.utf8, name: wire`BODY[${section(of, options)}]` };
  }
  return lastSection.name;
}

/** section-spec = section-msgtext / (section-part ["." section-text])      RFC 9051 section 9 */
function section({ part, text }: Section, options: WriteOptions): Wire {
  const parts = joined(part.map(number), wire`.`);
  if (text.kind === 'ALL') return parts;
  const prefix = part.length === 0 ? parts : wire`${parts}.`;
  if (text.kind !== 'HEADER.FIELDS' && text.kind !== 'HEADER.FIELDS.NOT') {
    return wire`${prefix}${token(text.kind)}`;
  }
  const names = text.names.map((name) => astring(name, options));
  return wire`${prefix}${token(text.kind)} (${joined(names)})`;
}
