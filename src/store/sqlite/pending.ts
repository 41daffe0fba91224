import type { EntryRow } from './columns.ts';
import type { MarkRun, Marks } from './marks.ts';
import { Overlay } from './overlay.ts';
import type { Step } from './step.ts';

/**
 * What a transaction has done so far to messages, and what it found done by other processes: none of it is published.
 * Most transactions never ask, so steps are only kept until somebody does.
 */
export class Pending {
  #steps: Step[] = [];
  readonly #marks = new Overlay();
  readonly #added = new Map<number, EntryRow[]>();
  readonly #gone = new Map<number, Set<number>>();
  /** Mailboxes with changes that are in their rows alone. */
  readonly #settled = new Set<number>();

  add(step: Step): void {
    if (step.events.length > 0) this.#steps.push(step);
  }

  /** Whether nothing is told here of the messages of a mailbox. */
  isSilentOn(key: number): boolean {
    if (this.#steps.length === 0 && this.#added.size === 0) return true;
    this.#read();
    return !this.#added.has(key);
  }

  /** Whether what is published and what is told here make up a mailbox's entries; otherwise its rows have to be read. */
  knows(key: number): boolean {
    this.#read();
    return !this.#settled.has(key);
  }

  marks(key: number): Marks | undefined {
    this.#read();
    return this.#marks.get(key);
  }

  mark(key: number, uid: number): MarkRun | undefined {
    return this.marks(key)?.get(uid);
  }

  /** Entries that came into a mailbox, ascending, with the flags they came with. */
  added(key: number): readonly EntryRow[] {
    this.#read();
    return this.#added.get(key) ?? [];
  }

  /** UIDs that went. */
  gone(key: number): ReadonlySet<number> | undefined {
    this.#read();
    return this.#gone.get(key);
  }

  #read(): void {
    const steps = this.#steps;
    if (steps.length === 0) return;
    this.#steps = [];
    for (const step of steps) {
      this.#marks.add(step);
      for (const { key, added, expunged, settled } of step.events) {
        if (settled) this.#settled.add(key);
        const rows = of(this.#added, key, () => []);
        for (const row of added) rows.push(row);
        const gone = of(this.#gone, key, () => new Set());
        for (const uid of expunged) gone.add(uid);
      }
    }
  }
}

function of<T>(map: Map<number, T>, key: number, make: () => T): T {
  let found = map.get(key);
  if (found === undefined) map.set(key, (found = make()));
  return found;
}
