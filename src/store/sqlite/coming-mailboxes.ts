import type { MailboxId } from '../../model/ids.ts';
import type { MailboxName } from '../../model/mailbox-name.ts';
import type { MailboxRow, MailboxState } from './mailbox-state.ts';
import type { Step } from './step.ts';

/** What a write knows of the others. */
type Changed = Pick<Step, 'puts' | 'removed'>;

/**
 * The mailboxes of an account as a transaction will leave them: what is published, with what its steps changed on top.
 * There may be tens of thousands, so what names one looks at those that changed and not at all of them.
 */
export class ComingMailboxes {
  readonly #state: Pick<MailboxState, 'rows' | 'byName' | 'byId'>;
  readonly #newestFirst: () => Iterable<Changed>;

  constructor(
    state: Pick<MailboxState, 'rows' | 'byName' | 'byId'>,
    newestFirst: () => Iterable<Changed>,
  ) {
    this.#state = state;
    this.#newestFirst = newestFirst;
  }

  get(key: number): MailboxRow | undefined {
    for (const { puts, removed } of this.#newestFirst()) {
      if (removed.has(key)) return undefined;
      const row = puts.get(key);
      if (row !== undefined) return row;
    }
    return this.#state.rows.get(key);
  }

  byName(name: MailboxName): MailboxRow | undefined {
    const changed = this.#changed();
    for (const row of changed.values()) if (row?.mailbox.name === name) return row;
    const row = this.#state.byName(name);
    return row !== undefined && changed.has(row.key) ? undefined : row;
  }

  byId(id: MailboxId): MailboxRow | undefined {
    const published = this.#state.byId(id);
    if (published !== undefined) return this.get(published.key);
    for (const row of this.#changed().values()) if (row?.mailbox.id === id) return row;
    return undefined;
  }

  /** How many there are. */
  get count(): number {
    const { rows } = this.#state;
    let count = rows.size;
    for (const [key, row] of this.#changed())
      count += Number(row !== undefined) - Number(rows.has(key));
    return count;
  }

  /** All of them, in no order. */
  *all(): Generator<MailboxRow, void, undefined> {
    const changed = this.#changed();
    for (const [key, row] of this.#state.rows) if (!changed.has(key)) yield row;
    for (const row of changed.values()) if (row !== undefined) yield row;
  }

  /** Those that changed, as they are now; undefined those that are gone. */
  #changed(): Map<number, MailboxRow | undefined> {
    const changed = new Map<number, MailboxRow | undefined>();
    for (const { puts, removed } of this.#newestFirst()) {
      for (const key of removed) if (!changed.has(key)) changed.set(key, undefined);
      for (const [key, row] of puts) if (!changed.has(key)) changed.set(key, row);
    }
    return changed;
  }
}
