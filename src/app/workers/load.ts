import { performance } from 'node:perf_hooks';

/** A look each second; as many in a row decide. */
const lookMs = 1000;
const looks = 5;
/** Of the time, on average over all looks. */
const busyFrom = 0.7;
const idleBelow = 0.4;

/** Tells from shares of time, looked at one after the other, when a process has become busy and when that is over. */
export class Load {
  readonly #shares: number[] = [];
  #busy = false;

  /** The new state where it has changed. */
  seen(share: number): boolean | undefined {
    this.#shares.push(share);
    if (this.#shares.length > looks) this.#shares.shift();
    const mean = this.#shares.reduce((sum, one) => sum + one, 0) / looks;
    const busy = this.#busy ? mean >= idleBelow : mean >= busyFrom;
    if (busy === this.#busy) return undefined;
    this.#busy = busy;
    return busy;
  }
}

/** Watches this thread's event loop until it is disposed. `idleMs`: for how long it seemed busy and was not, so far. */
export function watchLoad(
  server: { readonly idleMs: number },
  tell: (busy: boolean) => void,
): Disposable {
  const load = new Load();
  let before = busyTime(server);
  const timer = setInterval(() => {
    const now = busyTime(server);
    const change = load.seen((now.busyMs - before.busyMs) / (now.allMs - before.allMs));
    before = now;
    if (change !== undefined) tell(change);
  }, lookMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function busyTime({ idleMs }: { readonly idleMs: number }): { busyMs: number; allMs: number } {
  const { active, idle } = performance.eventLoopUtilization();
  return { busyMs: active - idleMs, allMs: active + idle };
}
