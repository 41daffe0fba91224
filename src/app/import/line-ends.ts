const LF = 0x0a;
const CR = 0x0d;

/**
 * Makes every line end CRLF, as IMAP needs it: a lone LF becomes CRLF, everything else stays as it is,
 * lone CRs too. Counts what it saw on the way.
 */
export class LineEnds {
  /** Line ends that were a lone LF. */
  bare = 0;
  /** Line ends that were CRLF. */
  full = 0;
  nuls = 0;
  #last = 0;

  convert(chunk: Uint8Array): Buffer {
    const out = Buffer.allocUnsafe(chunk.length * 2);
    let length = 0;
    let last = this.#last;
    for (const byte of chunk) {
      if (byte === LF) {
        if (last === CR) this.full += 1;
        else {
          this.bare += 1;
          out[length] = CR;
          length += 1;
        }
      } else if (byte === 0) this.nuls += 1;
      out[length] = byte;
      length += 1;
      last = byte;
    }
    this.#last = last;
    return out.subarray(0, length);
  }
}
