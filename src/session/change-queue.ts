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

/** Messages that changed together are kept as ranges where those are at least so long on average, and otherwise one by one. */
const rangeLeast = 16;

/** What every empty queue holds: most clients sit in IDLE, and an empty map of each one's own costs 200 bytes. Never written to. */
const nothing = new Map<Uid, Telling>();
const noRanges: Readonly<Record<Telling, NumberSet<Uid>>> = {
  flags: NumberSet.empty,
  modseq: NumberSet.empty,
};

/** The flag changes that one client has to be told of; bounded, since a client may be silent for long. */
export class ChangeQueue {
  readonly #max: number;
  /** Single messages. */
  #changed = nothing;
  /** Whole ranges of them. */
  #ranges = noRanges;
  /** More changed than the queue holds: the columns know which. */
  #overflow = false;
  /** Messages whose flags are told whether or not they changed. */
  #marked: NumberSet<Uid> = NumberSet.empty;

  constructor(queuedChangesMax: number) {
    this.#max = queuedChangesMax;
  }

  get isEmpty(): boolean {
    const nothingElse = this.#ranges === noRanges && !this.#overflow && this.#marked.isEmpty;
    return this.#changed.size === 0 && nothingElse;
  }

  /** Queues those of these messages whose UIDs are below a bound. */
  add(uids: NumberSet<Uid>, what: Telling, below: number): void {
    if (this.#overflow || uids.isEmpty) return;
    if (uids.count >= rangeLeast * uids.ranges.length) this.#addRanges(uids, what, below);
    else this.#addEach(uids, what, below);
    const { flags, modseq } = this.#ranges;
    if (this.#changed.size + flags.count + modseq.count <= this.#max) return;
    this.#overflow = true;
    this.#changed = nothing;
    this.#ranges = noRanges;
  }

  #addRanges(uids: NumberSet<Uid>, what: Telling, below: number): void {
    const known = NumberSet.ofRanges([{ first: 1 as Uid, last: (below - 1) as Uid }]);
    const told = uids.max! < below ? uids : uids.intersect(known);
    if (!told.isEmpty) this.#setRanges(what, this.#ranges[what].union(told));
  }

  #addEach(uids: NumberSet<Uid>, what: Telling, below: number): void {
    for (const uid of uids.values()) {
      if (uid >= below) return;
      if (this.#changed === nothing) this.#changed = new Map();
      if (what === 'flags' || this.#changed.get(uid) !== 'flags') this.#changed.set(uid, what);
    }
  }

  #setRanges(what: Telling, uids: NumberSet<Uid>): void {
    const ranges = { ...this.#ranges, [what]: uids };
    this.#ranges = ranges.flags.isEmpty && ranges.modseq.isEmpty ? noRanges : ranges;
  }

  mark(uids: NumberSet<Uid>): void {
    this.#marked = this.#marked.union(uids);
  }

  has(uid: Uid): boolean {
    const { flags, modseq } = this.#ranges;
    return this.#changed.has(uid) || flags.has(uid) || modseq.has(uid);
  }

  forget(uid: Uid): void {
    this.#changed.delete(uid);
    if (this.#ranges !== noRanges) this.#forgetRanges(NumberSet.of([uid]));
  }

  #forgetRanges(uids: NumberSet<Uid>): void {
    this.#setRanges('flags', this.#ranges.flags.subtract(uids));
    this.#setRanges('modseq', this.#ranges.modseq.subtract(uids));
  }

  /** Empties the queue. `changedSinceTold`: messages that changed since the last time all was told, which are asked for after an overflow. */
  take(changedSinceTold: () => NumberSet<Uid>): Changes {
    const told = this.#overflow ? changedSinceTold() : this.#queued('flags');
    const flags = told.union(this.#marked);
    const modSeqs = this.#queued('modseq').subtract(flags);
    this.#changed = nothing;
    this.#ranges = noRanges;
    this.#overflow = false;
    this.#marked = NumberSet.empty;
    return { flags, modSeqs };
  }

  /** Takes what was marked, and leaves the rest. */
  takeMarked(): Changes {
    const flags = this.#marked;
    this.#marked = NumberSet.empty;
    for (const uid of this.#changed.keys()) if (flags.has(uid)) this.#changed.delete(uid);
    if (this.#ranges !== noRanges) this.#forgetRanges(flags);
    return { flags, modSeqs: NumberSet.empty };
  }

  #queued(what: Telling): NumberSet<Uid> {
    const ranges = this.#ranges[what];
    if (this.#changed.size === 0) return ranges;
    const uids: Uid[] = [];
    for (const [uid, telling] of this.#changed) if (telling === what) uids.push(uid);
    return NumberSet.of(uids).union(ranges);
  }
}
