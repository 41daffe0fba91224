import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Reader } from './reader.ts';
import { prepare, type Statement } from './statement.ts';

/** Messages of a mailbox that a write changed, or brought, and those it removed. */
export interface Touched {
  readonly modSeq: number;
  readonly key: number;
  /** UIDs, ascending. */
  readonly changed: readonly number[];
  readonly gone: readonly number[];
}

/** Rows looked at in one step: a millisecond or two. */
const pageRows = 2000;
/** How many are kept until they are told; where there are more, everything is looked at again. */
const keptMax = 50_000;

type Found = readonly [modSeq: number, key: number, uid: number, isGone: boolean];

/**
 * What was written before the oldest row of the log: entries, and those that are gone, have their mod-sequences, but in
 * no order that helps. Every row is looked at, the earliest are kept and told, and so on until all are told.
 */
export class OldChanges {
  readonly #entries: Statement;
  readonly #vanished: Statement;

  constructor(reader: Reader) {
    this.#entries = prepare(
      reader,
      `SELECT mailbox, uid, modseq FROM entry WHERE (mailbox, uid) > (?, ?) ORDER BY mailbox, uid LIMIT ${pageRows}`,
    ).raw();
    this.#vanished = prepare(
      reader,
      `SELECT mailbox, modseq, uid FROM vanished WHERE (mailbox, modseq, uid) > (?, ?, ?) ORDER BY mailbox, modseq, uid LIMIT ${pageRows}`,
    ).raw();
  }

  /** Messages whose last write is above `since` and not above `upTo`, by mod-sequence, mailbox and UID. */
  async *read(since: number, upTo: number): AsyncGenerator<Touched, void, undefined> {
    for (let from = since; from < upTo;) {
      const earliest = new Earliest();
      for await (const found of this.#all())
        if (found[0] > from && found[0] <= upTo) earliest.add(found);
      const { end, found } = earliest.take();
      yield* grouped(found);
      if (end === undefined) return;
      from = end;
    }
  }

  async *#all(): AsyncGenerator<Found, void, undefined> {
    for (let position: readonly [number, number] = [0, 0]; ;) {
      const rows = this.#entries.all(...position) as [number, number, number][];
      for (const [key, uid, modSeq] of rows) yield [modSeq, key, uid, false];
      if (rows.length < pageRows) break;
      position = [rows.at(-1)![0], rows.at(-1)![1]];
      await nextTurn();
    }
    for (let position: readonly [number, number, number] = [0, 0, 0]; ;) {
      const rows = this.#vanished.all(...position) as [number, number, number][];
      for (const [key, modSeq, uid] of rows) yield [modSeq, key, uid, true];
      if (rows.length < pageRows) break;
      position = rows.at(-1)!;
      await nextTurn();
    }
  }
}

/** Keeps the earliest of what it is given: whole mod-sequences, some ten thousand messages. */
class Earliest {
  #found: Found[] = [];
  #room = 2 * keptMax;
  #end: number | undefined;

  add(found: Found): void {
    if (this.#end !== undefined && found[0] > this.#end) return;
    this.#found.push(found);
    if (this.#found.length >= this.#room) this.#cut();
  }

  /** Forgets the later half, unless it is all one write. */
  #cut(): void {
    this.#found.sort(order);
    const end = this.#found[keptMax]![0] - 1;
    if (end < this.#found[0]![0]) {
      this.#room *= 2;
      return;
    }
    this.#end = end;
    this.#found = this.#found.filter(([modSeq]) => modSeq <= end);
  }

  /** All up to `end` in order; everything there is when it is undefined. */
  take(): { readonly found: readonly Found[]; readonly end: number | undefined } {
    return { found: this.#found.sort(order), end: this.#end };
  }
}

function order(a: Found, b: Found): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

function* grouped(found: readonly Found[]): Generator<Touched, void, undefined> {
  for (let at = 0; at < found.length;) {
    const [modSeq, key] = found[at]!;
    const changed: number[] = [];
    const gone: number[] = [];
    for (; at < found.length && found[at]![0] === modSeq && found[at]![1] === key; at++)
      (found[at]![3] ? gone : changed).push(found[at]![2]);
    yield { modSeq, key, changed, gone };
  }
}
