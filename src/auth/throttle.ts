/**
 * Slows down who guesses passwords: failures are counted by network address, the answers to them are
 * delayed more and more, and after many even a right password has to wait.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Limits } from '../base/limits.ts';

export interface ThrottleOptions {
  readonly limits: Pick<
    Limits,
    'loginFailuresPerAddressMax' | 'loginFailureWindowMs' | 'loginPenaltyMaxMs'
  >;
  /** Addresses that are never slowed down. */
  readonly exempt: (remoteAddress: string) => boolean;
  readonly now?: () => number;
  /** Told of the network of each failure that counts, for other processes' `heard`. */
  readonly onFailure?: ((network: string) => void) | undefined;
}

interface Failures {
  count: number;
  readonly since: number;
}

/** Networks remembered; beyond it the one that failed first is forgotten. 100 bytes each. */
const networksMax = 100_000;
const firstPenaltyMs = 250;

export class Throttle {
  readonly #options: ThrottleOptions;
  readonly #now: () => number;
  readonly #failures = new Map<string, Failures>();

  constructor(options: ThrottleOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** How long a try from here waits before it is looked at, in milliseconds. */
  delayBefore(remoteAddress: string): number {
    const { loginFailuresPerAddressMax, loginPenaltyMaxMs } = this.#options.limits;
    const failures = this.#current(network(remoteAddress));
    return failures !== undefined && failures.count >= loginFailuresPerAddressMax
      ? loginPenaltyMaxMs
      : 0;
  }

  /** Counts a failure; how long its answer waits, in milliseconds. */
  failed(remoteAddress: string): number {
    if (this.#options.exempt(remoteAddress)) return 0;
    const key = network(remoteAddress);
    const { count } = this.#count(key);
    this.#options.onFailure?.(key);
    const penaltyMs = firstPenaltyMs * 2 ** Math.min(count - 1, 20);
    return Math.min(penaltyMs, this.#options.limits.loginPenaltyMaxMs);
  }

  /** Another process had a failure from this network. */
  heard(failed: string): void {
    this.#count(failed);
  }

  #count(key: string): Failures {
    let failures = this.#current(key);
    if (failures === undefined) {
      failures = { count: 0, since: this.#now() };
      this.#failures.set(key, failures);
      this.#shrink();
    }
    failures.count += 1;
    return failures;
  }

  #current(key: string): Failures | undefined {
    const failures = this.#failures.get(key);
    if (failures === undefined) return undefined;
    if (this.#now() - failures.since < this.#options.limits.loginFailureWindowMs) return failures;
    this.#failures.delete(key);
    return undefined;
  }

  #shrink(): void {
    if (this.#failures.size <= networksMax) return;
    const [oldest] = this.#failures.keys();
    if (oldest !== undefined) this.#failures.delete(oldest);
  }
}

/** Waits this long; returns at once for 0. Rejects when aborted. */
export async function delay(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await wait(ms, undefined, { signal });
}

/** What counts as one guesser: an IPv4 address, or the /64 that one IPv6 customer has. */
export function network(remoteAddress: string): string {
  const address = remoteAddress.startsWith('::ffff:') ? remoteAddress.slice(7) : remoteAddress;
  if (!address.includes(':')) return address;
  const [bare = ''] = address.split('%', 1);
  const [head = '', tail] = bare.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const middle = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...middle, ...right].slice(0, 4).join(':');
}
