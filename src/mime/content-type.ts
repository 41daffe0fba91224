import { lower, sameText } from '../base/ascii.ts';
import type { Parameter } from '../model/part.ts';
import type { RawText } from '../model/raw-text.ts';
import { trimBlanks } from './header.ts';

/** A media type with its parameters, as Content-Type says it (RFC 2045 section 5.1). */
export interface MediaType {
  readonly type: RawText;
  readonly subtype: RawText;
  readonly parameters: readonly Parameter[];
}

/** A word with parameters, as Content-Disposition says it (RFC 2183 section 2). */
export interface Disposition {
  readonly type: RawText;
  readonly parameters: readonly Parameter[];
}

/** Parameters of one field; more is an attack. */
const parametersMax = 256;

// Blanks are named one by one: \s would take the byte A0, which is part of UTF-8 characters.
const blanks = /[ \t\r\n]*/y;
const blanksBeforeValue = /[ \t\r\n]+(?=[^ \t\r\n;])/y;
const token = /[^ \t\r\n()<>@,;:\\"/[\]?=]+/y;
const attribute = /[^ \t\r\n=;"]+/y;
/** Unquoted values in the wild hold any of the tspecials: boundaries with slashes, names with brackets. */
const plainValue = /[^ \t\r\n;"]+/y;
const quotedValue = /"([^"\\]*(?:\\[^][^"\\]*)*)(?:"|\\?$)/y;
const restOfParameter = /[^;]*/y;

/** Reads one structured field from left to right. */
class FieldReader {
  readonly #text: string;
  #at = 0;
  /** Set when a comment turned out to have no end: parentheses are plain characters from then on. */
  #openComment = false;

  constructor(text: string) {
    this.#text = text;
  }

  take(pattern: RegExp): string | undefined {
    this.#skip();
    return this.#match(pattern)?.[0];
  }

  #skip(): void {
    do this.#match(blanks);
    while (this.#skipComment());
  }

  /** comment = "(" *([FWS] ccontent) [FWS] ")", and they nest      RFC 5322 section 3.2.2 */
  #skipComment(): boolean {
    if (this.#text[this.#at] !== '(' || this.#openComment) return false;
    let depth = 0;
    for (let at = this.#at; at < this.#text.length; at++) {
      const char = this.#text[at];
      if (char === '\\') at++;
      else if (char === '(') depth++;
      else if (char === ')' && --depth === 0) {
        this.#at = at + 1;
        return true;
      }
    }
    this.#openComment = true;
    return false;
  }

  /** Passes over a semicolon and what stands before it, which means nothing. */
  #skipSemicolon(): void {
    while (this.#at < this.#text.length && this.#text[this.#at] !== ';') {
      if (!this.#skipComment()) this.#at++;
    }
    this.#at++;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found;
  }

  atEnd(): boolean {
    this.#skip();
    return this.#at >= this.#text.length;
  }

  takeChar(char: string): boolean {
    this.#skip();
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  /**
   *   parameter = attribute "=" value ; value = token / quoted-string    RFC 2045 section 5.1
   */
  parameters(): Parameter[] {
    const found: Parameter[] = [];
    while (this.#at < this.#text.length && found.length < parametersMax) {
      this.#skipSemicolon();
      const name = this.take(attribute);
      if (name === undefined || !this.takeChar('=')) continue;
      found.push([lower(name) as RawText, this.#value(lower(name)) as RawText]);
    }
    return joinContinuations(found);
  }

  #value(name: string): string {
    this.#match(blanks);
    // A value such as "(1).txt" is no comment, and neither is anything in a file name.
    const mayBeComment = name !== 'name' && name !== 'filename';
    const start = this.#at;
    if (mayBeComment && this.#skipComment() && !this.#match(blanksBeforeValue)) this.#at = start;
    const quoted = this.#match(quotedValue);
    if (quoted !== undefined) return (quoted[1] ?? '').replaceAll(/\\([^])/g, '$1');
    // "name=my file.txt": a file name unquoted by mistake goes on to the semicolon.
    if (name === 'name' || name === 'filename') {
      return trimBlanks(this.#match(restOfParameter)?.[0] ?? '');
    }
    return this.#match(plainValue)?.[0] ?? '';
  }
}

/**
 * The media type that a Content-Type field names, or undefined where it is not one: then the default
 * counts (RFC 2045 section 5.2). A lone known type gets its usual subtype.
 *
 *   content = "Content-Type" ":" type "/" subtype *(";" parameter)    RFC 2045 section 5.1
 */
export function parseMediaType(value: string): MediaType | undefined {
  const reader = new FieldReader(value);
  const type = reader.take(token);
  if (type === undefined) return undefined;
  const subtype =
    (reader.takeChar('/') ? reader.take(token) : undefined) ?? usualSubtypes.get(lower(type));
  if (subtype === undefined) return undefined;
  return { type: type as RawText, subtype: subtype as RawText, parameters: reader.parameters() };
}

const usualSubtypes: ReadonlyMap<string, string> = new Map([
  ['text', 'plain'],
  ['multipart', 'mixed'],
  ['application', 'octet-stream'],
]);

/** Content-Disposition, or undefined where it names none. */
export function parseDisposition(value: string): Disposition | undefined {
  const reader = new FieldReader(value);
  const type = reader.take(token);
  return type === undefined
    ? undefined
    : { type: type as RawText, parameters: reader.parameters() };
}

/**
 * The encoding that Content-Transfer-Encoding names, or undefined where it is not one word: then the
 * default counts. A semicolon after it, as if parameters followed, is a common mistake.
 *
 *   encoding = "Content-Transfer-Encoding" ":" mechanism    RFC 2045 section 6.1
 */
export function parseEncoding(value: string): RawText | undefined {
  const reader = new FieldReader(value);
  const mechanism = reader.take(token);
  return reader.atEnd() || reader.takeChar(';') ? (mechanism as RawText | undefined) : undefined;
}

/** Language tags of Content-Language (RFC 3282 section 2). */
export function parseLanguages(value: string): RawText[] {
  const reader = new FieldReader(value);
  const tags: RawText[] = [];
  do {
    const tag = reader.take(token);
    if (tag !== undefined) tags.push(tag as RawText);
  } while (reader.takeChar(',') && tags.length < parametersMax);
  return tags;
}

/** The value of a parameter of this name (in lower case), or undefined. */
export function parameter(parameters: readonly Parameter[], name: string): RawText | undefined {
  return parameters.find(([known]) => known === name)?.[1];
}

/** Whether a media type is this one, such as `text/plain`; a type alone matches every subtype. */
export function isType(media: { type: RawText; subtype: RawText }, name: string): boolean {
  const [type = '', subtype] = name.split('/');
  return sameText(media.type, type) && (subtype === undefined || sameText(media.subtype, subtype));
}

interface Piece {
  readonly index: number;
  readonly encoded: boolean;
  readonly value: RawText;
}

/**
 * Joins the pieces of RFC 2231 section 3: `name*0`, `name*1` become `name`. When a piece is encoded
 * the whole stays encoded under `name*`, charset first, for the client to decode: it knows
 * how (RFC 2231 section 4), and nothing is lost where we do not know the charset. Joined ones come last.
 */
function joinContinuations(parameters: readonly Parameter[]): Parameter[] {
  const whole: Parameter[] = [];
  const pieces = new Map<string, Piece[]>();
  for (const [name, value] of parameters) {
    const match = /^([^*]+)\*(\d{1,4})(\*?)$/.exec(name);
    if (match === null) {
      whole.push([name, value]);
      continue;
    }
    const list = pieces.get(match[1]!) ?? [];
    list.push({ index: Number(match[2]), encoded: match[3] === '*', value });
    pieces.set(match[1]!, list);
  }
  const joined = [...pieces].map(([name, list]) => joinPieces(name, list));
  return [...whole, ...joined.toSorted(([a], [b]) => (a < b ? -1 : 1))];
}

function joinPieces(name: string, pieces: readonly Piece[]): Parameter {
  const sorted = pieces.toSorted((a, b) => a.index - b.index);
  if (!sorted.some((piece) => piece.encoded)) {
    return [name as RawText, sorted.map((piece) => piece.value).join('') as RawText];
  }
  const charset = sorted[0]!.encoded ? '' : "''";
  const text = sorted.map((piece) => (piece.encoded ? piece.value : percentEncode(piece.value)));
  return [`${name}*` as RawText, (charset + text.join('')) as RawText];
}

/** A piece that stands as it is among encoded ones: what would be read as an escape is escaped. */
function percentEncode(value: RawText): string {
  return value.replaceAll(
    /[%'*"\\]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
