import type { Limits } from '../base/limits.ts';

export interface AdmissionOptions {
  readonly limits: Pick<Limits, 'connectionsMax' | 'connectionsPerAddressMax'>;
  /** Addresses that may have any number of connections. */
  readonly trusted: (remoteAddress: string) => boolean;
}

/** Which limit keeps a connection out. */
export type AdmissionRefusal = 'too many connections' | 'too many connections from your address';

/** Counts connections of the process and of each address; shared by all listeners. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #byAddress = new Map<string, number>();
  #count = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Counts the connection in, or says why not. Who was let in must `leave`. */
  enter(remoteAddress: string): AdmissionRefusal | undefined {
    const { limits, trusted } = this.#options;
    if (this.#count >= limits.connectionsMax) return 'too many connections';
    const ofAddress = this.#byAddress.get(remoteAddress) ?? 0;
    if (ofAddress >= limits.connectionsPerAddressMax && !trusted(remoteAddress)) {
      return 'too many connections from your address';
    }
    this.#byAddress.set(remoteAddress, ofAddress + 1);
    this.#count += 1;
    return undefined;
  }

  leave(remoteAddress: string): void {
    const left = (this.#byAddress.get(remoteAddress) ?? 1) - 1;
    if (left === 0) this.#byAddress.delete(remoteAddress);
    else this.#byAddress.set(remoteAddress, left);
    this.#count -= 1;
  }
}
