import type { Uid } from '../model/ids.ts';
import { NumberSet } from '../model/number-set.ts';

/** What to tell of a message: its flags, or only that our own silent change moved its mod-sequence. */
export type Telling = 'flags' | 'modseq';

export interface Change {
  readonly uid: Uid;
  readonly what: Telling;
}

/** Where the queue finds what it does not hold itself. */
export interface ChangeSource {
  /** Messages that changed since the last time all was told, ascending: after an overflow. */
  changedSinceTold(): Uid[];
  /** Those of these messages that the client knows, ascending. */
  living(uids: NumberSet<Uid>): Uid[];
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

  /** Empties the queue; what was in it, ascending. `marked`: of those alone, and the others stay. */
  take(what: 'all' | 'marked', source: ChangeSource): Iterable<Change> {
    if (what === 'marked') return this.#takeMarked(source);
    const changed = this.#changed;
    const queued = this.#overflow
      ? source.changedSinceTold()
      : [...changed.keys()].sort((a, b) => a - b);
    const marked = this.#marked;
    this.#changed = nothing;
    this.#overflow = false;
    this.#marked = NumberSet.empty;
    if (marked.isEmpty) return withTelling(queued, (uid) => changed.get(uid) ?? 'flags');
    const living = source.living(marked);
    const all = queued.length === 0 ? living : NumberSet.of(queued).union(NumberSet.of(living));
    return withTelling(Array.isArray(all) ? all : all.values(), (uid) =>
      marked.has(uid) ? 'flags' : (changed.get(uid) ?? 'flags'),
    );
  }

  #takeMarked(source: ChangeSource): Iterable<Change> {
    const living = source.living(this.#marked);
    this.#marked = NumberSet.empty;
    for (const uid of living) this.#changed.delete(uid);
    return withTelling(living, () => 'flags');
  }
}

function* withTelling(uids: Iterable<Uid>, what: (uid: Uid) => Telling): Generator<Change> {
  for (const uid of uids) yield { uid, what: what(uid) };
}
