import { lower } from '../base/ascii.ts';
import type { Part } from '../model/part.ts';
import { charsetDecoderOrGuess } from '../mime/charset.ts';
import { parameter } from '../mime/content-type.ts';
import { HtmlText } from '../mime/html.ts';
import { decodeTransfer } from '../mime/transfer.ts';
import type { MessageContent } from '../store/store.ts';
import { fieldValues, headerText } from './header.ts';
import { Finder, holds } from './needle.ts';
import type { Pacer } from './pacer.ts';
import type { BytesLeaf } from './plan.ts';

export interface ScanOptions {
  readonly structure: Part;
  readonly leaves: readonly BytesLeaf[];
  readonly pacer: Pacer;
  readonly signal?: AbortSignal;
  /** Bytes of one part's header that are looked at. */
  readonly headerBytesMax: number;
  /** Whether what was found so far decides the program, so that the rest need not be read. */
  readonly decided: (found: readonly (boolean | undefined)[]) => boolean;
}

/**
 * Reads a message's bytes for what must be found in them: the header first, then the text of its parts
 * in order, decoded, and no more than it takes to decide. In parallel to `leaves`: what was found; undefined
 * for what was not looked at to the end. Rejects with the store's error when the bytes cannot be read.
 */
export async function scanMessage(
  content: MessageContent,
  options: ScanOptions,
): Promise<readonly (boolean | undefined)[]> {
  const { structure } = options;
  const scan = new Scan(content, options);
  const decided = (await scan.header(structure)) || (await scan.parts(structure));
  return decided ? scan.found : scan.found.map((value) => value ?? false);
}

class Scan {
  readonly found: (boolean | undefined)[];
  readonly #content: MessageContent;
  readonly #leaves: readonly BytesLeaf[];
  readonly #options: ScanOptions;
  /** Indexes of the leaves that look into body text, in the order of the finders' needles. */
  readonly #inBody: readonly number[];
  readonly #inHeaders: readonly number[];

  constructor(content: MessageContent, options: ScanOptions) {
    const { leaves } = options;
    this.#content = content;
    this.#leaves = leaves;
    this.#options = options;
    // The empty text is in every body, also in one without any text.
    this.found = leaves.map((leaf) =>
      leaf.kind !== 'header' && leaf.needle.folded === '' ? true : undefined,
    );
    const wanted = (index: number): boolean => this.found[index] === undefined;
    const indexes = [...leaves.keys()].filter(wanted);
    this.#inBody = indexes.filter((index) => leaves[index]!.kind !== 'header');
    this.#inHeaders = indexes.filter((index) => leaves[index]!.kind === 'text');
  }

  /** Looks into the message's own header. True when the program is decided. */
  async header(part: Part): Promise<boolean> {
    const fieldLeaves = [...this.#leaves.entries()].filter(([, leaf]) => leaf.kind === 'header');
    if (fieldLeaves.length > 0 || this.#inHeaders.length > 0) {
      const bytes = await this.#headerBytes(part);
      for (const [index, leaf] of fieldLeaves) {
        if (leaf.kind !== 'header') continue;
        this.found[index] = fieldValues(bytes, leaf.name).some((text) => holds(text, leaf.needle));
      }
      this.#lookAt(headerText(bytes), this.#inHeaders);
    }
    return this.#options.decided(this.found);
  }

  /** Looks into the parts of a message or multipart. True when the program is decided. */
  async parts(part: Part): Promise<boolean> {
    switch (part.kind) {
      case 'multipart':
        for (const child of part.parts) {
          if (await this.#child(child)) return true;
        }
        return false;
      case 'message': {
        // The header of a message within is text of the body that holds it.
        this.#lookAt(headerText(await this.#headerBytes(part.body)), this.#inBody);
        return this.#options.decided(this.found) || (await this.parts(part.body));
      }
      case 'single':
        return this.#text(part);
    }
  }

  async #child(part: Part): Promise<boolean> {
    if (this.#inHeaders.length > 0) {
      this.#lookAt(headerText(await this.#headerBytes(part)), this.#inHeaders);
      if (this.#options.decided(this.found)) return true;
    }
    return this.parts(part);
  }

  /** RFC 9051 section 6.4.4: media types other than TEXT and MESSAGE may be left out. */
  async #text(part: Part): Promise<boolean> {
    const type = lower(part.type);
    if (type !== 'text' && type !== 'message') return false;
    const open = this.#inBody.filter((index) => this.found[index] === undefined);
    if (open.length === 0) return false;
    const needles = open.map((index) => this.#leaves[index]!.needle);
    const { decided, pacer, signal } = this.#options;
    let news = false;
    const note = (at: number): void => {
      news ||= this.found[open[at]!] !== true;
      this.found[open[at]!] = true;
    };
    const views = textViews(part).map((view) => ({ view, finder: new Finder(needles) }));
    const charset = charsetDecoderOrGuess(parameter(part.parameters, 'charset'));
    const bytes = this.#content.read(part.bodyStart, part.bodyEnd, abortable(signal));
    // Text in an encoding that we do not know is searched as it stands.
    for await (const chunk of decodeTransfer(part.encoding, bytes) ?? bytes) {
      const text = charset.write(chunk);
      for (const { view, finder } of views) finder.feed(view.write(text), note);
      if (news && decided(this.found)) return true;
      news = false;
      if (pacer.due) await pacer.rest();
    }
    const text = charset.end();
    for (const { view, finder } of views) {
      finder.feed(view.write(text) + view.end(), note);
      finder.end(note);
    }
    return decided(this.found);
  }

  #lookAt(text: string, indexes: readonly number[]): void {
    for (const index of indexes) {
      if (this.found[index] !== true && holds(text, this.#leaves[index]!.needle)) {
        this.found[index] = true;
      }
    }
  }

  async #headerBytes(part: Part): Promise<Uint8Array> {
    const end = Math.min(part.bodyStart, part.headerStart + this.#options.headerBytesMax);
    const chunks: Uint8Array[] = [];
    const { signal } = this.#options;
    for await (const chunk of this.#content.read(part.headerStart, end, abortable(signal))) {
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
}

/** A way to look at a text that comes in pieces. */
interface TextView {
  write(text: string): string;
  end(): string;
}

const asItStands: TextView = { write: (text) => text, end: () => '' };

/** HTML is searched as it stands, as RFC 9051 has it, and as people read it, as they remember it. */
function textViews(part: Part): readonly TextView[] {
  return lower(part.subtype) === 'html' ? [asItStands, new HtmlText()] : [asItStands];
}

function abortable(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
