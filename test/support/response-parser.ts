/**
 * A strict parser of server responses (RFC 9051 section 7 and section 9, RFC 3501 for what rev1 has besides): what is
 * not in the grammar is an error, so that a test can ask whether we, or another server, keep to it.
 */
import { readMetadata, type ParsedMetadata } from './response-metadata.ts';
import { readQuota, readQuotaRoot, type ParsedQuota } from './response-quota.ts';
import { readAcl, readNamespaces, type ParsedAcl } from './response-acl.ts';
import {
  readBody,
  readEnvelope,
  type ParsedBody,
  type ParsedEnvelope,
} from './response-structure.ts';
import {
  ResponseReader,
  type ReaderOptions,
  type StringValue,
  type Value,
} from './response-reader.ts';

export type ParsedResponse =
  | { readonly kind: 'continuation'; readonly text: string }
  | ({ readonly kind: 'tagged'; readonly tag: string } & Condition)
  | ({ readonly kind: 'status' } & Condition)
  | {
      readonly kind: 'FETCH' | 'UIDFETCH';
      /** Of UIDFETCH the UID. */
      readonly sequence: number;
      readonly items: ReadonlyMap<string, ParsedItem>;
    }
  | { readonly kind: 'EXISTS' | 'RECENT' | 'EXPUNGE'; readonly number: number }
  | { readonly kind: 'FLAGS'; readonly flags: readonly string[] }
  | { readonly kind: 'CAPABILITY' | 'ENABLED'; readonly words: readonly string[] }
  | ParsedList
  | {
      readonly kind: 'STATUS';
      readonly mailbox: string;
      readonly items: ReadonlyMap<string, string>;
    }
  | ParsedMetadata
  | { readonly kind: 'SEARCH'; readonly numbers: readonly number[]; readonly modSeq?: number }
  | {
      readonly kind: 'ESEARCH';
      readonly tag?: string;
      readonly uid: boolean;
      readonly data: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'VANISHED'; readonly earlier: boolean; readonly uids: string }
  | { readonly kind: 'LANGUAGE'; readonly tags: readonly string[] }
  | { readonly kind: 'NAMESPACE'; readonly namespaces: readonly Value[] }
  | ParsedQuota
  | ParsedAcl
  | { readonly kind: 'ID'; readonly fields: readonly (readonly [string, string | null])[] | null };

export interface Condition {
  readonly status: 'OK' | 'NO' | 'BAD' | 'BYE' | 'PREAUTH';
  /** Without the brackets. */
  readonly code?: string;
  readonly text: string;
}

export interface ParsedList {
  readonly kind: 'LIST' | 'LSUB' | 'XLIST';
  readonly attributes: readonly string[];
  readonly separator: string | null;
  readonly mailbox: string;
  /** Extended data by upper-cased tag. */
  readonly extended: ReadonlyMap<string, Value>;
}

/** The value of a FETCH item, keyed by its name as sent, such as `BODY[1.TEXT]<0>`. */
export type ParsedItem =
  | { readonly kind: 'string'; readonly value: StringValue | null }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'flags'; readonly value: readonly string[] }
  | { readonly kind: 'date'; readonly value: string | null }
  | { readonly kind: 'id'; readonly value: string | null }
  | { readonly kind: 'envelope'; readonly value: ParsedEnvelope }
  | { readonly kind: 'body'; readonly value: ParsedBody };

/** Parses one response with its literals, with or without its last CRLF. Throws an Error that says where it breaks the grammar. */
export function parseResponse(
  response: Uint8Array | string,
  options: ReaderOptions = {},
): ParsedResponse {
  const whole = typeof response === 'string' ? response : Buffer.from(response).toString('latin1');
  const r = new ResponseReader(whole.endsWith('\r\n') ? whole.slice(0, -2) : whole, options);
  const parsed = readResponse(r);
  r.end();
  return parsed;
}

function readResponse(r: ResponseReader): ParsedResponse {
  if (r.try('+ ')) return { kind: 'continuation', text: r.atEnd ? '' : r.humanText() };
  if (r.try('* ')) return /^\d/.test(r.peek(/\d+/)) ? readMessageData(r) : readData(r);
  const tag = r.match(/[!#$&',\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]+/, 'tag');
  r.take(' ');
  const status = r.match(/OK|NO|BAD/, 'OK, NO or BAD') as Condition['status'];
  return { kind: 'tagged', tag, ...readCondition(r, status) };
}

function readData(r: ResponseReader): ParsedResponse {
  const word = r.atom();
  switch (word) {
    case 'OK':
    case 'NO':
    case 'BAD':
    case 'BYE':
    case 'PREAUTH':
      return { kind: 'status', ...readCondition(r, word) };
    case 'CAPABILITY':
    case 'ENABLED':
      return { kind: word, words: readWords(r) };
    case 'FLAGS':
      r.take(' ');
      return { kind: word, flags: r.list(() => r.flag(), { emptyAllowed: true }) };
    case 'LIST':
    case 'LSUB':
    case 'XLIST':
      return readList(r, word);
    case 'STATUS':
      return readStatus(r);
    case 'METADATA':
      return readMetadata(r);
    case 'SEARCH':
      return readSearch(r);
    case 'ESEARCH':
      return readEsearch(r);
    case 'VANISHED': {
      r.take(' ');
      const earlier = r.try('(EARLIER) ');
      return { kind: word, earlier, uids: r.sequenceSet() };
    }
    case 'ACL':
    case 'LISTRIGHTS':
    case 'MYRIGHTS':
      return readAcl(r, word);
    case 'NAMESPACE':
      return { kind: word, namespaces: readNamespaces(r) };
    case 'LANGUAGE':
      // language-data: astrings (RFC 5255 section 3.5)
      r.take(' ');
      return { kind: word, tags: r.list(() => r.atom()) };
    case 'ID':
      return readId(r);
    case 'QUOTA':
      return readQuota(r);
    case 'QUOTAROOT':
      return readQuotaRoot(r);
    default:
      return r.fail('response-data');
  }
}

function readCondition(r: ResponseReader, status: Condition['status']): Condition {
  r.take(' ');
  if (!r.try('[')) return { status, text: r.humanText() };
  const code = readCode(r);
  r.take('] ');
  return { status, code, text: r.humanText() };
}

/** resp-text-code: the arguments of those that are known are checked, the others taken as text. */
function readCode(r: ResponseReader): string {
  const code = r.peek(/[^\]\r\n]+/);
  const inner = new ResponseReader(code, {});
  const word = inner.match(/[!#$&'+,\-./0-9:;<=>?@A-Z^_`a-z|}~]+/, 'resp-text-code');
  switch (word) {
    case 'PERMANENTFLAGS':
      inner.take(' ');
      inner.list(() => inner.flag({ permanent: true }), { emptyAllowed: true });
      break;
    case 'UIDNEXT':
    case 'UIDVALIDITY':
    case 'UNSEEN':
      inner.take(' ');
      inner.nzNumber();
      break;
    case 'HIGHESTMODSEQ':
      inner.take(' ');
      inner.number();
      break;
    case 'APPENDUID':
    case 'COPYUID':
      inner.take(' ');
      inner.nzNumber();
      for (let sets = word === 'COPYUID' ? 2 : 1; sets > 0; sets--) {
        inner.take(' ');
        inner.sequenceSet();
      }
      break;
    case 'MODIFIED':
      inner.take(' ');
      inner.sequenceSet();
      break;
    case 'CAPABILITY':
      readWords(inner);
      break;
    case 'MAILBOXID':
      inner.take(' ');
      inner.list(() => readObjectId(inner));
      break;
    case 'METADATA':
      inner.take(' ');
      inner.match(/(?:LONGENTRIES|MAXSIZE) \d+|TOOMANY|NOPRIVATE/, 'METADATA resp-text-code');
      break;
    case 'BADCHARSET':
      if (inner.try(' ')) inner.list(() => inner.astring());
      break;
    default:
      if (inner.try(' ')) inner.humanText();
  }
  inner.end();
  r.take(code);
  return code;
}

function readWords(r: ResponseReader): string[] {
  const words: string[] = [];
  while (r.try(' ')) words.push(r.atom());
  return words;
}

function readObjectId(r: ResponseReader): string {
  return r.match(/[A-Za-z0-9_-]{1,255}/, 'objectid');
}

function readList(r: ResponseReader, kind: ParsedList['kind']): ParsedList {
  r.take(' ');
  const attributes = r.list(() => `\\${(r.take('\\'), r.atom())}`, { emptyAllowed: true });
  const selectability = attributes.filter((name) =>
    /^\\(?:NonExistent|Noselect|Marked|Unmarked)$/.test(name),
  );
  if (selectability.length > 1 || new Set(attributes).size < attributes.length)
    r.fail('mbx-list-flags that agree');
  r.take(' ');
  const separator = r.nstringText();
  if (separator?.length !== 1 && separator !== null) r.fail('one character between levels');
  r.take(' ');
  const mailbox = r.astring();
  const extended = new Map<string, Value>();
  if (r.try(' ')) {
    r.list(() => {
      const tag = r.astring().toUpperCase();
      r.take(' ');
      extended.set(tag, r.value());
    });
  }
  return { kind, attributes, separator, mailbox, extended };
}

function readStatus(r: ResponseReader): ParsedResponse {
  r.take(' ');
  const mailbox = r.astring();
  r.take(' ');
  const items = new Map<string, string>();
  r.list(
    () => {
      const name = r.match(/[A-Z-]+/, 'status-att');
      r.take(' ');
      const value =
        name === 'MAILBOXID' ? r.list(() => readObjectId(r))[0] : r.match(/\d+|NIL/, 'number');
      if (items.has(name)) r.fail(`one ${name}`);
      items.set(name, value ?? '');
    },
    { emptyAllowed: true },
  );
  return { kind: 'STATUS', mailbox, items };
}

function readSearch(r: ResponseReader): ParsedResponse {
  const numbers: number[] = [];
  while (r.try(' ')) {
    if (r.try('(MODSEQ ')) {
      const modSeq = r.number();
      r.take(')');
      return { kind: 'SEARCH', numbers, modSeq };
    }
    numbers.push(r.nzNumber());
  }
  return { kind: 'SEARCH', numbers };
}

function readEsearch(r: ResponseReader): ParsedResponse {
  let tag: string | undefined;
  if (r.try(' (TAG ')) {
    tag = r.stringText();
    r.take(')');
  }
  const uid = r.try(' UID');
  const data = new Map<string, string>();
  while (r.try(' ')) {
    const name = r.match(/MIN|MAX|ALL|COUNT|MODSEQ/, 'search-return-data');
    r.take(' ');
    if (data.has(name)) r.fail(`one ${name}`);
    data.set(name, name === 'ALL' ? r.sequenceSet() : String(r.number()));
  }
  return { kind: 'ESEARCH', ...(tag !== undefined && { tag }), uid, data };
}

function readId(r: ResponseReader): ParsedResponse {
  r.take(' ');
  if (r.try('NIL')) return { kind: 'ID', fields: null };
  const fields = r.list(
    (): readonly [string, string | null] => {
      const name = r.stringText();
      r.take(' ');
      return [name, r.nstringText()];
    },
    { emptyAllowed: true },
  );
  return { kind: 'ID', fields };
}

function readMessageData(r: ResponseReader): ParsedResponse {
  const number = r.number();
  r.take(' ');
  const word = r.atom();
  if (word === 'EXISTS' || word === 'RECENT') return { kind: word, number };
  if (number === 0) r.fail('nz-number before here');
  if (word === 'EXPUNGE') return { kind: word, number };
  if (word !== 'FETCH' && word !== 'UIDFETCH') return r.fail('message-data');
  r.take(' ');
  const items = new Map<string, ParsedItem>();
  r.list(() => {
    const name = readItemName(r);
    r.take(' ');
    if (items.has(name)) r.fail(`one ${name}`);
    items.set(name, readItem(r, name));
  });
  return { kind: word, sequence: number, items };
}

function readItemName(r: ResponseReader): string {
  let name = r.match(/[A-Z0-9.]+/, 'msg-att');
  if (r.try('[')) {
    const part = r.peek(/(?:[1-9]\d*\.)*[1-9]\d*/);
    if (part !== '') r.take(part);
    let text = '';
    if (name === 'BODY' && (part === '' || r.try('.'))) {
      text = r.peek(/HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME/);
      if (text === 'MIME' && part === '') r.fail('part number before MIME');
      if (text === '' && part !== '') r.fail('section-text');
      if (text !== '') r.take(text);
      if (text.startsWith('HEADER.FIELDS')) {
        r.take(' ');
        text += ` (${r.list(() => r.astring()).join(' ')})`;
      }
    }
    r.take(']');
    name += `[${part}${part !== '' && text !== '' ? '.' : ''}${text}]`;
    if (r.try('<')) {
      name += `<${r.number()}>`;
      r.take('>');
    }
  }
  return name;
}

function readItem(r: ResponseReader, name: string): ParsedItem {
  if (name.startsWith('BODY[') || /^RFC822(?:\.HEADER|\.TEXT)?$/.test(name))
    return { kind: 'string', value: r.nstring() };
  if (name.startsWith('BINARY[')) return { kind: 'string', value: r.binary() };
  if (name.startsWith('BINARY.SIZE[') || name === 'RFC822.SIZE')
    return { kind: 'number', value: r.number() };
  switch (name) {
    case 'UID':
      return { kind: 'number', value: r.nzNumber() };
    case 'MODSEQ':
      return { kind: 'number', value: r.list(() => r.number())[0] ?? 0 };
    case 'FLAGS':
      return { kind: 'flags', value: r.list(() => r.flag(), { emptyAllowed: true }) };
    case 'INTERNALDATE':
      return { kind: 'date', value: r.dateTime() };
    case 'SAVEDATE':
      return { kind: 'date', value: r.try('NIL') ? null : r.dateTime() };
    case 'EMAILID':
      return { kind: 'id', value: r.list(() => readObjectId(r))[0] ?? '' };
    case 'THREADID':
      return { kind: 'id', value: r.try('NIL') ? null : (r.list(() => readObjectId(r))[0] ?? '') };
    case 'ENVELOPE':
      return { kind: 'envelope', value: readEnvelope(r) };
    case 'BODY':
    case 'BODYSTRUCTURE':
      return { kind: 'body', value: readBody(r, name === 'BODYSTRUCTURE') };
    default:
      return r.fail('msg-att before here');
  }
}
