import type { EntryRow } from './columns.ts';
import type { MarkRun, Marks } from './marks.ts';
import { Overlay } from './overlay.ts';
import type { Step } from './step.ts';

/** What steps did to messages. */
class Done {
  readonly marks = new Overlay();
  readonly added = new Map<number, EntryRow[]>();
  readonly gone = new Map<number, Set<number>>();
  /** Mailboxes with changes that are in their rows alone. */
  readonly settled = new Set<number>();

  take(step: Step): void {
    this.marks.add(step);
    for (const { key, added, expunged, settled } of step.events) {
      if (settled) this.settled.add(key);
      const rows = of(this.added, key, () => []);
      for (const row of added) rows.push(row);
      const gone = of(this.gone, key, () => new Set());
      for (const uid of expunged) gone.add(uid);
    }
  }
}

/**
 * What a transaction has done so far to messages, and what it found done by other processes: none of it is published.
 * Most transactions never ask, so steps are only kept until somebody does.
 */
export class Pending {
  #steps: Step[] = [];
  #done: Done | undefined;

  add(step: Step): void {
    if (step.events.length > 0) this.#steps.push(step);
  }

  /** Whether nothing is told here of the messages of a mailbox. */
  isSilentOn(key: number): boolean {
    return this.#read()?.added.has(key) !== true;
  }

  /** Whether what is published and what is told here make up a mailbox's entries; otherwise its rows have to be read. */
  knows(key: number): boolean {
    return this.#read()?.settled.has(key) !== true;
  }

  marks(key: number): Marks | undefined {
    return this.#read()?.marks.get(key);
  }

  mark(key: number, uid: number): MarkRun | undefined {
    return this.marks(key)?.get(uid);
  }

  /** Entries that came into a mailbox, ascending, with the flags they came with. */
  added(key: number): readonly EntryRow[] {
    return this.#read()?.added.get(key) ?? [];
  }

  /** UIDs that went. */
  gone(key: number): ReadonlySet<number> | undefined {
    return this.#read()?.gone.get(key);
  }

  /** Undefined when nothing was done. */
  #read(): Done | undefined {
    if (this.#steps.length === 0) return this.#done;
    this.#done ??= new Done();
    for (const step of this.#steps) this.#done.take(step);
    this.#steps = [];
    return this.#done;
  }
}

function of<T>(map: Map<number, T>, key: number, make: () => T): T {
  let found = map.get(key);
  if (found === undefined) map.set(key, (found = make()));
  return found;
}
