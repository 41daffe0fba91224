import { isUtf8 } from 'node:buffer';

/** What a response may hold beyond ASCII. */
export interface ReaderOptions {
  /** UTF-8 in quoted strings and text: after ENABLE of UTF8=ACCEPT or IMAP4rev2. */
  readonly utf8?: boolean;
}

/** A parsed string: `text` holds its bytes, one code unit each, whatever its form. */
export interface StringValue {
  readonly kind: 'string';
  readonly form: 'quoted' | 'literal' | 'literal8';
  readonly text: string;
}

/** Data whose grammar is not looked into further. */
export type Value =
  | StringValue
  | { readonly kind: 'atom'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly Value[] };

/** Reads the terminals of RFC 9051 section 9 out of one response, strictly; errors say where. */
export class ResponseReader {
  readonly #text: string;
  readonly #utf8: boolean;
  #at = 0;

  constructor(text: string, options: ReaderOptions) {
    this.#text = text;
    this.#utf8 = options.utf8 ?? false;
  }

  fail(expected: string): never {
    const near = JSON.stringify(this.#text.slice(Math.max(0, this.#at - 30), this.#at + 30));
    throw new Error(`expected ${expected} at ${this.#at}, near ${near}`);
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  end(): void {
    if (!this.atEnd) this.fail('end of response');
  }

  sees(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  try(text: string): boolean {
    if (!this.sees(text)) return false;
    this.#at += text.length;
    return true;
  }

  take(text: string): void {
    if (!this.try(text)) this.fail(JSON.stringify(text));
  }

  /** What this sticky pattern matches here. */
  match(pattern: RegExp, expected: string): string {
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text)?.[0];
    if (found === undefined || found === '') this.fail(expected);
    this.#at += found.length;
    return found;
  }

  /** What comes next by this pattern, without taking it. */
  peek(pattern: RegExp): string {
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = this.#at;
    return sticky.exec(this.#text)?.[0] ?? '';
  }

  atom(): string {
    return this.match(/[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+/, 'atom');
  }

  number(): number {
    const text = this.match(/\d+/, 'number');
    if (text.length > 1 && text.startsWith('0')) this.fail('number without leading zeros');
    return Number(text);
  }

  nzNumber(): number {
    const value = this.number();
    if (value === 0 || value > 0xffff_ffff) this.fail('nz-number before here');
    return value;
  }

  /** `first *(SP item)` in parentheses. */
  list<Item>(item: () => Item, options: { readonly emptyAllowed?: boolean } = {}): Item[] {
    this.take('(');
    const items: Item[] = [];
    if (options.emptyAllowed === true && this.try(')')) return items;
    do items.push(item());
    while (this.try(' '));
    this.take(')');
    return items;
  }

  /** string = quoted / literal */
  string(): StringValue {
    if (this.try('"')) return this.#quoted();
    if (this.sees('{')) return this.#literal('literal');
    return this.fail('string');
  }

  /** The text of a string. */
  stringText(): string {
    return this.string().text;
  }

  nstring(): StringValue | null {
    return this.#tryNil() ? null : this.string();
  }

  nstringText(): string | null {
    return this.nstring()?.text ?? null;
  }

  /** nstring / literal8 */
  binary(): StringValue | null {
    return this.sees('~{') ? this.#literal('literal8') : this.nstring();
  }

  astring(): string {
    if (this.sees('"') || this.sees('{')) return this.stringText();
    return this.match(/[!#$&'+,\-./0-9:;<=>?@A-Z[\]^_`a-z|}~]+/, 'astring');
  }

  #tryNil(): boolean {
    return /^NIL$/i.test(this.peek(/[A-Za-z0-9]+/)) && this.try(this.peek(/[A-Za-z]+/));
  }

  #quoted(): StringValue {
    let text = '';
    while (!this.try('"')) {
      if (this.try('\\')) text += this.match(/["\\]/, 'quoted-specials behind a backslash');
      // oxlint-disable-next-line no-control-regex
      else text += this.match(/[^"\\\r\n\u0000]+/, 'closing quote');
    }
    this.#checkUtf8(text);
    return { kind: 'string', form: 'quoted', text };
  }

  #literal(form: 'literal' | 'literal8'): StringValue {
    this.take(form === 'literal8' ? '~{' : '{');
    const size = this.number();
    this.take('}\r\n');
    const text = this.#text.slice(this.#at, this.#at + size);
    if (text.length < size) this.fail(`${size} octets of a literal`);
    if (form === 'literal' && text.includes('\0')) this.fail('literal without NUL');
    this.#at += size;
    return { kind: 'string', form, text };
  }

  /** text = 1*(TEXT-CHAR / UTF8-2 / UTF8-3 / UTF8-4), to the end of the response. */
  humanText(): string {
    // oxlint-disable-next-line no-control-regex
    const text = this.match(/[^\r\n\u0000]+/, 'text');
    this.#checkUtf8(text);
    if (text !== text.trim()) this.fail('text without spaces around it');
    return text;
  }

  #checkUtf8(text: string): void {
    if (!/[\u0080-\u00ff]/.test(text)) return;
    if (!this.#utf8) this.fail('ASCII before here');
    if (!isUtf8(Buffer.from(text, 'latin1'))) this.fail('UTF-8 before here');
  }

  /** tagged-ext-val and the like: atoms, strings and lists of them. */
  value(): Value {
    if (this.sees('('))
      return { kind: 'list', items: this.list(() => this.value(), { emptyAllowed: true }) };
    if (this.sees('"') || this.sees('{')) return this.string();
    return { kind: 'atom', text: this.match(/\\?[^\s(){"\\]+/, 'value') };
  }

  sequenceSet(): string {
    const text = this.match(/[1-9]\d*(?::[1-9]\d*)?(?:,[1-9]\d*(?::[1-9]\d*)?)*/, 'sequence-set');
    for (const digits of text.split(/[:,]/))
      if (Number(digits) > 0xffff_ffff) this.fail('32-bit numbers');
    return text;
  }

  flag(options: { readonly permanent?: boolean } = {}): string {
    if (options.permanent === true && this.try('\\*')) return '\\*';
    return (this.try('\\') ? '\\' : '') + this.atom();
  }

  dateTime(): string {
    const month = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
    return this.match(
      new RegExp(`"[ 0-3]\\d-(?:${month})-\\d{4} [0-2]\\d:[0-5]\\d:[0-6]\\d [+-]\\d{4}"`),
      'date-time',
    ).slice(1, -1);
  }
}
