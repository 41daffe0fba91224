import { foldText } from '../mime/fold.ts';

/** A text sought, folded once: matching disregards case (RFC 9051 section 6.4.4). */
export interface Needle {
  readonly folded: string;
}

export function needle(text: string): Needle {
  return { folded: foldText(text) };
}

/** Whether a whole text holds the needle; the empty one is in every text. */
export function holds(text: string, sought: Needle): boolean {
  return sought.folded === '' || foldText(text).includes(sought.folded);
}

/**
 * Looks for several needles in one text that comes in chunks. Between chunks it keeps as much folded
 * text as the longest needle needs, so that a match over a border is found.
 */
export class Finder {
  readonly #needles: readonly Needle[];
  readonly #keep: number;
  /** Folded text that a match may begin in. */
  #tail = '';
  /** Text not folded yet: folding it may depend on what follows. */
  #pending = '';

  constructor(needles: readonly Needle[]) {
    this.#needles = needles;
    this.#keep = Math.max(0, ...needles.map(({ folded }) => folded.length - 1));
  }

  /** Takes a chunk and calls `found` with the index of each needle it sees; one may be reported again. */
  feed(chunk: string, found: (index: number) => void): void {
    const text = this.#pending + chunk;
    const cut = safeCut(text);
    this.#pending = text.slice(cut);
    this.#look(text.slice(0, cut), found);
  }

  /** The text has ended: what follows begins a new one. */
  end(found: (index: number) => void): void {
    this.#look(this.#pending, found);
    this.#pending = '';
    this.#tail = '';
  }

  #look(text: string, found: (index: number) => void): void {
    if (text === '') return;
    const folded = this.#tail + foldText(text);
    for (const [index, { folded: sought }] of this.#needles.entries()) {
      if (folded.includes(sought)) found(index);
    }
    this.#tail = this.#keep === 0 ? '' : folded.slice(-this.#keep);
  }
}

/** How far back a safe cut is looked for: longer runs of combining marks are not writing. */
const cutWindow = 64;

/**
 * Where a text may be cut without changing how its halves fold: before an ASCII character, which is
 * neither a combining mark nor half of a pair, but may itself be followed by a mark.
 */
function safeCut(text: string): number {
  const lowest = Math.max(0, text.length - cutWindow);
  for (let at = text.length - 1; at > lowest; at--) {
    if (text.charCodeAt(at) < 0x80) return at;
  }
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last < 0xdc00 ? text.length - 1 : text.length;
}
