/**
 * What the client sends, as commands: cuts with the framer, decides about every literal, waits for the
 * socket, and keeps the stream in step whatever a command did with its message.
 */
import { assert } from '../base/assert.ts';
import type { Limits } from '../base/limits.ts';
import { bad, Refusal } from '../model/refusal.ts';
import type { Incoming } from '../session/client.ts';
import {
  Framer,
  type FramerEvent,
  type FramerLimits,
  type LiteralBytes,
  type LiteralEvent,
} from '../wire/framer.ts';
import { StreamedLiteral } from './message-literal.ts';

/** Whom an input asks and tells. */
export interface InputOwner {
  /** Bytes held before the socket is no longer read. */
  readonly limits: Pick<Limits, 'pipelinedBytesMax' | 'skippedBytesMax'>;
  pause(): void;
  resume(): void;
  /** Why a command that begins so is refused before its literal is asked for, if it is. */
  objection(beginning: Uint8Array): Refusal | undefined;
  /** Sends the continuation for a literal at once. */
  continue(): void;
  /** A command waits for more of the client: output must go out. `unfinished`: it owes us the end of something. */
  waiting(unfinished: boolean): void;
  /** The wait is over. */
  waited(): void;
  /** So much of one command was thrown away that no more of it is read. */
  flooded(): void;
  /** The client will send no more, and owes us the end of what it had begun: nobody waits for an answer. Returns what that ends with. */
  deserted(): Error;
}

/** The client went away in the middle of something. */
export class ClientGoneError extends Error {
  constructor() {
    super('the client has gone');
    this.name = 'ClientGoneError';
  }
}

export class Input {
  readonly #owner: InputOwner;
  readonly #framer: Framer;
  #message: StreamedLiteral | undefined;
  #wake: (() => void) | undefined;
  #paused = false;
  #ended = false;
  #stopped = false;

  constructor(limits: FramerLimits, owner: InputOwner) {
    this.#owner = owner;
    this.#framer = new Framer(limits);
  }

  /** Limits for the commands that follow. */
  setLimits(limits: FramerLimits): void {
    this.#framer.setLimits(limits);
  }

  push(chunk: Uint8Array): void {
    this.#framer.push(chunk);
    if (!this.#paused && this.#framer.buffered > this.#owner.limits.pipelinedBytesMax) {
      this.#paused = true;
      this.#owner.pause();
    }
    this.#wake?.();
  }

  /** The client will send no more. What it sent is still read. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** No further command or line is given out; a message under way still comes to its end. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  /** No further command or line will come. */
  get over(): boolean {
    return this.#ended || this.#stopped;
  }

  /** Whether the client owes us the end of something it has begun. */
  get unfinished(): boolean {
    return this.#framer.unfinished;
  }

  /** Whether nothing is here. */
  get isEmpty(): boolean {
    return this.#framer.buffered === 0;
  }

  /** The next command if it is here already. */
  take(): Incoming | undefined {
    if (this.#stopped) return undefined;
    assert(this.#message === undefined, 'the last command was settled');
    const event = this.#event();
    const incoming = event === undefined ? undefined : this.#incoming(event);
    if (incoming === undefined) this.#resume();
    return incoming;
  }

  /** The next line as it is if it is here already, or why it cannot be had. */
  takeLine(): Uint8Array | Refusal | undefined {
    if (this.#stopped) return undefined;
    this.#framer.line();
    const event = this.#event();
    if (event?.kind === 'line') return event.bytes;
    if (event?.kind === 'refused') return bad('the line is too long');
    assert(event === undefined, 'a plain line is a line');
    this.#resume();
    return undefined;
  }

  /** The next line, for a command that waits for it; undefined when there will be none. Rejects with Refusal when it is too long. */
  async line(): Promise<Uint8Array | undefined> {
    for (;;) {
      const line = this.takeLine();
      if (line instanceof Refusal) throw line;
      if (line !== undefined) return line;
      if (this.#stopped || !(await this.#more())) return undefined;
    }
  }

  /** Whether the last command came with a message: `settle` before the next. */
  get unsettled(): boolean {
    return this.#message !== undefined;
  }

  /** Reads what the last command left of its message and of itself. Rejects when the client has gone. */
  async settle(): Promise<void> {
    const message = this.#message;
    if (message === undefined) return;
    if (message.progress === 'announced') this.#framer.discard();
    if (message.progress === 'streaming') while ((await this.#slice()) !== undefined);
    for (;;) {
      const event = await this.#require();
      if (event.kind === 'command' || event.kind === 'discarded' || event.kind === 'refused') break;
      if (event.kind === 'literal') this.#framer.discard();
    }
    this.#message = undefined;
  }

  /** Everything that came and was not read; it is forgotten here. */
  takeRemaining(): Buffer {
    const bytes = this.#framer.takeRemaining();
    this.#resume();
    return bytes;
  }

  #event(): FramerEvent | undefined {
    const event = this.#framer.next();
    if (this.#framer.skipped > this.#owner.limits.skippedBytesMax) {
      this.#owner.flooded();
      return undefined;
    }
    if (this.#paused && this.#framer.buffered < this.#owner.limits.pipelinedBytesMax / 2)
      this.#resume();
    return event;
  }

  /** A command from its last event; undefined while a literal of it is still to come. */
  #incoming(first: FramerEvent): Incoming | undefined {
    let event: FramerEvent | undefined = first;
    while (event?.kind === 'literal') {
      if (isMessage(event)) return this.#announce(event);
      const { synchronizing } = event;
      const objection = synchronizing ? this.#owner.objection(event.bytesSoFar) : undefined;
      if (objection !== undefined) {
        this.#framer.discard();
        return { bytes: this.#discarded(), refusal: objection };
      }
      this.#framer.buffer();
      event = this.#framer.next();
      if (synchronizing && event?.kind !== 'refused') this.#owner.continue();
    }
    if (event === undefined) return undefined;
    if (event.kind === 'command') return { bytes: event.bytes };
    assert(event.kind === 'refused', `a command does not end with ${event.kind}`);
    const refusal =
      event.reason === 'literal too large'
        ? bad('the literal is too large', { kind: 'TOOBIG' })
        : bad('the line is too long');
    return { bytes: event.bytes, refusal };
  }

  /** The beginning of a command that ended with its announcement. */
  #discarded(): Uint8Array {
    const event = this.#framer.next();
    assert(
      event?.kind === 'discarded',
      'a synchronizing literal that is discarded ends its command',
    );
    return event.bytes;
  }

  #announce(event: LiteralEvent): Incoming {
    this.#message = new StreamedLiteral(event, {
      continue: () => this.#owner.continue(),
      stream: () => this.#framer.stream(),
      slice: () => this.#slice(),
      rest: () => this.#rest(),
    });
    return { bytes: event.bytesSoFar, message: this.#message };
  }

  async #slice(): Promise<LiteralBytes | undefined> {
    const event = await this.#require();
    if (event.kind === 'literal-bytes') return event;
    assert(event.kind === 'literal-end', `a literal does not end with ${event.kind}`);
    return undefined;
  }

  async #rest(): Promise<Incoming> {
    const event = await this.#require();
    // Behind a message only another message can be announced (RFC 3502 section 6.3.11).
    if (event.kind === 'literal') return this.#announce(event);
    this.#message = undefined;
    const incoming = this.#incoming(event);
    assert(incoming !== undefined, 'what is no literal is the end of a command');
    return incoming;
  }

  async #require(): Promise<FramerEvent> {
    for (;;) {
      const event = this.#event();
      if (event !== undefined) return event;
      if (!(await this.#more())) throw this.#owner.deserted();
    }
  }

  /** Waits for the client; false when it will send no more. */
  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    assert(this.#wake === undefined, 'one reader at a time');
    this.#owner.waiting(this.#framer.unfinished);
    this.#resume();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
    this.#owner.waited();
    // What came together with the end is still to be read.
    return true;
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#owner.resume();
  }
}

/** Up to where the mailbox's name begins in the commands that bring messages. */
const bringsMessage = /^(?:APPEND|(?:UID )?REPLACE \S{1,20}) /i;

/**
 * Whether a literal is a message, which is streamed, and not an argument: in APPEND and REPLACE all are but the one
 * that is the mailbox's name (RFC 9051 section 6.3.12, RFC 8508 section 3.2).
 */
function isMessage({ bytesSoFar: bytes }: LiteralEvent): boolean {
  const nameAt = bytes.indexOf(0x20) + 1;
  if (nameAt === 0) return false;
  const start = Buffer.from(bytes.subarray(nameAt, nameAt + 40)).toString('latin1');
  const found = bringsMessage.exec(start);
  if (found === null) return false;
  const at = nameAt + found[0].length;
  const isBrace = bytes[at] === 0x7b || (bytes[at] === 0x7e && bytes[at + 1] === 0x7b);
  // `a APPEND {5}` announces the name; behind it, or behind a name written out, comes the message.
  return !isBrace || bytes.subarray(at, bytes.length - 2).includes(0x0a);
}
