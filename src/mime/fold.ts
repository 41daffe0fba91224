import { normalForm } from '../base/normal-form.ts';

/**
 * The key under which search compares text: two texts that differ only in case, or in the way a character is
 * composed, have the same. It is i;unicode-casemap (RFC 5051 section 2) with full case mapping, so
 * that `ß` meets `SS`; diacritics stay significant as characters of their own after their letter.
 */
export function foldText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- ASCII is what is asked for
  if (/^[\0-\x7f]*$/.test(text)) return text.toUpperCase();
  return normalForm(text, 'NFKD').toUpperCase();
}

/**
 * Looks for a text in texts that come in pieces (`TextPiece`). Each unit is a text of its own; pieces of
 * two units may alternate. Folded white space counts as one blank, as lines are broken anywhere.
 */
export class TextFinder {
  readonly #needle: string;
  /** The end of what each unit gave so far, shorter than the needle. */
  readonly #tails = new Map<number, string>();

  constructor(text: string) {
    this.#needle = key(text);
  }

  /** Whether the text is in this unit, now that this piece of it is known. */
  write(unit: number, text: string): boolean {
    if (this.#needle === '') return true;
    const tail = this.#tails.get(unit) ?? '';
    const piece = key(text);
    const seen = tail + (tail.endsWith(' ') ? piece.replace(/^ /, '') : piece);
    if (seen.includes(this.#needle)) return true;
    if (!this.#tails.has(unit) && this.#tails.size >= unitsAtOnce) {
      this.#tails.delete(this.#tails.keys().next().value!);
    }
    const keep = Math.max(1, this.#needle.length - 1);
    this.#tails.set(unit, seen.slice(-keep));
    return false;
  }
}

/** Texts that may alternate: an HTML part's source and its visible text. */
const unitsAtOnce = 2;

/** White space is one blank; a soft hyphen or zero-width space is nothing. */
function key(text: string): string {
  return foldText(text)
    .replaceAll(/[\u00AD\u200B]/g, '')
    .replaceAll(/[^\S ]\s*| \s+/g, ' ');
}
