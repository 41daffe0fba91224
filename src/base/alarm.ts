/**
 * Alarms of thousands of connections on one timer: a timer of Node with its closure costs each of them 300 bytes
 * for as long as it is open. Moving an alarm, which every command does, costs a store: the timer looks at all of them
 * when the earliest may be due.
 */

/** Whom an alarm calls. */
export interface Sleeper {
  /** The time is over. What for is what `set` was told. Must not throw. */
  alarm(reason: string): void;
}

/** Looking at this many takes a millisecond at most, and there is time for one in a hundred. */
const alarmsPerMs = 100;
/** Node cannot wait longer. */
const waitMaxMs = 2 ** 31 - 1;

const alarms = new Set<Alarm>();
let timer: NodeJS.Timeout | undefined;
/** When the timer rings. */
let rings = Infinity;

/** One alarm: set, moved, cleared, disposed at the end. It does not keep the process alive. */
export class Alarm implements Disposable {
  readonly #sleeper: Sleeper;
  /** In whole milliseconds of `performance.now()`, which V8 keeps without a box; 0 for never. */
  #at = 0;
  #reason = '';
  #disposed = false;

  constructor(sleeper: Sleeper) {
    this.#sleeper = sleeper;
  }

  /** Calls the sleeper once with the reason, unless set again or cleared within this time. */
  set(timeMs: number, reason: string): void {
    if (this.#disposed) return;
    const now = performance.now();
    this.#at = Math.ceil(now + timeMs);
    this.#reason = reason;
    alarms.add(this);
    if (this.#at < rings) arm(this.#at, now);
  }

  clear(): void {
    this.#at = 0;
  }

  /** Ends it for good: setting it later does nothing. */
  [Symbol.dispose](): void {
    this.#at = 0;
    this.#disposed = true;
    alarms.delete(this);
  }

  /** Rings if it is time; when it has to be looked at next. */
  look(now: number): number {
    if (this.#at > now) return this.#at;
    const due = this.#at > 0;
    this.#at = 0;
    alarms.delete(this);
    if (due) this.#sleeper.alarm(this.#reason);
    return Infinity;
  }
}

function arm(at: number, now: number): void {
  clearTimeout(timer);
  rings = at;
  timer = setTimeout(lookAtAll, Math.min(Math.max(0, Math.ceil(at - now)), waitMaxMs)).unref();
}

function lookAtAll(): void {
  timer = undefined;
  rings = Infinity;
  const now = performance.now();
  let next = Infinity;
  for (const alarm of alarms) next = Math.min(next, alarm.look(now));
  // An alarm that was set meanwhile may have armed the timer already.
  const soonest = Math.ceil(now + alarms.size / alarmsPerMs);
  next = Math.max(next, soonest);
  if (next < rings) arm(next, now);
}
