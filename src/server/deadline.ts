/**
 * The one timer of a connection. Moving the deadline further away, which every command does, costs a
 * store and no timer: the timer looks again when it rings.
 */
export class Deadline {
  readonly #expired: (reason: string) => void;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer rings. */
  #rings = Infinity;
  #at = Infinity;
  #reason = '';

  constructor(expired: (reason: string) => void) {
    this.#expired = expired;
  }

  /** Calls back with the reason unless set again or cleared within this time. */
  set(timeMs: number, reason: string): void {
    const now = performance.now();
    this.#at = now + timeMs;
    this.#reason = reason;
    if (this.#at < this.#rings) this.#arm(now);
  }

  clear(): void {
    this.#at = Infinity;
  }

  /** Ends it for good. */
  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#at = Infinity;
    // No later `set` may arm it again.
    this.#rings = -Infinity;
  }

  #arm(now: number): void {
    clearTimeout(this.#timer);
    this.#rings = this.#at;
    // Node cannot wait longer than 2^31 ms.
    const waitMs = Math.min(Math.max(0, this.#at - now), 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#ring(), Math.ceil(waitMs)).unref();
  }

  #ring(): void {
    this.#timer = undefined;
    this.#rings = Infinity;
    if (this.#at === Infinity) return;
    const now = performance.now();
    if (now < this.#at) {
      this.#arm(now);
      return;
    }
    this.#at = Infinity;
    this.#expired(this.#reason);
  }
}
