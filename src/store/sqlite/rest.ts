import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

interface RestHost {
  readonly writer: Writer;
  readonly reader: Reader;
  readonly queue: { pause(action: () => Promise<void>): void };
}

/** An account rests when nobody has used it for so long, or twice as long. */
const quietMs = 6000;

/** Gives back what an account's connections hold to be quick, when nobody needs it: some hundred KiB. */
export class Rest implements Disposable {
  readonly #host: RestHost;
  #timer: NodeJS.Timeout | undefined;
  #used = false;

  constructor(host: RestHost) {
    this.#host = host;
    this.later();
  }

  /** The account is used. */
  later(): void {
    this.#used = true;
    this.#timer ??= setInterval(() => this.#look(), quietMs).unref();
  }

  #look(): void {
    if (!this.#used) this.#host.queue.pause(async () => this.#begin());
    this.#used = false;
  }

  #begin(): void {
    if (this.#timer === undefined) return;
    this[Symbol.dispose]();
    const { writer, reader } = this.#host;
    // The last one to close would bring the WAL into the database.
    if (reader.isOpen) writer.close();
    else writer.forgetStatements();
    reader.forgetStatements();
    this.shrink();
  }

  /** Lets go of pages of the database: they are read anew when they are needed. */
  shrink(): void {
    this.#host.reader.shrink();
    this.#host.writer.shrink();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
