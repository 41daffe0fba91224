import { TextFinder } from '../mime/fold.ts';
import { messageText, type TextPiece } from '../mime/text.ts';
import type { Part } from '../model/part.ts';
import type { Abortable, MessageContent } from '../store/store.ts';
import type { Pacer } from './pacer.ts';
import type { BytesLeaf } from './plan.ts';

export interface ScanOptions extends Abortable {
  readonly structure: Part;
  readonly leaves: readonly BytesLeaf[];
  readonly pacer: Pacer;
  /** Whether what was found so far decides the program, so that the rest need not be read. */
  readonly decided: (found: readonly (boolean | undefined)[]) => boolean;
}

/**
 * Reads a message's text for what must be found in it, and no more than it takes to decide. In parallel to
 * `leaves`: what was found; undefined for what was not looked at to the end. Rejects with the store's
 * error when the bytes cannot be read.
 */
export async function scanMessage(
  content: MessageContent,
  options: ScanOptions,
): Promise<readonly (boolean | undefined)[]> {
  const { structure, leaves, pacer, decided, signal } = options;
  // The empty text is in every message, also in one without any text.
  const found = leaves.map((leaf): boolean | undefined =>
    leaf.kind !== 'header' && leaf.text === '' ? true : undefined,
  );
  if (decided(found)) return found;
  const finders = leaves.map((leaf) => new TextFinder(leaf.text));
  const wanted = {
    headers: leaves.some(({ kind }) => kind !== 'body'),
    body: leaves.some(({ kind }) => kind !== 'header'),
  };
  const reader = {
    read: (from: number, to: number) =>
      content.read(from, to, { reuse: true, ...(signal && { signal }) }),
  };
  let inHeader = true;
  for await (const piece of messageText(reader, structure, wanted)) {
    let news = false;
    if (inHeader && piece.kind !== 'header') {
      inHeader = false;
      news = endHeader(leaves, found);
    }
    for (const [index, leaf] of leaves.entries()) {
      if (found[index] === undefined && isFound(leaf, finders[index]!, piece)) {
        found[index] = true;
        news = true;
      }
    }
    if (news && decided(found)) return found;
    if (pacer.due) await pacer.rest();
  }
  return found.map((value) => value ?? false);
}

/** Behind the message's own header its fields are decided; whether that is news. */
function endHeader(leaves: readonly BytesLeaf[], found: (boolean | undefined)[]): boolean {
  let news = false;
  for (const [index, leaf] of leaves.entries()) {
    if (leaf.kind !== 'header' || found[index] !== undefined) continue;
    found[index] = false;
    news = true;
  }
  return news;
}

/** RFC 9051 section 6.4.4: HEADER is about one field, BODY about no header, TEXT about all, MIME headers among them. */
function isFound(leaf: BytesLeaf, finder: TextFinder, { kind, unit, text }: TextPiece): boolean {
  switch (leaf.kind) {
    case 'header': {
      const start = `${leaf.name}: `;
      return (
        kind === 'header' && text.startsWith(start) && finder.write(unit, text.slice(start.length))
      );
    }
    case 'body':
      return kind === 'body' && finder.write(unit, text);
    case 'text':
      return finder.write(unit, text);
  }
}
