import { hash as digest, randomBytes } from 'node:crypto';

/** Phones log in dozens of times an hour; after this long a password is derived again. */
const lifeMs = 10 * 60_000;
/** About 100 bytes each. */
const entriesMax = 10_000;

/**
 * Remembers for a while which passwords were found to fit which hashes, so that a device that connects again
 * does not cost 12 ms of a core each time. It holds no password: only MACs under a key that lives as long as the
 * process. A changed password has another hash, so what was remembered of the old one is worth nothing.
 */
export class VerifiedPasswords {
  readonly #key = randomBytes(32).toString('base64');
  readonly #now: () => number;
  /** When each is forgotten, oldest first. */
  readonly #until = new Map<string, number>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Whether this password fitted this hash a short time ago. */
  has(password: string, hash: string): boolean {
    const until = this.#until.get(this.#mac(password, hash));
    return until !== undefined && this.#now() < until;
  }

  add(password: string, hash: string): void {
    const mac = this.#mac(password, hash);
    this.#until.delete(mac);
    this.#until.set(mac, this.#now() + lifeMs);
    if (this.#until.size <= entriesMax) return;
    const [oldest] = this.#until.keys();
    if (oldest !== undefined) this.#until.delete(oldest);
  }

  #mac(password: string, hash: string): string {
    // A hash has no NUL, so that what belongs to which is never in doubt. The key in front is enough where nobody ever
    // sees a MAC, and one call costs a tenth of an HMAC object: every login comes here.
    return digest('sha256', `${this.#key}${hash}\0${password}`, 'base64');
  }
}
