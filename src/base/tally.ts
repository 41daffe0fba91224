/**
 * Counts by name, of this process and of its neighbours together: for limits that hold for all of them. What is
 * counted elsewhere comes a little late, so a limit may be passed by those who come in the same instant.
 */
export class Tally {
  readonly #own = new Map<string, number>();
  readonly #elsewhere = new Map<string, number>();
  #changed: Set<string> | undefined;
  #onChange: () => void = () => undefined;

  /** How many there are, here and elsewhere. */
  count(name: string): number {
    return (this.#own.get(name) ?? 0) + (this.#elsewhere.get(name) ?? 0);
  }

  enter(name: string): void {
    this.#set(name, (this.#own.get(name) ?? 0) + 1);
  }

  leave(name: string): void {
    this.#set(name, Math.max(0, (this.#own.get(name) ?? 0) - 1));
  }

  /** From now on changes are remembered for `changes`; `onChange` is called at each. */
  share(onChange: () => void): void {
    this.#changed = new Set();
    this.#onChange = onChange;
  }

  /** Our own counts that differ from when this was last asked. */
  changes(): [name: string, count: number][] {
    const changed = [...(this.#changed ?? [])];
    this.#changed?.clear();
    return changed.map((name) => [name, this.#own.get(name) ?? 0]);
  }

  /** What all neighbours have together. */
  heard(counts: readonly (readonly [name: string, count: number])[]): void {
    for (const [name, count] of counts) {
      if (count > 0) this.#elsewhere.set(name, count);
      else this.#elsewhere.delete(name);
    }
  }

  #set(name: string, count: number): void {
    if (count > 0) this.#own.set(name, count);
    else this.#own.delete(name);
    if (this.#changed === undefined) return;
    this.#changed.add(name);
    this.#onChange();
  }
}
