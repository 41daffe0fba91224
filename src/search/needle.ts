import { TextFinder } from '../mime/fold.ts';

/**
 * A text sought in whole texts, such as header fields: a substring, without regard to case, to how characters are
 * composed and to how lines were folded (RFC 9051 section 6.4.4).
 */
export class Needle {
  readonly text: string;
  readonly #finder: TextFinder;
  #texts = 0;

  constructor(text: string) {
    this.text = text;
    this.#finder = new TextFinder(text);
  }

  /** Whether a text holds it; the empty one is in every text. */
  isIn(text: string): boolean {
    return this.#finder.write(this.#texts++, text);
  }

  isInAny(texts: readonly string[]): boolean {
    return texts.some((text) => this.isIn(text));
  }
}
