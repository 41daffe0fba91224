import { upper } from '../base/ascii.ts';
import type { Limits } from '../base/limits.ts';
import type { Offer } from '../model/capability.ts';
import type { CalendarDate, DateTime } from '../model/date-time.ts';
import { flag, systemFlags, type Flag } from '../model/flag.ts';
import { asModSeq, type ModSeq } from '../model/ids.ts';
import type { MailboxName } from '../model/mailbox-name.ts';
import type { SequenceRange, SequenceSet } from '../model/number-set.ts';
import { bad, no, type Refusal } from '../model/refusal.ts';
import { is } from './character.ts';
import { readDateText, readDateTime } from './date-text.ts';
import { decodeMailbox, decodePattern } from './mailbox-text.ts';
import { readNumber64 } from './number-text.ts';

export interface CursorOptions {
  /** Whether mailbox names are UTF-8 and not modified UTF-7: UTF8=ACCEPT or IMAP4rev2 is enabled. */
  readonly utf8: boolean;
  /** Where to begin: behind the command's name. */
  readonly position?: number;
  readonly unknown?: Offer['unknown'];
  readonly limits: Pick<Limits, 'parseDepthMax' | 'searchKeysMax' | 'keywordBytesMax'>;
}

const QUOTE = 0x22;
const ZERO = 0x30;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads the grammar of one command. Methods carry the names of RFC 9051 section 9: the bare name demands
 * and throws a BAD refusal that says what was expected where; `try…` asks. Never throws anything but Refusal.
 */
export class Cursor {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  #depth = 0;
  readonly options: CursorOptions;

  constructor(bytes: Uint8Array, options: CursorOptions) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length;
    this.#at = options.position ?? 0;
    this.options = options;
  }

  get offset(): number {
    return this.#at;
  }

  get atEnd(): boolean {
    return this.#at === this.#end;
  }

  /** The refusal of what stands here: for the caller to throw. */
  expected(what: string, at: number = this.#at): Refusal {
    return bad(`expected ${what} at ${at}`);
  }

  /** Nothing may follow. */
  end(): void {
    if (this.#at !== this.#end) throw this.expected('end of command');
  }

  space(): void {
    if (!this.trySpace()) throw this.expected('space');
  }

  trySpace(): boolean {
    return this.tryChar(' ');
  }

  /** One character of ASCII, exactly. */
  char(character: string): void {
    if (!this.tryChar(character)) throw this.expected(`"${character}"`);
  }

  tryChar(character: string): boolean {
    if (!this.sees(character)) return false;
    this.#at++;
    return true;
  }

  /** Whether the next byte is this character. */
  sees(character: string): boolean {
    return this.#bytes[this.#at] === character.charCodeAt(0);
  }

  /** `"(" item *(SP item) ")"`, or `"()"` where `emptyAllowed`. */
  list<Item>(item: () => Item, emptyAllowed: boolean = false): Item[] {
    this.char('(');
    const items: Item[] = [];
    if (emptyAllowed && this.tryChar(')')) return items;
    do items.push(item());
    while (this.trySpace());
    this.char(')');
    return items;
  }

  /** Runs a rule that contains itself, as deep as the limit allows. */
  nested<Result>(rule: () => Result): Result {
    if (this.#depth >= this.options.limits.parseDepthMax) {
      throw bad(`nested too deep at ${this.#at}`);
    }
    this.#depth++;
    const result = rule();
    this.#depth--;
    return result;
  }

  /** A word of the grammar: letters, digits, `.`, `-`, `_`, `=`, upper-cased; `what` names it when there is none. */
  word(what: string): string {
    const from = this.#at;
    this.#skip(is.word);
    const word = upper(this.#latin1(from, this.#at));
    if (word !== '' && this.knows(what, word)) return word;
    throw this.expected(what, from);
  }

  /** Whether no capability that is switched off brings this word to this rule. */
  knows(rule: string, word: string): boolean {
    return this.options.unknown?.has(`${rule} ${word}`) !== true;
  }

  /** Whether this word, given in capitals, stands here; then it is passed. `rule`: of words that a capability brings. */
  tryWord(word: string, rule?: string): boolean {
    if (rule !== undefined && !this.knows(rule, word)) return false;
    const to = this.#at + word.length;
    if (to > this.#end || is.word[this.#bytes[to] ?? 0] === 1) return false;
    if (upper(this.#latin1(this.#at, to)) !== word) return false;
    this.#at = to;
    return true;
  }

  /** atom = 1*ATOM-CHAR */
  atom(what: string = 'atom'): string {
    const from = this.#at;
    this.#skip(is.atom);
    if (this.#at > from) return this.#latin1(from, this.#at);
    throw this.expected(what);
  }

  /** astring = 1*ASTRING-CHAR / string; as bytes, which may be a view of the command. */
  astringBytes(what: string = 'astring'): Uint8Array {
    const from = this.#at;
    this.#skip(is.astring);
    return this.#at > from ? this.#bytes.subarray(from, this.#at) : this.#string(what);
  }

  /** An astring that is UTF-8 text. */
  astring(what: string = 'astring'): string {
    const from = this.#at;
    this.#skip(is.astring);
    if (this.#at > from) return this.#latin1(from, this.#at);
    return this.#utf8(this.#string(what), from);
  }

  /** string = quoted / literal */
  string(what: string = 'string'): string {
    const from = this.#at;
    return this.#utf8(this.#string(what), from);
  }

  /** nstring = string / nil */
  nstring(): string | null {
    return this.tryWord('NIL') ? null : this.string('string or NIL');
  }

  /** value = nstring / literal8 (RFC 5464 section 5); as bytes, which may be a view of the command. */
  value(): Uint8Array | null {
    if (this.tryWord('NIL')) return null;
    if (!this.tryChar('~')) return this.#string('string, literal8 or NIL');
    if (!this.sees('{')) throw this.expected('literal8');
    return this.#literal(true);
  }

  #string(what: string): Uint8Array {
    const byte = this.#bytes[this.#at];
    if (byte === QUOTE) return this.#quoted();
    if (byte === OPEN_BRACE) return this.#literal();
    throw this.expected(what);
  }

  /**
   *   quoted      = DQUOTE *QUOTED-CHAR DQUOTE
   *   QUOTED-CHAR = <any TEXT-CHAR except quoted-specials> / "\" quoted-specials / UTF8-2 / UTF8-3 / UTF8-4
   */
  #quoted(): Uint8Array {
    const opening = this.#at++;
    const from = this.#at;
    this.#skip(is.plainQuoted);
    if (this.#bytes[this.#at] === QUOTE) return this.#bytes.subarray(from, this.#at++);
    const unescaped: number[] = [];
    for (let at = from; at < this.#end; at++) {
      let byte = this.#bytes[at]!;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return Buffer.from(unescaped);
      }
      if (byte === BACKSLASH) {
        byte = this.#bytes[++at] ?? 0;
        if (byte !== QUOTE && byte !== BACKSLASH) throw this.expected('\\" or \\\\', at - 1);
      } else if (is.plainQuoted[byte] === 0)
        throw this.expected('character of a quoted string', at);
      unescaped.push(byte);
    }
    throw this.expected('closing quote of the string that began', opening);
  }

  /** literal = "{" number64 ["+"] "}" CRLF *CHAR8; `binary`: behind the `~` of a literal8, which may hold NUL. */
  #literal(binary = false): Uint8Array {
    this.#at++;
    const size = this.number64();
    this.tryChar('+');
    this.char('}');
    this.tryChar('\r');
    if (!this.tryChar('\n') || size > this.#end - this.#at) throw this.expected('literal');
    const bytes = this.#bytes.subarray(this.#at, this.#at + size);
    const nul = binary ? -1 : bytes.indexOf(0);
    if (nul >= 0) throw this.expected('literal without NUL', this.#at + nul);
    this.#at += size;
    return bytes;
  }

  /** The announcement of a literal that is not part of the bytes and ends them: `["~"] "{" number64 ["+"] "}" CRLF`. */
  announcement(): void {
    const from = this.#at;
    this.tryChar('~');
    if (!this.tryChar('{')) throw this.expected('literal', from);
    this.#skip(is.digit);
    this.tryChar('+');
    this.char('}');
    this.tryChar('\r');
    if (!this.tryChar('\n')) throw this.expected('literal', from);
    this.end();
  }

  #utf8(bytes: Uint8Array, at: number): string {
    try {
      return utf8Decoder.decode(bytes);
    } catch {
      throw this.expected('UTF-8', at);
    }
  }

  /** number = 1*DIGIT, below 2^32 */
  number(): number {
    return this.#number('number', 0);
  }

  /** nz-number */
  nzNumber(): number {
    return this.#number('nz-number', 1);
  }

  #number(what: string, least: number): number {
    const from = this.#at;
    let value = 0;
    for (; this.seesDigit(); this.#at++) value = value * 10 + (this.#bytes[this.#at]! - ZERO);
    // nz-number = digit-nz *DIGIT
    const zeroFirst = least > 0 && this.#bytes[from] === ZERO;
    if (this.#at === from || zeroFirst || value > 0xffff_ffff) throw this.expected(what, from);
    return value;
  }

  /** number64 = 1*DIGIT, below 2^63; above 2^53 - 1 it is that, which compares the same with all of ours. */
  number64(what: string = 'number64'): number {
    const from = this.#at;
    this.#skip(is.digit);
    const value = readNumber64(this.#latin1(from, this.#at));
    if (value === undefined) throw this.expected(what, from);
    return value;
  }

  /** mod-sequence-value = 1*DIGIT, 1 to 2^63 - 1 (RFC 7162 section 7) */
  modSequence(): ModSeq {
    const from = this.#at;
    const value = this.number64('mod-sequence-value');
    if (value === 0) throw this.expected('mod-sequence-value', from);
    return asModSeq(value);
  }

  /** mod-sequence-valzer = "0" / mod-sequence-value (RFC 7162 section 7) */
  modSequenceOrZero(): ModSeq {
    return asModSeq(this.number64('mod-sequence-valzer'));
  }

  /**
   *   sequence-set = (seq-number / seq-range) ["," sequence-set] / seq-last-command
   *   seq-range    = seq-number ":" seq-number
   *   seq-last-command = "$"
   */
  sequenceSet(): SequenceSet {
    if (this.knows('sequence-set', '$') && this.tryChar('$')) return { kind: 'saved' };
    const from = this.#at;
    const ranges: SequenceRange[] = [];
    do {
      const first = this.#sequenceNumber(from);
      ranges.push({ first, last: this.tryChar(':') ? this.#sequenceNumber(from) : first });
    } while (this.tryChar(','));
    return { kind: 'ranges', ranges };
  }

  /** Whether a sequence-set begins here. */
  seesSequenceSet(): boolean {
    return this.seesDigit() || this.sees('*') || this.sees('$');
  }

  seesDigit(): boolean {
    return is.digit[this.#bytes[this.#at] ?? 0] === 1;
  }

  #sequenceNumber(setAt: number): number | '*' {
    if (this.tryChar('*')) return '*';
    if (!this.seesDigit()) throw this.expected('sequence-set', setAt);
    return this.nzNumber();
  }

  /** date = date-text / DQUOTE date-text DQUOTE */
  date(): CalendarDate {
    const from = this.#at;
    const quoted = this.tryChar('"');
    const read = readDateText(this.#latin1(this.#at, Math.min(this.#end, this.#at + 12)));
    this.#at += read?.length ?? 0;
    if (read === undefined || (quoted && !this.tryChar('"'))) throw this.expected('date', from);
    return read.value;
  }

  /** date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE */
  dateTime(): DateTime {
    const read = readDateTime(this.#latin1(this.#at, Math.min(this.#end, this.#at + 28)));
    if (read === undefined) throw this.expected('date-time');
    this.#at += read.length;
    return read.value;
  }

  /**
   *   flag = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" / flag-keyword / flag-extension
   *
   * `\Recent` and system flags that no standard has are refused: a client cannot set them.
   */
  flag(): Flag {
    const from = this.#at;
    const isSystem = this.tryChar('\\');
    const name = this.atom('flag');
    const known = flag(isSystem ? `\\${name}` : name);
    if (isSystem && !systemFlags.includes(known)) throw this.expected('flag that can be set', from);
    const bytesMax = this.options.limits.keywordBytesMax;
    if (name.length > bytesMax)
      throw no(`a keyword has at most ${bytesMax} bytes`, { kind: 'LIMIT' });
    return known;
  }

  /** flag-list = "(" [flag *(SP flag)] ")" */
  flagList(): Flag[] {
    return this.list(() => this.flag(), true);
  }

  /** mailbox = "INBOX" / astring; decoded as the session's state says, never by what it looks like. */
  mailbox(): MailboxName {
    return decodeMailbox(this.astring('mailbox'), this.options.utf8);
  }

  /**
   *   list-mailbox = 1*list-char / string
   *   list-char    = ATOM-CHAR / list-wildcards / resp-specials
   *
   * A pattern that is not modified UTF-7 is taken as it is: it matches what it matches.
   */
  listMailbox(): string {
    const from = this.#at;
    this.#skip(is.listMailbox);
    const text =
      this.#at > from
        ? this.#latin1(from, this.#at)
        : this.#utf8(this.#string('list-mailbox'), from);
    return decodePattern(text, this.options.utf8);
  }

  /** The reference of LIST: a mailbox by grammar, but only the beginning of one by meaning. */
  reference(): string {
    return decodePattern(this.astring('mailbox'), this.options.utf8);
  }

  #latin1(from: number, to: number): string {
    return this.#bytes.toString('latin1', from, to);
  }

  #skip(table: Uint8Array): void {
    while (table[this.#bytes[this.#at] ?? 0] === 1) this.#at++;
  }
}
