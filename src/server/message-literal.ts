import { assert } from '../base/assert.ts';
import { release } from '../base/release.ts';
import type { LiteralBytes, LiteralEvent } from '../wire/framer.ts';
import type { Incoming, MessageLiteral } from '../session/client.ts';

/** What a message literal needs of the input that it is read from. */
export interface LiteralSource {
  /** Tells the client to send a synchronising literal. */
  continue(): void;
  /** The framer's decision for the announced literal. */
  stream(): void;
  /** The next slice of the streamed literal; undefined at its end. Rejects when the client has gone. */
  slice(): Promise<LiteralBytes | undefined>;
  /** What follows the literal's last byte. */
  rest(): Promise<Incoming>;
}

/** A message on its way in: announced, then read once or never. */
export class StreamedLiteral implements MessageLiteral {
  readonly size: number;
  readonly binary: boolean;
  readonly #synchronizing: boolean;
  readonly #source: LiteralSource;
  #progress: 'announced' | 'streaming' | 'read' | 'left' = 'announced';

  constructor(event: LiteralEvent, source: LiteralSource) {
    this.size = event.size;
    this.binary = event.binary;
    this.#synchronizing = event.synchronizing;
    this.#source = source;
  }

  /** How far its reader came: `left` when what follows it was read as well. */
  get progress(): 'announced' | 'streaming' | 'read' | 'left' {
    return this.#progress;
  }

  accept(): AsyncIterable<Uint8Array> {
    assert(this.#progress === 'announced', 'a message literal is accepted once');
    this.#progress = 'streaming';
    this.#source.stream();
    if (this.#synchronizing) this.#source.continue();
    return this.#slices();
  }

  async rest(): Promise<Incoming> {
    assert(this.#progress === 'read', 'the rest is asked for after the last byte');
    this.#progress = 'left';
    return await this.#source.rest();
  }

  async *#slices(): AsyncGenerator<Uint8Array, void, void> {
    for (;;) {
      const slice = await this.#source.slice();
      if (slice === undefined) break;
      yield slice.bytes;
      if (slice.spent !== undefined) release(slice.spent);
    }
    this.#progress = 'read';
  }
}
