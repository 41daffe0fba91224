import { availableParallelism } from 'node:os';

/**
 * How long the loop asks again and again, in milliseconds, before it sleeps until something comes. Falling asleep and being
 * woken takes a processor 50 µs, and more where it is a virtual one: a client on this machine has answered by then.
 */
const clientsTurnMs = 0.15;
/** The same while a command waits: a quick disk has synced by then. */
const ourTurnMs = 0.4;
/** From when on a command is no quick one, whatever it does: also where turns are slow because others have the processors. */
const commandMs = 2;
/** Who sends so much at a time has not answered but goes on, and other threads digest it. */
const bulkBytes = 16 * 1024;
/** A turn of the loop that took less had nothing to do. */
const emptyTurnMs = 0.015;

/**
 * Keeps the loop awake for a client that answers at once, as programs on the same machine do: webmail, a migration. Only for one
 * whose last answer was quick, and for nobody while several are at work: then there is always something to do, and other
 * threads need the processors. So a client that is far away never has it, and one that stops costs it once
 * (docs/decisions/0029-busy-poll.md).
 */
export class BusyPoll {
  /** With one processor it would be taken from those who are waited for. */
  readonly #allowed: boolean;
  readonly #now: () => number;
  /** Whose turn it is, if a client's. */
  #client: object | undefined;
  /** Whose last answer was quick. */
  #quick: object | undefined;
  /** When the turn began, and when something was done last, in `performance.now()`. */
  #since = 0;
  #last = 0;
  #awake = false;
  /** When the loop was here last while it is awake. */
  #turned = 0;
  #idleMs = 0;

  constructor({ processors = availableParallelism(), now = () => performance.now() } = {}) {
    this.#allowed = processors > 1;
    this.#now = now;
  }

  /** How long the loop was awake in all with nothing to do, in milliseconds: it counts as busy then, and is not. */
  get idleMs(): number {
    return this.#idleMs;
  }

  /** It is a client's turn. */
  waiting(client: object): void {
    this.#client = client;
    this.#since = this.#now();
    if (client === this.#quick) this.#stayAwake();
  }

  /** A client has sent so many bytes. */
  received(client: object, bytes: number): void {
    const now = this.#now();
    const isQuick =
      client === this.#client && now - this.#since < clientsTurnMs && bytes < bulkBytes;
    this.#quick = isQuick && this.#allowed ? client : undefined;
    this.#client = undefined;
    this.#since = this.#last = now;
    if (this.#quick !== undefined) this.#stayAwake();
  }

  #stayAwake(): void {
    if (this.#awake) return;
    this.#awake = true;
    this.#turned = this.#now();
    setImmediate(this.#turn);
  }

  /** A turn of the loop does not sleep when the next has something to do. */
  readonly #turn = (): void => {
    const now = this.#now();
    if (now - this.#turned < emptyTurnMs) this.#idleMs += now - this.#turned;
    else this.#last = now;
    this.#turned = now;
    this.#awake = this.#quick !== undefined && this.#isEarly(now);
    if (this.#awake) setImmediate(this.#turn);
  };

  #isEarly(now: number): boolean {
    if (this.#client !== undefined) return now - this.#since < clientsTurnMs;
    return now - this.#last < ourTurnMs && now - this.#since < commandMs;
  }
}
