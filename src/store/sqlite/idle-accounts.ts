import type { Limits } from '../../base/limits.ts';
import { descriptorsMax } from './descriptors.ts';

/** What an open account holds of what a process has. */
export interface Holding {
  readonly bytes: number;
  readonly descriptors: number;
}

/** The share of all descriptors that accounts may have that nobody uses; sessions, and accounts that somebody uses, need theirs. */
const descriptorsShare = 1 / 3;
/** What each holds changes while nobody uses it: it is counted anew when so much time has passed. */
const countAfterMs = 1000;

interface Idle {
  readonly close: () => void;
  readonly holding: () => Holding;
  counted: Holding;
}

const nothing: Holding = { bytes: 0, descriptors: 0 };

/** Accounts that nobody uses and that stay open: as many as memory and descriptors let, the longest unused go first. */
export class IdleAccounts<Key extends object> {
  readonly #bytesMax: number;
  readonly #descriptorsMax: number;
  /** The longest unused first. */
  readonly #idle = new Map<Key, Idle>();
  #bytes = 0;
  #descriptors = 0;
  #countedAt = -Infinity;

  constructor({ idleAccountsBytesMax }: Pick<Limits, 'idleAccountsBytesMax'>) {
    this.#bytesMax = idleAccountsBytesMax;
    this.#descriptorsMax = descriptorsMax() * descriptorsShare;
  }

  /** Nobody uses it any longer; it, or another one, is closed when there is no room for all. */
  add(key: Key, { close, holding }: Pick<Idle, 'close' | 'holding'>): void {
    const added = { close, holding, counted: nothing };
    this.#idle.set(key, added);
    this.#count(added, holding());
    const now = performance.now();
    if (now > this.#countedAt + countAfterMs) {
      this.#countedAt = now;
      for (const idle of this.#idle.values()) this.#count(idle, idle.holding());
    }
    for (const [oldest, idle] of this.#idle) {
      if (this.#bytes <= this.#bytesMax && this.#descriptors <= this.#descriptorsMax) return;
      this.take(oldest);
      idle.close();
    }
  }

  /** Somebody uses it again, or it is closed. */
  take(key: Key): void {
    const idle = this.#idle.get(key);
    if (idle === undefined) return;
    this.#idle.delete(key);
    this.#count(idle, nothing);
  }

  #count(idle: Idle, now: Holding): void {
    this.#bytes += now.bytes - idle.counted.bytes;
    this.#descriptors += now.descriptors - idle.counted.descriptors;
    idle.counted = now;
  }
}
