import { Tally } from '../base/tally.ts';
import type { Limits } from '../base/limits.ts';

export interface AdmissionOptions {
  readonly limits: Pick<Limits, 'connectionsMax' | 'connectionsPerAddressMax'>;
  /** Addresses that may have any number of connections. */
  readonly trusted: (remoteAddress: string) => boolean;
  /** Connections by address, where other processes have some too. */
  readonly byAddress?: Tally | undefined;
}

/** Which limit keeps a connection out. */
export type AdmissionRefusal = 'too many connections' | 'too many connections from your address';

/** Counts connections of the process and of each address; shared by all listeners. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #byAddress: Tally;
  #count = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#byAddress = options.byAddress ?? new Tally();
  }

  /** Counts the connection in, or says why not. Who was let in must `leave`. */
  enter(remoteAddress: string): AdmissionRefusal | undefined {
    const { limits, trusted } = this.#options;
    if (this.#count >= limits.connectionsMax) return 'too many connections';
    const ofAddress = this.#byAddress.count(remoteAddress);
    if (ofAddress >= limits.connectionsPerAddressMax && !trusted(remoteAddress)) {
      return 'too many connections from your address';
    }
    this.#byAddress.enter(remoteAddress);
    this.#count += 1;
    return undefined;
  }

  leave(remoteAddress: string): void {
    this.#byAddress.leave(remoteAddress);
    this.#count -= 1;
  }
}
