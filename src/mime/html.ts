import { lower } from '../base/ascii.ts';

/** A tag or comment longer than this is taken for text: nothing closes it. */
const tagMax = 64 * 1024;

/** Tags that do not part words. */
const inlineTags: ReadonlySet<string> = new Set([
  'a',
  'abbr',
  'acronym',
  'b',
  'bdo',
  'big',
  'cite',
  'code',
  'del',
  'dfn',
  'em',
  'font',
  'i',
  'ins',
  'kbd',
  'mark',
  'q',
  's',
  'samp',
  'small',
  'span',
  'strike',
  'strong',
  'sub',
  'sup',
  'tt',
  'u',
  'var',
  'wbr',
]);

/** Elements whose content nobody sees. */
const hiddenTags: ReadonlySet<string> = new Set(['script', 'style', 'title', 'head']);

/** Takes the visible text out of HTML that comes in pieces: markup goes, entities are decoded. */
export class HtmlText {
  #rest = '';
  /** The element whose end tag is waited for. */
  #hidden: string | undefined;
  #inComment = false;

  write(html: string): string {
    return this.#read(this.#rest + html, false);
  }

  end(): string {
    return this.#read(this.#rest, true);
  }

  #read(html: string, final: boolean): string {
    let text = '';
    let at = 0;
    this.#rest = '';
    while (at < html.length) {
      if (this.#inComment) {
        const close = html.indexOf('-->', at);
        if (close < 0) {
          this.#rest = html.slice(Math.max(at, html.length - 2));
          return text;
        }
        this.#inComment = false;
        at = close + 3;
        continue;
      }
      const open = html.indexOf('<', at);
      const textEnd = open < 0 ? html.length : open;
      if (this.#hidden === undefined) {
        const keep = final || open >= 0 ? textEnd : beforeOpenEntity(html, at);
        text += decodeEntities(html.slice(at, keep));
        if (keep < textEnd) this.#rest = html.slice(keep);
      }
      if (open < 0) return text;
      const next = this.#tag(html, open, final);
      if (next === undefined) {
        this.#rest = html.slice(open);
        return text;
      }
      text += next.text;
      at = next.at;
    }
    return text;
  }

  /** Reads the markup at `open`; undefined when its end has not come. */
  #tag(html: string, open: number, final: boolean): { at: number; text: string } | undefined {
    if (html.startsWith('<!--', open)) {
      this.#inComment = true;
      return { at: open + 4, text: '' };
    }
    const second = html.charCodeAt(open + 1) | 32;
    const isMarkup = (second >= 97 && second <= 122) || /[!?/]/.test(html[open + 1] ?? '!');
    if (!isMarkup) return { at: open + 1, text: this.#hidden === undefined ? '<' : '' };
    const close = html.indexOf('>', open);
    if (close < 0) {
      if (!final && html.length - open < tagMax) return undefined;
      return { at: html.length, text: '' };
    }
    const name = lower(/^<\/?([a-zA-Z][a-zA-Z0-9]*)/.exec(html.slice(open, open + 20))?.[1] ?? '');
    const ends = html[open + 1] === '/';
    if (this.#hidden !== undefined) {
      if (ends && name === this.#hidden) this.#hidden = undefined;
      // A body without the end of its head: the head ends here.
      else if (name === 'body') this.#hidden = undefined;
      else if (this.#hidden !== 'head') return { at: open + 1, text: '' };
      return { at: close + 1, text: ' ' };
    }
    if (!ends && hiddenTags.has(name) && html[close - 1] !== '/') this.#hidden = name;
    return { at: close + 1, text: inlineTags.has(name) ? '' : '\n' };
  }
}

/** Where an entity begins that may go on in the next piece, or the end. */
function beforeOpenEntity(html: string, from: number): number {
  const amp = html.lastIndexOf('&');
  return amp >= from && html.length - amp < 12 && !html.includes(';', amp) ? amp : html.length;
}

/** `&amp;`, `&#228;`, `&#xe4;`; unknown ones stay as they are. */
function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text
    .replaceAll(/&#(?:(\d{1,7})|[xX]([\da-fA-F]{1,6}));?/g, (_, decimal?: string, hex?: string) =>
      character(decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal)),
    )
    .replaceAll(/&([a-zA-Z]{2,8}\d{0,2});?/g, (whole, name: string) => entities.get(name) ?? whole);
}

function character(code: number): string {
  const usable = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return usable ? String.fromCodePoint(code) : '';
}

/** The names of U+00A0 to U+00FF in order. */
const latin1Names =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn ' +
  'sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest ' +
  'Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ' +
  'ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig ' +
  'agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml ' +
  'eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml';

const entities: ReadonlyMap<string, string> = new Map([
  ...latin1Names
    .split(' ')
    .map((name, index): [string, string] => [name, String.fromCodePoint(0xa0 + index)]),
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['euro', '€'],
  ['hellip', '…'],
  ['mdash', '—'],
  ['ndash', '–'],
  ['bull', '•'],
  ['trade', '™'],
  ['lsquo', '‘'],
  ['rsquo', '’'],
  ['sbquo', '‚'],
  ['ldquo', '“'],
  ['rdquo', '”'],
  ['bdquo', '„'],
  ['lsaquo', '‹'],
  ['rsaquo', '›'],
  ['OElig', 'Œ'],
  ['oelig', 'œ'],
  ['Scaron', 'Š'],
  ['scaron', 'š'],
  ['Yuml', 'Ÿ'],
  ['fnof', 'ƒ'],
  ['circ', 'ˆ'],
  ['tilde', '˜'],
  ['dagger', '†'],
  ['Dagger', '‡'],
  ['permil', '‰'],
  ['ensp', '\u2002'],
  ['emsp', '\u2003'],
  ['thinsp', '\u2009'],
  ['zwnj', '\u200C'],
  ['zwj', '\u200D'],
  ['lrm', '\u200E'],
  ['rlm', '\u200F'],
  ['larr', '←'],
  ['uarr', '↑'],
  ['rarr', '→'],
  ['darr', '↓'],
  ['minus', '−'],
  ['infin', '∞'],
]);
