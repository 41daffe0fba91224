/** What one chunk of a DATA phase held. */
export interface Decoded {
  /** The message's bytes in it. */
  readonly bytes: Uint8Array;
  /** Where the chunk goes on behind the terminator; undefined while the message goes on. */
  readonly end: number | undefined;
}

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;
const lineBeginsWithDot = Buffer.from('\r\n.');
const nothing = new Uint8Array(0);

/**
 * Takes the dots out that a client put in, and finds the end of the message
 * (RFC 5321 section 4.5.2). Only CRLF ends a line (section 2.3.8): a dot behind a lone LF or CR is
 * the message's own and stays, so that every byte arrives as it was sent and nobody can smuggle an
 * end of data past us.
 */
export class DotDecoder {
  /** What the last byte was; `dot` and `dot cr` are held back until the next byte explains them. */
  #after: 'line end' | 'cr' | 'text' | 'dot' | 'dot cr' = 'line end';

  /** Decodes the next chunk; not to be called again once `end` was given. */
  decode(chunk: Buffer): Decoded {
    const pieces: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length) {
      switch (this.#after) {
        case 'dot':
          if (chunk[at] === CR) {
            this.#after = 'dot cr';
            at += 1;
          } else {
            // "..": the first dot was put in. ".x": the RFC deletes it as well.
            this.#after = 'text';
          }
          break;
        case 'dot cr':
          if (chunk[at] === LF) return { bytes: joined(pieces), end: at + 1 };
          // The line began with a dot, a lone CR follows it and belongs to the message.
          pieces.push(Buffer.from([CR]));
          this.#after = 'cr';
          break;
        case 'cr':
        case 'line end':
        case 'text':
          at = this.#text(chunk, at, pieces);
          break;
      }
    }
    return { bytes: joined(pieces), end: undefined };
  }

  /** Copies message bytes up to the next dot that begins a line; returns where it stopped. */
  #text(chunk: Buffer, from: number, pieces: Uint8Array[]): number {
    if (this.#after === 'line end' && chunk[from] === DOT) {
      this.#after = 'dot';
      return from + 1;
    }
    if (this.#after === 'cr' && chunk[from] === LF) {
      this.#after = 'line end';
      pieces.push(chunk.subarray(from, from + 1));
      return from + 1;
    }
    const found = chunk.indexOf(lineBeginsWithDot, from);
    if (found >= 0) {
      pieces.push(chunk.subarray(from, found + 2));
      this.#after = 'dot';
      return found + 3;
    }
    pieces.push(chunk.subarray(from));
    const last = chunk[chunk.length - 1];
    if (last === CR) this.#after = 'cr';
    else if (last === LF && chunk.length - from > 1 && chunk[chunk.length - 2] === CR) {
      this.#after = 'line end';
    } else this.#after = 'text';
    return chunk.length;
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0] ?? nothing;
  return pieces.length === 0 ? nothing : Buffer.concat(pieces);
}
