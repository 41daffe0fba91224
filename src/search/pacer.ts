import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long one turn of the event loop may be held, milliseconds: no other session waits longer for us. */
export const sliceMs = 3;

/** Cuts long work into slices, so that the event loop is never held for long. */
export class Pacer {
  readonly #signal: AbortSignal | undefined;
  #deadline = performance.now() + sliceMs;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether it is time to call `rest`; asks the clock, so ask every few dozen steps. */
  get due(): boolean {
    return performance.now() >= this.#deadline;
  }

  /** Lets everybody else run. Throws the signal's reason when it was aborted. */
  async rest(): Promise<void> {
    await nextTurn();
    this.#signal?.throwIfAborted();
    this.#deadline = performance.now() + sliceMs;
  }
}
