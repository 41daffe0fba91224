import { upper } from '../../base/ascii.ts';
import type { SearchArguments } from '../../model/arguments.ts';
import { answered, deleted, draft, flag, flagged, seen, type Flag } from '../../model/flag.ts';
import { no } from '../../model/refusal.ts';
import type { SearchKey, SearchReturn } from '../../model/search-key.ts';
import type { Cursor } from '../cursor.ts';
import { decoderOf, decodeUtf8, type Decode } from './charset.ts';

/**
 *   search         = "SEARCH" [search-return-opts] SP search-program
 *   search-program = ["CHARSET" SP charset SP] search-key *(SP search-key)      RFC 9051 section 9
 */
export function parseSearch(c: Cursor): SearchArguments {
  const returns = parseSearchStart(c);
  return { ...parseSearchProgram(c), ...(returns && { returns }) };
}

/** Up to the search-program. Apart from it since a NO to the program still empties what SAVE would set. */
export function parseSearchStart(c: Cursor): SearchReturn[] | undefined {
  c.space();
  return c.tryWord('RETURN', 'search') ? parseReturns(c) : undefined;
}

/** search-program, to the end of the command. Throws NO for an unknown charset and for too many keys. */
export function parseSearchProgram(c: Cursor): Omit<SearchArguments, 'returns'> {
  let charset: string | undefined;
  if (c.tryWord('CHARSET')) {
    c.space();
    charset = c.astring('charset');
    c.space();
  }
  const key = new Program(c, charset === undefined ? decodeUtf8 : decoderOf(charset)).parse();
  c.end();
  return { key, ...(charset !== undefined && { charset }) };
}

/**
 *   search-return-opts = SP "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"
 *   search-return-opt  = "MIN" / "MAX" / "ALL" / "COUNT" / "SAVE"      RFC 9051 section 9
 */
function parseReturns(c: Cursor): SearchReturn[] {
  c.space();
  const options = c.list((): SearchReturn => {
    const from = c.offset;
    const word = c.word('search-return-opt');
    switch (word) {
      case 'MIN':
      case 'MAX':
      case 'ALL':
      case 'COUNT':
      case 'SAVE':
        return word;
      default:
        throw c.expected('search-return-opt', from);
    }
  }, true);
  c.space();
  return options.length === 0 ? ['ALL'] : [...new Set(options)];
}

/** Keys that are one word. */
const words: ReadonlyMap<string, SearchKey> = new Map<string, SearchKey>([
  ['ALL', { kind: 'all' }],
  ...flagWords('ANSWERED', answered),
  ...flagWords('DELETED', deleted),
  ...flagWords('DRAFT', draft),
  ...flagWords('FLAGGED', flagged),
  ...flagWords('SEEN', seen),
  ['RECENT', { kind: 'recent' }],
  ['OLD', { kind: 'not', key: { kind: 'recent' } }],
  [
    'NEW',
    { kind: 'and', keys: [{ kind: 'recent' }, { kind: 'not', key: { kind: 'flag', flag: seen } }] },
  ],
  ['SAVEDATESUPPORTED', { kind: 'savedatesupported' }],
]);

function flagWords(word: string, name: Flag): [string, SearchKey][] {
  const key: SearchKey = { kind: 'flag', flag: name };
  return [
    [word, key],
    [`UN${word}`, { kind: 'not', key }],
  ];
}

/** Keys with a date: which date, and how it compares. */
const dates = new Map<string, Pick<SearchKey & { kind: 'date' }, 'of' | 'relation'>>();
for (const relation of ['before', 'on', 'since'] as const) {
  dates.set(upper(relation), { of: 'received', relation });
  dates.set(`SENT${upper(relation)}`, { of: 'sent', relation });
  dates.set(`SAVED${upper(relation)}`, { of: 'saved', relation });
}

/** Keys with a string. */
const strings: ReadonlyMap<string, (text: string) => SearchKey> = new Map<
  string,
  (text: string) => SearchKey
>([
  ['FROM', (text) => ({ kind: 'address', field: 'from', text })],
  ['TO', (text) => ({ kind: 'address', field: 'to', text })],
  ['CC', (text) => ({ kind: 'address', field: 'cc', text })],
  ['BCC', (text) => ({ kind: 'address', field: 'bcc', text })],
  ['SUBJECT', (text) => ({ kind: 'subject', text })],
  ['BODY', (text) => ({ kind: 'body', text })],
  ['TEXT', (text) => ({ kind: 'text', text })],
]);

/** One search program, read with the decoder of its charset. */
class Program {
  readonly #c: Cursor;
  readonly #decode: Decode;
  #keys = 0;

  constructor(c: Cursor, decode: Decode) {
    this.#c = c;
    this.#decode = decode;
  }

  /** search-key *(SP search-key): all of them must hold */
  parse(): SearchKey {
    const first = this.#key();
    if (!this.#c.sees(' ')) return first;
    const keys = [first];
    while (this.#c.trySpace()) keys.push(this.#key());
    return { kind: 'and', keys };
  }

  /**
   *   search-key = … / "NOT" SP search-key / "OR" SP search-key SP search-key / sequence-set /
   *                "(" search-key *(SP search-key) ")"      RFC 9051 section 9
   */
  #key(): SearchKey {
    const c = this.#c;
    const keysMax = c.options.limits.searchKeysMax;
    if (++this.#keys > keysMax) throw no(`a search has at most ${keysMax} keys`, { kind: 'LIMIT' });
    if (c.seesSequenceSet()) return { kind: 'sequence', set: c.sequenceSet() };
    if (c.tryChar('(')) {
      const key = c.nested(() => this.parse());
      c.char(')');
      return key;
    }
    const from = c.offset;
    const word = c.word('search-key');
    const key = words.get(word) ?? this.#withArgument(word);
    if (key === undefined) throw c.expected('search-key', from);
    return key;
  }

  #withArgument(word: string): SearchKey | undefined {
    const c = this.#c;
    const date = dates.get(word);
    if (date !== undefined) {
      c.space();
      return { kind: 'date', ...date, date: c.date() };
    }
    const string = strings.get(word);
    if (string !== undefined) {
      c.space();
      return string(this.#text());
    }
    switch (word) {
      case 'NOT':
        return { kind: 'not', key: this.#inner() };
      case 'OR': {
        const left = this.#inner();
        return { kind: 'or', left, right: this.#inner() };
      }
      case 'HEADER': {
        c.space();
        const name = c.astring('header-fld-name');
        c.space();
        return { kind: 'header', name, text: this.#text() };
      }
      default:
        return this.#simple(word);
    }
  }

  #simple(word: string): SearchKey | undefined {
    const c = this.#c;
    switch (word) {
      case 'KEYWORD':
      case 'UNKEYWORD': {
        c.space();
        const key: SearchKey = { kind: 'flag', flag: flag(c.atom('flag-keyword')) };
        return word === 'KEYWORD' ? key : { kind: 'not', key };
      }
      case 'LARGER':
      case 'SMALLER': {
        c.space();
        const size = c.number64();
        return word === 'LARGER' ? { kind: 'larger', size } : { kind: 'smaller', size };
      }
      case 'UID':
        c.space();
        return { kind: 'uid', set: c.sequenceSet() };
      // RFC 5032 section 3
      case 'OLDER':
      case 'YOUNGER': {
        c.space();
        const seconds = c.nzNumber();
        return word === 'OLDER' ? { kind: 'older', seconds } : { kind: 'younger', seconds };
      }
      case 'MODSEQ':
        c.space();
        return this.#modSequence();
      // RFC 8474 section 7
      case 'EMAILID':
      case 'THREADID': {
        c.space();
        const id = c.astring('objectid');
        return word === 'EMAILID' ? { kind: 'emailid', id } : { kind: 'threadid', id };
      }
      default:
        return undefined;
    }
  }

  /**
   *   search-modsequence = "MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer
   *   entry-name         = DQUOTE "/flags/" attr-flag DQUOTE
   *   entry-type-req     = "priv" / "shared" / "all"      RFC 7162 section 7
   */
  #modSequence(): SearchKey {
    const c = this.#c;
    if (c.sees('"')) {
      const from = c.offset;
      if (!/^\/flags\/\\?[^\\]+$/i.test(c.string())) throw c.expected('entry-name', from);
      c.space();
      if (!c.tryWord('PRIV') && !c.tryWord('SHARED') && !c.tryWord('ALL'))
        throw c.expected('entry-type-req');
      c.space();
    }
    return { kind: 'modseq', modSeq: c.modSequenceOrZero() };
  }

  #inner(): SearchKey {
    this.#c.space();
    return this.#c.nested(() => this.#key());
  }

  #text(): string {
    const from = this.#c.offset;
    const bytes = this.#c.astringBytes();
    try {
      return this.#decode(bytes);
    } catch {
      throw this.#c.expected('text in the charset of the search', from);
    }
  }
}
