import { release } from '../base/release.ts';
import { StoreError } from '../store/store-error.ts';

export interface TeeOptions {
  /** How long a branch may leave its chunk untaken before it is dropped and the others go on. */
  readonly stallTimeMs: number;
}

/** One stream read by several, in step: see `tee`. */
export interface Tee {
  /** To be read independently; leaving one early drops it and never hurts the others. */
  readonly branches: readonly TeeBranch[];
  /**
   * Moves the bytes. Resolves at the source's end or when no branch is left (the source is then not
   * read further); rejects, and so does every branch, when the source fails.
   */
  readonly run: () => Promise<void>;
}

export interface TeeBranch extends AsyncIterable<Uint8Array> {
  /** Leaves the branch, for a reader that never began or gave up. */
  drop(): void;
}

/**
 * Gives the bytes of one stream to `count` readers. The next chunk is read only after every
 * branch took the last one, so two chunks are all that is ever held, whatever the message's size. A chunk
 * is good until its reader asks for the next one.
 */
export function tee(source: AsyncIterable<Uint8Array>, count: number, options: TeeOptions): Tee {
  const branches = Array.from({ length: count }, () => new Branch());
  return { branches, run: () => move(source, branches, options.stallTimeMs) };
}

async function move(
  source: AsyncIterable<Uint8Array>,
  branches: readonly Branch[],
  stallTimeMs: number,
): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  let last: Uint8Array | undefined;
  try {
    for (;;) {
      const live = branches.filter((branch) => !branch.left);
      if (live.length === 0) return;
      const item = await iterator.next();
      if (item.done === true) break;
      await Promise.all(live.map((branch) => branch.give(item.value, stallTimeMs)));
      // Who takes a chunk is done with the one before.
      if (last !== undefined) release(last);
      last = item.value;
    }
  } catch (error) {
    for (const branch of branches) branch.fail(error);
    throw error;
  }
  for (const branch of branches) branch.finish();
}

type Waiting = PromiseWithResolvers<IteratorResult<Uint8Array>>;

class Branch implements TeeBranch {
  left = false;
  #chunk: Uint8Array | undefined;
  #over: { readonly error?: unknown } | undefined;
  /** The reader's unanswered `next`. */
  #reader: Waiting | undefined;
  /** Resolves the writer's `give` once the chunk was taken. */
  #taken: (() => void) | undefined;

  /** Hands a chunk over; resolves when the reader took it or has left. */
  async give(chunk: Uint8Array, stallTimeMs: number): Promise<void> {
    if (this.left) return;
    if (this.#reader !== undefined) {
      this.#answer({ done: false, value: chunk });
      return;
    }
    this.#chunk = chunk;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#taken = resolve;
    const timer = setTimeout(() => {
      this.fail(new StoreError('unavailable', `nothing was taken for ${stallTimeMs} ms`));
    }, stallTimeMs);
    await promise;
    clearTimeout(timer);
  }

  finish(): void {
    this.#over ??= {};
    this.#settle();
  }

  fail(error: unknown): void {
    this.#chunk = undefined;
    this.#over ??= { error };
    this.left = true;
    this.#settle();
    this.#taken?.();
  }

  drop(): void {
    this.finish();
    this.#chunk = undefined;
    this.left = true;
    this.#taken?.();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: () => this.#next(),
      return: async () => {
        this.drop();
        return { done: true, value: undefined };
      },
    };
  }

  #next(): Promise<IteratorResult<Uint8Array>> {
    const chunk = this.#chunk;
    if (chunk !== undefined) {
      this.#chunk = undefined;
      this.#taken?.();
      return Promise.resolve({ done: false, value: chunk });
    }
    this.#reader = Promise.withResolvers<IteratorResult<Uint8Array>>();
    const { promise } = this.#reader;
    if (this.#over !== undefined) this.#settle();
    return promise;
  }

  #settle(): void {
    const reader = this.#reader;
    if (reader === undefined || this.#over === undefined) return;
    this.#reader = undefined;
    if ('error' in this.#over) reader.reject(this.#over.error);
    else reader.resolve({ done: true, value: undefined });
  }

  #answer(result: IteratorResult<Uint8Array>): void {
    this.#reader?.resolve(result);
    this.#reader = undefined;
  }
}
