import type { Uid } from '../model/ids.ts';
import { NumberSet } from '../model/number-set.ts';

/** What to tell of a message: its flags, or only that our own silent change moved its mod-sequence. */
export type Telling = 'flags' | 'modseq';

/** What a client is to be told; messages that are gone may be among them. */
export interface Changes {
  /** Of these messages flags. */
  readonly flags: NumberSet<Uid>;
  /** Of these, none of which is in `flags`, that their mod-sequence moved. */
  readonly modSeqs: NumberSet<Uid>;
}

/** What every empty queue holds: most clients sit in IDLE, and an empty map of each one's own costs 200 bytes. Never written to. */
const nothing = new Map<Uid, Telling>();

/** The flag changes that one client has to be told of; bounded, since a client may be silent for long. */
export class ChangeQueue {
  readonly #max: number;
  #changed = nothing;
  /** More changed than the queue holds: the columns know which. */
  #overflow = false;
  /** Messages whose flags are told whether or not they changed. */
  #marked: NumberSet<Uid> = NumberSet.empty;

  constructor(queuedChangesMax: number) {
    this.#max = queuedChangesMax;
  }

  get isEmpty(): boolean {
    return this.#changed.size === 0 && !this.#overflow && this.#marked.isEmpty;
  }

  /** Queues the messages of an ascending list whose UIDs are below a bound. */
  add(uids: readonly Uid[], what: Telling, below: number): void {
    if (this.#overflow || uids.length === 0) return;
    if (this.#changed === nothing) this.#changed = new Map();
    for (const uid of uids) {
      if (uid >= below) break;
      if (what === 'flags' || this.#changed.get(uid) !== 'flags') this.#changed.set(uid, what);
    }
    if (this.#changed.size > this.#max) {
      this.#overflow = true;
      this.#changed = nothing;
    }
  }

  mark(uids: NumberSet<Uid>): void {
    this.#marked = this.#marked.union(uids);
  }

  has(uid: Uid): boolean {
    return this.#changed.has(uid);
  }

  forget(uid: Uid): void {
    this.#changed.delete(uid);
  }

  /** Empties the queue. `changedSinceTold`: messages that changed since the last time all was told, which are asked for after an overflow. */
  take(changedSinceTold: () => Iterable<Uid>): Changes {
    const told = this.#overflow ? changedSinceTold() : this.#queued('flags');
    const flags = NumberSet.of(told).union(this.#marked);
    const modSeqs = NumberSet.of(this.#queued('modseq')).subtract(flags);
    this.#changed = nothing;
    this.#overflow = false;
    this.#marked = NumberSet.empty;
    return { flags, modSeqs };
  }

  /** Takes what was marked, and leaves the rest. */
  takeMarked(): Changes {
    const flags = this.#marked;
    this.#marked = NumberSet.empty;
    for (const uid of this.#changed.keys()) if (flags.has(uid)) this.#changed.delete(uid);
    return { flags, modSeqs: NumberSet.empty };
  }

  #queued(what: Telling): Uid[] {
    const uids: Uid[] = [];
    for (const [uid, telling] of this.#changed) if (telling === what) uids.push(uid);
    return uids;
  }
}
