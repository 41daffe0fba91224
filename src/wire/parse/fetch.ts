import type { FetchArguments } from '../../model/arguments.ts';
import type { FetchItem } from '../../model/fetch-item.ts';
import type { ModSeq } from '../../model/ids.ts';
import type { Partial, Section, SectionText } from '../../model/section.ts';
import type { Cursor } from '../cursor.ts';

const fast: readonly FetchItem[] = [
  { kind: 'FLAGS' },
  { kind: 'INTERNALDATE' },
  { kind: 'RFC822.SIZE' },
];
const all: readonly FetchItem[] = [...fast, { kind: 'ENVELOPE' }];
const full: readonly FetchItem[] = [...all, { kind: 'BODYSTRUCTURE', extended: false }];

/**
 *   fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" /
 *           fetch-att / "(" fetch-att *(SP fetch-att) ")") [fetch-modifiers]
 *                                                       RFC 9051 section 9, RFC 4466 section 6
 *   fetch-modifier = "CHANGEDSINCE" SP mod-sequence-value / "VANISHED"
 *                                                       RFC 7162 section 7
 */
export function parseFetch(c: Cursor, uid: boolean): FetchArguments {
  c.space();
  const set = c.sequenceSet();
  c.space();
  const items = c.sees('(') ? parseFetchItems(c) : distinct(tryMacro(c) ?? [parseItem(c)]);
  const modifiers = c.trySpace() ? parseModifiers(c, uid) : { vanished: false };
  c.end();
  return { set, items, ...modifiers };
}

/** `"(" fetch-att *(SP fetch-att) ")"`, each item once. */
export function parseFetchItems(c: Cursor): readonly FetchItem[] {
  return distinct(c.list(() => parseItem(c)));
}

function tryMacro(c: Cursor): readonly FetchItem[] | undefined {
  if (c.tryWord('FAST')) return fast;
  if (c.tryWord('ALL')) return all;
  if (c.tryWord('FULL')) return full;
  return undefined;
}

function distinct(items: readonly FetchItem[]): readonly FetchItem[] {
  if (items.length < 2) return items;
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}

function parseModifiers(c: Cursor, uid: boolean): { changedSince?: ModSeq; vanished: boolean } {
  const at = c.offset;
  let changedSince: ModSeq | undefined;
  let vanished = false;
  c.list(() => {
    if (c.tryWord('CHANGEDSINCE', 'fetch-modifier')) {
      c.space();
      // By grammar at least 1; iOS 16.5 sends 0 when CONDSTORE appears on an account it knows.
      changedSince = c.modSequenceOrZero();
    } else if (c.tryWord('VANISHED', 'fetch-modifier')) vanished = true;
    else throw c.expected('fetch-modifier');
  });
  // RFC 7162 section 3.2.6: only in UID FETCH, and only with CHANGEDSINCE.
  if (vanished && (changedSince === undefined || !uid)) {
    throw c.expected('VANISHED in UID FETCH with CHANGEDSINCE', at);
  }
  return changedSince === undefined ? { vanished } : { changedSince, vanished };
}

/**
 *   fetch-att = "ENVELOPE" / "FLAGS" / "INTERNALDATE" / "RFC822.SIZE" / "BODY" ["STRUCTURE"] / "UID" /
 *               "BODY" section [partial] / "BODY.PEEK" section [partial] /
 *               "BINARY" [".PEEK"] section-binary [partial] / "BINARY.SIZE" section-binary
 *   fetch-att =/ "RFC822" [".HEADER" / ".TEXT"]               RFC 3501 section 9
 *   fetch-att =/ "MODSEQ" / "EMAILID" / "THREADID" / "SAVEDATE"
 *                     RFC 7162 section 7, RFC 8474 section 7, RFC 8514 section 5
 */
function parseItem(c: Cursor): FetchItem {
  const from = c.offset;
  const word = c.word('fetch-att');
  switch (word) {
    case 'UID':
    case 'FLAGS':
    case 'INTERNALDATE':
    case 'RFC822.SIZE':
    case 'ENVELOPE':
    case 'MODSEQ':
    case 'EMAILID':
    case 'THREADID':
    case 'SAVEDATE':
      return { kind: word };
    case 'BODYSTRUCTURE':
      return { kind: 'BODYSTRUCTURE', extended: true };
    case 'BODY':
      return c.sees('[') ? parseBody(c, false) : { kind: 'BODYSTRUCTURE', extended: false };
    case 'BODY.PEEK':
      return parseBody(c, true);
    case 'RFC822':
      return { kind: 'BODY[]', section: whole({ kind: 'ALL' }), peek: false, legacyName: word };
    case 'RFC822.HEADER':
      return { kind: 'BODY[]', section: whole({ kind: 'HEADER' }), peek: true, legacyName: word };
    case 'RFC822.TEXT':
      return { kind: 'BODY[]', section: whole({ kind: 'TEXT' }), peek: false, legacyName: word };
    case 'BINARY':
    case 'BINARY.PEEK': {
      const part = parseBinarySection(c);
      const partial = tryPartial(c);
      return { kind: 'BINARY', part, peek: word === 'BINARY.PEEK', ...(partial && { partial }) };
    }
    case 'BINARY.SIZE':
      return { kind: 'BINARY.SIZE', part: parseBinarySection(c) };
    default:
      throw c.expected('fetch-att', from);
  }
}

const whole = (text: SectionText): Section => ({ part: [], text });

function parseBody(c: Cursor, peek: boolean): FetchItem {
  const section = parseSection(c);
  const partial = tryPartial(c);
  return { kind: 'BODY[]', section, peek, ...(partial && { partial }) };
}

/**
 *   section      = "[" [section-spec] "]"
 *   section-spec = section-msgtext / (section-part ["." section-text])
 *   section-part = nz-number *("." nz-number)
 *   section-text = section-msgtext / "MIME"
 */
function parseSection(c: Cursor): Section {
  c.char('[');
  const section = c.sees(']') ? whole({ kind: 'ALL' }) : parseSectionSpec(c);
  c.char(']');
  return section;
}

/** section-spec: what stands between the brackets, and in a URL. */
export function parseSectionSpec(c: Cursor): Section {
  const part: number[] = [];
  let more = true;
  while (more && c.seesDigit()) {
    part.push(c.nzNumber());
    more = c.tryChar('.');
  }
  return { part, text: more ? parseSectionText(c, part.length > 0) : { kind: 'ALL' } };
}

/** section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT" */
function parseSectionText(c: Cursor, inPart: boolean): SectionText {
  const from = c.offset;
  const kind = c.word('section-text');
  switch (kind) {
    case 'HEADER':
    case 'TEXT':
      return { kind };
    case 'HEADER.FIELDS':
    case 'HEADER.FIELDS.NOT': {
      c.space();
      // header-list = "(" header-fld-name *(SP header-fld-name) ")"
      return { kind, names: c.list(() => c.astring('header-fld-name')) };
    }
    case 'MIME':
      if (inPart) return { kind };
      throw c.expected('part number before MIME', from);
    default:
      throw c.expected('section-text', from);
  }
}

/** section-binary = "[" [section-part] "]" */
function parseBinarySection(c: Cursor): number[] {
  c.char('[');
  const part: number[] = [];
  if (!c.sees(']')) {
    do part.push(c.nzNumber());
    while (c.tryChar('.'));
  }
  c.char(']');
  return part;
}

/** partial = "<" number64 "." nz-number64 ">" */
function tryPartial(c: Cursor): Partial | undefined {
  if (!c.tryChar('<')) return undefined;
  const origin = c.number64();
  c.char('.');
  const from = c.offset;
  const length = c.number64('nz-number64');
  if (length === 0) throw c.expected('nz-number64', from);
  c.char('>');
  return { origin, length };
}
