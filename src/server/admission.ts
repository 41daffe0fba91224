import { Tally } from '../base/tally.ts';
import type { Limits } from '../base/limits.ts';

export interface AdmissionOptions {
  readonly limits: Pick<Limits, 'connectionsMax' | 'connectionsPerAddressMax'>;
  /** Addresses that may have any number of connections. */
  readonly trusted: (remoteAddress: string) => boolean;
  /** Connections by address, where other processes have some too. */
  readonly byAddress?: Tally | undefined;
  /** All connections, likewise, as those of `imap`. */
  readonly byService?: Tally | undefined;
}

const service = 'imap';

/** Which limit keeps a connection out. */
export type AdmissionRefusal = 'too many connections' | 'too many connections from your address';

/** Counts all connections and those of each address; shared by all listeners. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #byAddress: Tally;
  readonly #byService: Tally;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#byAddress = options.byAddress ?? new Tally();
    this.#byService = options.byService ?? new Tally();
  }

  /** Counts the connection in, or says why not. Who was let in must `leave`. */
  enter(remoteAddress: string): AdmissionRefusal | undefined {
    const { limits, trusted } = this.#options;
    if (this.#byService.count(service) >= limits.connectionsMax) return 'too many connections';
    const ofAddress = this.#byAddress.count(remoteAddress);
    if (ofAddress >= limits.connectionsPerAddressMax && !trusted(remoteAddress)) {
      return 'too many connections from your address';
    }
    this.#byAddress.enter(remoteAddress);
    this.#byService.enter(service);
    return undefined;
  }

  leave(remoteAddress: string): void {
    this.#byAddress.leave(remoteAddress);
    this.#byService.leave(service);
  }
}
