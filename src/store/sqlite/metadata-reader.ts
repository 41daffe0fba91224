import type { MailboxId } from '../../model/ids.ts';
import { type EntryName, foldedEntry } from '../../model/metadata.ts';
import type { MetadataEntry, MetadataQuery } from '../metadata.ts';
import { StoreError } from '../store-error.ts';
import { type Connection, storeError } from './database.ts';
import type { MailboxState } from './mailbox-state.ts';
import { prepare, type Statement } from './statement.ts';

interface ReaderHost {
  readonly reader: Connection;
  readonly state: MailboxState;
  /** Publishes what other processes have committed so far. */
  catchUp(): Promise<void>;
}

type Row = readonly [name: EntryName, modSeq: number, size: number, value: Uint8Array | null];

/** Reads metadata as it is published, through the reading connection. */
export class MetadataReader {
  readonly #host: ReaderHost;
  readonly #statements: Record<'entry' | 'below', Statement>;

  constructor(host: ReaderHost) {
    this.#host = host;
    this.#statements = {
      entry: prepare(
        host.reader,
        'SELECT name, modseq, length(value), CASE WHEN length(value) <= ? THEN value END FROM metadata WHERE mailbox = ? AND folded = ?',
      ).raw(),
      below: prepare(
        host.reader,
        'SELECT folded FROM metadata WHERE mailbox = ? AND folded > ? AND folded < ? ORDER BY folded',
      ).pluck(),
    };
  }

  /** See `Account.metadata`. */
  async *read(
    id: MailboxId | undefined,
    { entries, depth = 0, bytesMax = Infinity, signal }: MetadataQuery,
  ): AsyncGenerator<MetadataEntry, void, undefined> {
    const seen = new Set<string>();
    for (const name of entries) {
      const above = foldedEntry(name);
      for (const folded of depth === 0 ? [above] : await this.#below(id, above, depth)) {
        if (seen.has(folded)) continue;
        seen.add(folded);
        signal?.throwIfAborted();
        const row = await this.#entry(id, folded, Math.min(bytesMax, Number.MAX_SAFE_INTEGER));
        if (row === undefined) continue;
        yield { name: row[0], size: row[2], value: row[3] ?? undefined };
      }
    }
  }

  async #entry(
    id: MailboxId | undefined,
    folded: string,
    bytesMax: number,
  ): Promise<Row | undefined> {
    return await this.#published(
      id,
      (key) => this.#statements.entry.get(bytesMax, key, folded) as Row | undefined,
      (row) => row?.[1] ?? 0,
    );
  }

  /** A name and those below it, as many levels as asked for. */
  async #below(id: MailboxId | undefined, above: string, depth: number): Promise<string[]> {
    const from = `${above}/`;
    const names = await this.#published(
      id,
      // `0` follows the slash.
      (key) => this.#statements.below.all(key, from, `${above}0`) as string[],
      () => 0,
    );
    const levels = (folded: string): number => folded.slice(from.length).split('/').length;
    return [above, ...names.filter((folded) => levels(folded) <= depth)];
  }

  /** Reads, and reads again where another process has written what is not published here. */
  async #published<T>(
    id: MailboxId | undefined,
    read: (key: number) => T,
    modSeqOf: (found: T) => number,
  ): Promise<T> {
    for (;;) {
      const { state } = this.#host;
      const key = id === undefined ? 0 : state.byId(id)?.key;
      if (key === undefined) throw new StoreError('mailbox-not-found', 'there is no such mailbox');
      try {
        const found = read(key);
        // What was removed is no longer there to tell when.
        const removed = this.#statements.entry.get(0, key, '') as Row | undefined;
        if (Math.max(modSeqOf(found), removed?.[1] ?? 0) <= state.modSeq) return found;
      } catch (error) {
        throw storeError(error);
      }
      await this.#host.catchUp();
    }
  }
}
