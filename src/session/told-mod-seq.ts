import { asModSeq, type ModSeq } from '../model/ids.ts';
import type { ResponseCode } from '../model/response.ts';

/** Up to which mod-sequence one client has been told everything (RFC 7162 section 6), and when it has to hear of it. */
export class ToldModSeq {
  /** All flag changes up to here have been told. */
  flags: ModSeq;
  /** The mod-sequence of the oldest removal that is held back. */
  #held = Infinity;
  /** The client was sent a mod-sequence above that of a removal held back. */
  #misled = false;
  /** The client was told of removals, or a HIGHESTMODSEQ that is low because of them, and not yet the true one. */
  #behind = false;

  constructor(flags: ModSeq) {
    this.flags = flags;
  }

  get everything(): ModSeq {
    return asModSeq(Math.min(this.flags, this.#held - 1));
  }

  /** The client is sent this mod-sequence of a message. */
  sending(modSeq: ModSeq): void {
    if (modSeq > this.#held) this.#misled = true;
  }

  /** A removal of this mod-sequence is not told yet. */
  hold(modSeq: number): void {
    this.#held = Math.min(this.#held, modSeq);
  }

  /** All removals are being told; by VANISHED, which brings no mod-sequence, where `withQresync`. */
  release(withQresync: boolean): void {
    this.#held = Infinity;
    this.#misled = false;
    if (withQresync) this.#behind = true;
  }

  /**
   * A HIGHESTMODSEQ that has to go out with this answer: the client was sent mod-sequences above those of removals
   * held back, and would never hear of these if it went now (RFC 7162 section 3.2 and the example in section 6).
   */
  lowered(): ResponseCode | undefined {
    if (!this.#misled) return undefined;
    this.#misled = false;
    this.#behind = true;
    return { kind: 'HIGHESTMODSEQ', modSeq: this.everything };
  }

  /** A HIGHESTMODSEQ that is good to tell once the client knows of all removals (as in the example of RFC 7162 section 6). */
  raised(): ResponseCode | undefined {
    if (!this.#behind) return undefined;
    this.#behind = false;
    return { kind: 'HIGHESTMODSEQ', modSeq: this.everything };
  }
}
