import type { Address } from '../model/envelope.ts';
import type { RawText } from '../model/raw-text.ts';
import { trimBlanks } from './header.ts';

/**
 * Addresses one field may have; mail to more people has a list address. It bounds what the
 * envelope of a hostile message takes.
 */
const addressesMax = 10_000;

/** A piece of an address: `glued` when no white space stands before it. */
interface Word {
  readonly kind: 'word' | 'at';
  readonly text: string;
  readonly glued: boolean;
}

/**
 * Reads an address list as leniently as mail demands: obsolete routes, missing brackets, quotes and
 * commas, semicolons between addresses, encoded words with specials inside. What cannot be an
 * address becomes a name with empty mailbox and host: an absent host would announce a group.
 *
 *   address-list = (address *("," address)) / obs-addr-list
 *   address      = mailbox / group
 *   mailbox      = [display-name] [CFWS] "<" [obs-route] addr-spec ">" / addr-spec
 *   group        = display-name ":" [group-list] ";"              RFC 5322 sections 3.4 and 4.4
 */
export function parseAddresses(value: string): Address[] {
  return new AddressReader(value).read();
}

// Blanks are named one by one: \s would take the byte A0, which is part of UTF-8 characters.
const encodedWord = /=\?[^? \t\r\n]+\?[bBqQ]\?[^?\r\n]*?\?=/y;
const atom = /[^ \t\r\n()<>@,;:"[\]]+/y;
const domainLiteral = /\[[^[\] \t\r\n,<>]{0,255}\]/y;
const specials = '()<>@,;:"[]';

const isBlank = (char: string): boolean =>
  char === ' ' || char === '\t' || char === '\r' || char === '\n';

class AddressReader {
  readonly #text: string;
  readonly #addresses: Address[] = [];
  #at = 0;
  #inGroup = false;
  #comment: string | undefined;
  #words: Word[] = [];
  /** The source route of the address being read. */
  #route: string | undefined;
  /** Set when a quote or comment turned out to have no end: later ones are plain characters. */
  #openQuote = false;
  #openComment = false;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Address[] {
    while (this.#at < this.#text.length && this.#addresses.length < addressesMax) this.#item();
    if (this.#inGroup) this.#push(null, null, null);
    return this.#addresses;
  }

  /** One address, up to and including what separates it from the next. */
  #item(): void {
    this.#words = [];
    this.#comment = undefined;
    this.#collect();
    const next = this.#text[this.#at];
    if (next === '<') {
      this.#angle();
      return;
    }
    this.#at++;
    if (next === ':' && !this.#inGroup && !this.#words.some((word) => word.kind === 'at')) {
      this.#inGroup = true;
      this.#push(null, phrase(this.#words), null);
      return;
    }
    this.#bare();
    if (next === ';') this.#endGroup();
  }

  #endGroup(): void {
    if (!this.#inGroup) return;
    this.#inGroup = false;
    this.#push(null, null, null);
  }

  /** Reads words and comments up to one of `< > , ; :` or the end. A stray `>` is passed over. */
  #collect(): void {
    const text = this.#text;
    let glued = false;
    while (this.#at < text.length) {
      const char = text[this.#at]!;
      if (char === ',' || char === ';' || char === ':' || char === '<') return;
      if (isBlank(char)) {
        this.#at++;
        glued = false;
      } else if (char === '(' && this.#readComment()) glued = false;
      else glued = this.#readWord(char, glued) || glued;
    }
  }

  /** Reads a word, or passes over a special that has no meaning here: then false. */
  #readWord(char: string, glued: boolean): boolean {
    if (char === '@') {
      this.#at++;
      this.#words.push({ kind: 'at', text: '@', glued });
      return true;
    }
    const text =
      (char === '"' ? this.#quoted() : undefined) ??
      (char === '[' ? this.#skip(domainLiteral) : undefined) ??
      (char === '=' ? this.#skip(encodedWord) : undefined) ??
      (specials.includes(char) ? undefined : this.#skip(atom));
    if (text === undefined) this.#at++;
    else this.#words.push({ kind: 'word', text, glued });
    return text !== undefined;
  }

  /** `"…"` with its quoted pairs resolved, or undefined when it has no end. */
  #quoted(): string | undefined {
    if (this.#openQuote) return undefined;
    let end = this.#at + 1;
    while (end < this.#text.length && this.#text[end] !== '"')
      end += this.#text[end] === '\\' ? 2 : 1;
    if (end >= this.#text.length) {
      this.#openQuote = true;
      return undefined;
    }
    const text = unescape(this.#text.slice(this.#at + 1, end));
    this.#at = end + 1;
    return text;
  }

  #readComment(): boolean {
    if (this.#openComment) return false;
    let depth = 0;
    for (let at = this.#at; at < this.#text.length; at++) {
      const char = this.#text[at];
      if (char === '\\') at++;
      else if (char === '(') depth++;
      else if (char === ')' && --depth === 0) {
        this.#comment = trimBlanks(unescape(this.#text.slice(this.#at + 1, at)));
        this.#at = at + 1;
        return true;
      }
    }
    this.#openComment = true;
    return false;
  }

  /** `name <address>`, then everything up to and including the separator. */
  #angle(): void {
    const before = this.#words;
    this.#words = [];
    this.#at++;
    this.#insideAngle();
    const { mailbox, host } = splitAddress(this.#words);
    this.#words = [];
    this.#collect();
    const next = this.#text[this.#at];
    if (next !== '<') this.#at++;
    const name = before.length > 0 ? phrase(before) : (this.#comment ?? null);
    if (name !== null || mailbox !== '' || host !== '') this.#push(name, mailbox, host);
    this.#route = undefined;
    if (next === ';') this.#endGroup();
  }

  /** Reads to behind the `>`; without one, to a comma or semicolon that cannot be part of a route. */
  #insideAngle(): void {
    let glued = true;
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at]!;
      const mayBeRoute = (this.#words[0]?.kind ?? 'at') === 'at';
      if ((char === ',' || char === ';') && !mayBeRoute) return;
      if (char === '>') {
        this.#at++;
        return;
      }
      // What stands before the colon is a route (obs-route) or "mailto", which is not kept.
      if (char === ':' && (mayBeRoute || this.#words[0]?.text === 'mailto')) {
        if (mayBeRoute && this.#words.length > 0) this.#route = routeText(this.#words);
        this.#words = [];
      }
      if (isBlank(char)) {
        this.#at++;
        glued = false;
      } else if (char === '(' && this.#readComment()) glued = false;
      else glued = this.#readWord(char, glued) || glued;
    }
  }

  /** Addresses without angle brackets; more than one when the commas are missing. */
  #bare(): void {
    const words = this.#words;
    const lastAt = words.findLastIndex((word) => word.kind === 'at');
    if (lastAt < 0) {
      if (words.length === 1) this.#push(this.#comment ?? null, words[0]!.text, '');
      else if (words.length > 1) this.#push(phrase(words), '', '');
      return;
    }
    let from = 0;
    while (from <= lastAt && this.#addresses.length < addressesMax) {
      let at = from;
      while (words[at]!.kind !== 'at') at++;
      let first = at;
      while (first > from && (first === at || joined(words[first - 1]!, words[first]!))) first--;
      let end = at + 1;
      while (end < words.length && (end === at + 1 || joined(words[end - 1]!, words[end]!))) end++;
      const names = words.slice(from, first);
      if (end > lastAt) for (const word of words.slice(end)) names.push(word);
      const { mailbox, host } = splitAddress(words.slice(first, end));
      this.#push(names.length > 0 ? phrase(names) : (this.#comment ?? null), mailbox, host);
      from = end;
    }
  }

  #skip(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #push(name: string | null, mailbox: string | null, host: string | null): void {
    this.#addresses.push({
      name: name as RawText | null,
      mailbox: mailbox as RawText | null,
      host: host as RawText | null,
      ...(this.#route !== undefined && { route: this.#route as RawText }),
    });
  }
}

/** Whether two words belong to one dotted local part or domain, blanks around dots being obsolete syntax. */
function joined(left: Word, right: Word): boolean {
  return (
    right.glued || left.text.endsWith('.') || right.text.startsWith('.') || right.kind === 'at'
  );
}

function phrase(words: readonly Word[]): string {
  let text = '';
  for (const word of words) text += (text === '' || word.glued ? '' : ' ') + word.text;
  return text;
}

function splitAddress(words: readonly Word[]): { mailbox: string; host: string } {
  const at = words.findLastIndex((word) => word.kind === 'at');
  const plain = (part: readonly Word[]): string => part.map((word) => word.text).join('');
  if (at < 0) return { mailbox: plain(words), host: '' };
  return { mailbox: plain(words.slice(0, at)), host: plain(words.slice(at + 1)) };
}

/** obs-domain-list = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain])      RFC 5322 section 4.4 */
function routeText(words: readonly Word[]): string {
  const text = words.map((word) => (word.kind === 'at' ? ',@' : word.text)).join('');
  return text.replace(/^,/, '');
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/gs, '$1');
}
