import { Tally } from '../../base/tally.ts';
import type { AccountId, ModSeq } from '../../model/ids.ts';
import type { Bus, BusMember, BusSeat } from '../../store/bus.ts';
import type { SharedLimits } from '../shared-limits.ts';
import { tallies, type Conclusion, type Notice, type Report, type TallyName } from './messages.ts';

interface Seat {
  readonly member: BusMember;
  /** Whether another worker has the account open too. */
  shared: boolean;
}

/** Counts are gathered so long: a client that logs in and out within it is not told of at all. */
const countsMs = 50;

/** A worker's line to the others: the store's bus, and the limits that all workers share. */
export class Line implements Bus, SharedLimits {
  #alone = false;
  readonly byAccount = new Tally();
  readonly byAddress = new Tally();
  readonly byService = new Tally();
  readonly failedLogins: SharedLimits['failedLogins'];
  readonly #send: (message: Notice | Report) => void;
  readonly #seats = new Map<AccountId, Seat>();
  #failedLogin: (network: string) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (message: Notice | Report) => void) {
    this.#send = send;
    this.failedLogins = {
      publish: (network) => send({ kind: 'login failed', network }),
      listen: (listener) => (this.#failedLogin = listener),
    };
    for (const tally of tallies) this[tally].share(() => this.#countSoon());
  }

  get alone(): boolean {
    return this.#alone;
  }

  /** Who has company tells what it has open. Nobody asks before that, and a message for each login costs more than what it says. */
  set alone(alone: boolean) {
    this.#alone = alone;
    for (const account of this.#seats.keys()) this.#tellOpen(account, true);
  }

  join(account: AccountId, member: BusMember): BusSeat {
    const seat: Seat = { member, shared: false };
    this.#seats.set(account, seat);
    this.#tellOpen(account, true);
    return {
      publish: (modSeq: ModSeq) => {
        if (seat.shared) this.#send({ kind: 'shown', account, modSeq });
      },
      [Symbol.dispose]: () => {
        if (this.#seats.get(account) !== seat) return;
        this.#seats.delete(account);
        this.#tellOpen(account, false);
      },
    };
  }

  #tellOpen(account: AccountId, open: boolean): void {
    if (!this.#alone) this.#send({ kind: 'open', account, open });
  }

  /** What came for this worker. */
  heard(message: Notice | Conclusion): void {
    switch (message.kind) {
      case 'shown':
        this.#seats.get(message.account)?.member.heard(message.modSeq);
        break;
      case 'shared': {
        const seat = this.#seats.get(message.account);
        if (seat !== undefined) seat.shared = message.shared;
        break;
      }
      case 'login failed':
        this.#failedLogin(message.network);
        break;
      case 'counts':
        this[message.tally].heard(message.counts);
        break;
    }
  }

  #countSoon(): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      for (const tally of tallies) this.#tell(tally);
    }, countsMs).unref();
  }

  #tell(tally: TallyName): void {
    const counts = this[tally].changes();
    if (counts.length > 0) this.#send({ kind: 'counts', tally, counts });
  }
}
