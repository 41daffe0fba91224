/**
 * Cuts a client's bytes into commands, literals and lines. It knows line ends, `{n}`, `{n+}`, `~{n}`,
 * `~{n+}` at the end of a line (RFC 9051 section 9, literal and literal8; RFC 7888 section 3), limits and
 * nothing else, so that the bytes of a literal can never become a command, however malformed the command is.
 */
import {
  announcement,
  lastAnnouncement,
  tailBytesMax,
  withoutLineEnd,
  type Announcement,
} from './announcement.ts';

export interface FramerLimits {
  /** Bytes of one command without its literals, line ends included. */
  readonly lineBytesMax: number;
  /** Bytes of all buffered literals of one command. */
  readonly literalBytesMax: number;
}

export type FramerEvent =
  /** A whole command with its buffered literals, as it came but for the last line end. */
  | { readonly kind: 'command'; readonly bytes: Uint8Array }
  /** A literal was announced: answer with `buffer()`, `stream()` or `discard()` before the next event comes. */
  | LiteralEvent
  | LiteralBytes
  | { readonly kind: 'literal-end' }
  /** The end of a command that `discard()` threw away. */
  | { readonly kind: 'discarded'; readonly bytes: Uint8Array }
  /** The end of a command, or a line, that broke a limit and was thrown away. */
  | {
      readonly kind: 'refused';
      readonly bytes: Uint8Array;
      readonly reason: 'line too long' | 'literal too large';
    }
  /** A plain line that `line()` asked for, without its line end. */
  | { readonly kind: 'line'; readonly bytes: Uint8Array };

/** A slice of a streamed literal; never empty. */
export interface LiteralBytes {
  readonly kind: 'literal-bytes';
  readonly bytes: Uint8Array;
  /** The chunk that it came in, when nothing else of that is or will be in use: who has read the slice may give the memory back. */
  readonly spent: Uint8Array | undefined;
}

export interface LiteralEvent extends Announcement {
  readonly kind: 'literal';
  /** The command up to and with the line end of the announcement; earlier buffered literals in their place. */
  readonly bytesSoFar: Uint8Array;
}

type State =
  | 'line'
  | 'announced'
  | 'buffering'
  | 'streaming'
  | 'skip line'
  | 'skip literal'
  | 'skipped';
type Verdict =
  | { readonly kind: 'discarded' }
  | { readonly kind: 'refused'; readonly reason: 'line too long' | 'literal too large' };

const CR = 0x0d;
const LF = 0x0a;
/** How much of a thrown away command is kept, so that its tag can be read. */
const beginningBytesMax = 1024;
/** Chunks below this size are joined while they wait, in blocks of four such. */
const smallChunkBytes = 1024;
const gatheredBytes = 4 * smallChunkBytes;
const nothing = new Uint8Array(0);
const noAnnouncement: Announcement = { size: 0, synchronizing: false, binary: false };
const discarded: Verdict = { kind: 'discarded' };

export class Framer {
  #limits: FramerLimits;
  /** What came and was not cut yet; the first chunk begins at `#at`. */
  #chunks: Uint8Array[] = [];
  #at = 0;
  #waitingBytes = 0;
  /** Whether a command was given out as a view of the first chunk. */
  #lent = false;
  /** The last chunk, when it is one that we joined. */
  #gathered: Uint8Array = nothing;
  /** The command so far, in the first `#heldBytes` of a buffer that doubles. */
  #held: Uint8Array = nothing;
  #heldBytes = 0;
  /** Where in `#held` the present line begins: behind the last literal. */
  #lineStart = 0;
  #lineBytes = 0;
  #literalBytes = 0;
  /** Whether a literal of this command went before, so that an empty line ends it and is no empty line. */
  #continued = false;
  #plainLine = false;
  #state: State = 'line';
  #announced = noAnnouncement;
  /** Octets of the present literal that have not come yet. */
  #remaining = 0;
  #beginning: Uint8Array = nothing;
  #tail: Uint8Array = nothing;
  #verdict = discarded;
  #skipped = 0;

  constructor(limits: FramerLimits) {
    this.#limits = limits;
  }

  /** Other limits from the next command on: before and after login they differ. */
  setLimits(limits: FramerLimits): void {
    this.#limits = limits;
  }

  /** Adds bytes that came. The chunk is kept and must not be written to again. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#waitingBytes += chunk.length;
    if (this.#chunks.length === 0 || chunk.length >= smallChunkBytes) this.#chunks.push(chunk);
    else this.#gather(chunk);
  }

  /** Joins small chunks that have to wait: a megabyte in single bytes would cost a hundred as chunks. */
  #gather(chunk: Uint8Array): void {
    const last = this.#chunks.length - 1;
    const isGathered = this.#chunks[last] === this.#gathered;
    const used = isGathered ? this.#gathered.length : 0;
    if (!isGathered || used + chunk.length > gatheredBytes) {
      const start = Buffer.allocUnsafeSlow(gatheredBytes).subarray(0, chunk.length);
      start.set(chunk);
      this.#chunks.push(start);
      this.#gathered = start;
      return;
    }
    // The same memory, seen further; what was given out of it before stays as it is.
    const { buffer, byteOffset } = this.#gathered;
    const longer = new Uint8Array(buffer, byteOffset, used + chunk.length);
    longer.set(chunk, used);
    this.#chunks[last] = longer;
    this.#gathered = longer;
  }

  /** Bytes held: those not cut yet and those of an unfinished command. */
  get buffered(): number {
    return this.#waitingBytes + this.#heldBytes;
  }

  /** Whether a command, literal or line has begun and not ended: the client owes us bytes. */
  get unfinished(): boolean {
    return this.#state !== 'line' || this.#heldBytes > 0 || this.#continued;
  }

  /** Bytes of the present command that were thrown away. */
  get skipped(): number {
    return this.#skipped;
  }

  /** The next event, or undefined until more bytes come or the announced literal is decided on. */
  next(): FramerEvent | undefined {
    for (;;) {
      const step = this.#step();
      if (step !== 'again') return step;
    }
  }

  /** Takes the next line as it is: for IDLE's DONE and SASL, where `{5}` at its end announces nothing. */
  line(): void {
    this.#plainLine = true;
  }

  /** Joins the announced literal to its command, or refuses the command when it is over the limit. */
  buffer(): void {
    const { size } = this.#announced;
    if (this.#literalBytes + size > this.#limits.literalBytesMax) {
      this.#throwAway({ kind: 'refused', reason: 'literal too large' });
      return;
    }
    this.#literalBytes += size;
    this.#remaining = size;
    this.#state = 'buffering';
  }

  /** Lets the announced literal come as `literal-bytes`; what follows it comes as if it were a command of its own. */
  stream(): void {
    this.#remaining = this.#announced.size;
    this.#take();
    this.#continued = true;
    this.#state = 'streaming';
  }

  /** Throws away the announced literal, if it is coming at all, and the rest of its command. */
  discard(): void {
    this.#throwAway(discarded);
  }

  /** Everything that came and was not given out: what stands behind STARTTLS. The framer starts afresh. */
  takeRemaining(): Buffer {
    const first = this.#chunks[0];
    const parts = [this.#held.subarray(0, this.#heldBytes)];
    if (first !== undefined) parts.push(first.subarray(this.#at), ...this.#chunks.slice(1));
    this.#chunks = [];
    this.#at = 0;
    this.#lent = false;
    this.#waitingBytes = 0;
    this.#begin();
    return Buffer.concat(parts);
  }

  #step(): FramerEvent | 'again' | undefined {
    const state = this.#state;
    if (state === 'line') return this.#readLine();
    if (state === 'announced') return undefined;
    if (state === 'skip line') return this.#skipLine();
    if (state === 'skipped') return this.#endSkipped();
    if (this.#remaining === 0) return this.#endLiteral();
    const chunk = this.#chunks[0];
    if (chunk === undefined) return undefined;
    const bytes = chunk.subarray(
      this.#at,
      this.#at + Math.min(this.#remaining, chunk.length - this.#at),
    );
    this.#remaining -= bytes.length;
    if (state === 'streaming') {
      return { kind: 'literal-bytes', bytes, spent: this.#spend(chunk, bytes.length) };
    }
    this.#consume(bytes.length);
    if (state === 'buffering') this.#hold(bytes);
    else this.#skipped += bytes.length;
    return 'again';
  }

  #endLiteral(): FramerEvent | 'again' {
    const streamed = this.#state === 'streaming';
    if (this.#state === 'skip literal') {
      this.#tail = nothing;
      this.#state = 'skip line';
      return 'again';
    }
    this.#continued = true;
    this.#lineStart = this.#heldBytes;
    this.#state = 'line';
    return streamed ? { kind: 'literal-end' } : 'again';
  }

  #readLine(): FramerEvent | 'again' | undefined {
    const chunk = this.#chunks[0];
    if (chunk === undefined) return undefined;
    const at = this.#at;
    const lf = chunk.indexOf(LF, at);
    const end = lf < 0 ? chunk.length : lf + 1;
    if (this.#lineBytes + end - at > this.#limits.lineBytesMax) {
      this.#refuseLine(chunk.subarray(at, end));
      return 'again';
    }
    // Most lines come whole: they are given out as a view of their chunk, without a copy.
    if (lf >= 0 && this.#heldBytes === 0) {
      const stop = lf > at && chunk[lf - 1] === CR ? lf - 1 : lf;
      if (this.#plainLine || chunk[stop - 1] !== 0x7d) {
        this.#lent = true;
        this.#consume(end - at);
        return this.#endLine(chunk.subarray(at, stop));
      }
    }
    this.#hold(chunk.subarray(at, end));
    this.#lineBytes += end - at;
    this.#consume(end - at);
    return lf < 0 ? 'again' : this.#endHeldLine();
  }

  #endHeldLine(): FramerEvent | 'again' {
    const stop = withoutLineEnd(this.#held, this.#lineStart, this.#heldBytes);
    const announced = this.#plainLine ? undefined : announcement(this.#held, this.#lineStart, stop);
    if (announced === undefined) return this.#endLine(this.#take().subarray(0, stop));
    this.#announced = announced;
    this.#state = 'announced';
    return { kind: 'literal', bytesSoFar: this.#held.subarray(0, this.#heldBytes), ...announced };
  }

  #endLine(bytes: Uint8Array): FramerEvent | 'again' {
    const kind = this.#plainLine ? 'line' : 'command';
    // Empty lines between commands are passed over: some clients send one after a literal.
    const empty = bytes.length === 0 && kind === 'command' && !this.#continued;
    this.#begin();
    return empty ? 'again' : { kind, bytes };
  }

  #refuseLine(seen: Uint8Array): void {
    const bytesMax = Math.min(beginningBytesMax, this.#limits.lineBytesMax);
    const held = this.#held.subarray(0, Math.min(this.#heldBytes, bytesMax));
    this.#beginning = Buffer.concat([held, seen.subarray(0, bytesMax - held.length)]);
    this.#tail = this.#held.slice(
      Math.max(this.#lineStart, this.#heldBytes - tailBytesMax),
      this.#heldBytes,
    );
    this.#verdict = { kind: 'refused', reason: 'line too long' };
    this.#take();
    this.#state = 'skip line';
  }

  #throwAway(verdict: Verdict): void {
    this.#beginning = this.#held.slice(0, Math.min(this.#heldBytes, beginningBytesMax));
    this.#verdict = verdict;
    this.#take();
    this.#tail = nothing;
    // A refused synchronizing literal never comes: its command ends with the announcement.
    this.#remaining = this.#announced.synchronizing ? 0 : this.#announced.size;
    this.#state = this.#announced.synchronizing ? 'skipped' : 'skip literal';
  }

  #skipLine(): FramerEvent | 'again' | undefined {
    const chunk = this.#chunks[0];
    if (chunk === undefined) return undefined;
    const lf = chunk.indexOf(LF, this.#at);
    const end = lf < 0 ? chunk.length : lf + 1;
    const piece = chunk.subarray(Math.max(this.#at, end - tailBytesMax), end);
    const whole = Buffer.concat([this.#tail, piece]);
    this.#skipped += end - this.#at;
    this.#consume(end - this.#at);
    this.#tail = whole.length > tailBytesMax ? whole.subarray(whole.length - tailBytesMax) : whole;
    if (lf < 0) return 'again';
    const stop = withoutLineEnd(this.#tail, 0, this.#tail.length);
    const announced = this.#plainLine ? undefined : lastAnnouncement(this.#tail, stop);
    if (announced === undefined || announced.synchronizing) return this.#endSkipped();
    this.#remaining = announced.size;
    this.#state = 'skip literal';
    return 'again';
  }

  #endSkipped(): FramerEvent {
    const bytes = this.#beginning;
    this.#begin();
    this.#beginning = nothing;
    this.#tail = nothing;
    this.#skipped = 0;
    return { ...this.#verdict, bytes };
  }

  /** Goes on behind a slice of the first chunk; the chunk if that was the last that is seen of it. */
  #spend(chunk: Uint8Array, bytes: number): Uint8Array | undefined {
    const isShared = this.#lent || chunk.length !== chunk.buffer.byteLength;
    this.#consume(bytes);
    if (isShared) return undefined;
    if (this.#chunks[0] !== chunk) return chunk;
    if (chunk.length - this.#at > smallChunkBytes) return undefined;
    // What follows a literal is short, most often a line end: it is no reason to keep what came before it.
    this.#chunks[0] = new Uint8Array(chunk.subarray(this.#at));
    this.#at = 0;
    return chunk;
  }

  #consume(bytes: number): void {
    this.#at += bytes;
    this.#waitingBytes -= bytes;
    if (this.#at === this.#chunks[0]?.length) {
      this.#chunks.shift();
      this.#at = 0;
      this.#lent = false;
      if (this.#chunks.length === 0) this.#gathered = nothing;
    }
  }

  #hold(bytes: Uint8Array): void {
    const needed = this.#heldBytes + bytes.length;
    if (needed > this.#held.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(256, needed, this.#held.length * 2));
      larger.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#heldBytes);
    this.#heldBytes = needed;
  }

  #take(): Uint8Array {
    const bytes = this.#held.subarray(0, this.#heldBytes);
    this.#reset();
    return bytes;
  }

  #reset(): void {
    this.#held = nothing;
    this.#heldBytes = 0;
    this.#lineStart = 0;
    this.#lineBytes = 0;
    this.#literalBytes = 0;
  }

  #begin(): void {
    this.#reset();
    this.#continued = false;
    this.#plainLine = false;
    this.#state = 'line';
  }
}
