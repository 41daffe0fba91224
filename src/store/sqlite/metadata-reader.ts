import type { MailboxId } from '../../model/ids.ts';
import { type EntryName, foldedEntry, isPrivate } from '../../model/metadata.ts';
import type { MetadataEntry, MetadataQuery } from '../metadata.ts';
import { StoreError } from '../store-error.ts';
import { storeError } from './database.ts';
import type { Reader } from './reader.ts';
import type { MailboxState } from './mailbox-state.ts';
import { prepare, type Statement } from './statement.ts';

interface ReaderHost {
  readonly reader: Reader;
  readonly state: MailboxState;
  /** Publishes what other processes have committed so far. */
  catchUp(): Promise<void>;
}

type Row = readonly [
  folded: string,
  modSeq: number,
  name: EntryName,
  size: number,
  value: Uint8Array | null,
];

interface Read {
  /** Undefined for the account itself. */
  readonly id: MailboxId | undefined;
  readonly who: string;
}

interface Of {
  readonly id: MailboxId | undefined;
  readonly user: string;
}

/** Reads metadata as it is published, through the reading connection. */
export class MetadataReader {
  readonly #host: ReaderHost;
  readonly #statements: Record<'entry' | 'below', Statement>;

  constructor(host: ReaderHost) {
    this.#host = host;
    // Both with the row that tells of removals: what was removed is no longer there to tell when.
    this.#statements = {
      entry: prepare(
        host.reader,
        "SELECT folded, modseq, name, length(value), CASE WHEN length(value) <= ? THEN value END FROM metadata WHERE mailbox = ? AND user = ? AND folded IN ('', ?) ORDER BY folded",
      ).raw(),
      below: prepare(
        host.reader,
        "SELECT folded, CASE folded WHEN '' THEN modseq ELSE 0 END FROM metadata WHERE mailbox = ? AND user = ? AND (folded = '' OR (folded > ? AND folded < ?)) ORDER BY folded",
      ).raw(),
    };
  }

  /** See `Account.metadata`; `who`: whose private entries are meant, where he is not the owner, else empty. */
  async *read(
    { id, who }: Read,
    { entries, depth = 0, bytesMax = Infinity, signal }: MetadataQuery,
  ): AsyncGenerator<MetadataEntry, void, undefined> {
    const sizeMax = Math.min(bytesMax, Number.MAX_SAFE_INTEGER);
    const seen = new Set<string>();
    for (const asked of entries) {
      const above = foldedEntry(asked);
      const user = isPrivate(asked) ? who : '';
      const of = { id, user };
      for (const folded of depth === 0 ? [above] : await this.#below(of, above, depth)) {
        if (seen.has(folded)) continue;
        seen.add(folded);
        signal?.throwIfAborted();
        const { entry } = this.#statements;
        const rows = await this.#published(
          id,
          (key) => entry.all(sizeMax, key, user, folded) as Row[],
        );
        const row = rows.at(-1);
        if (row === undefined || row[0] === '') continue;
        const [, , name, size, value] = row;
        yield { name, size, value: value ?? undefined };
      }
    }
  }

  /** A name and those below it, as many levels as asked for. */
  async #below({ id, user }: Of, above: string, depth: number): Promise<string[]> {
    const from = `${above}/`;
    const { below } = this.#statements;
    // `0` follows the slash.
    const rows = await this.#published(
      id,
      (key) => below.all(key, user, from, `${above}0`) as [folded: string, modSeq: number][],
    );
    const names = rows.map(([folded]) => folded);
    const levels = (folded: string): number => folded.slice(from.length).split('/').length;
    return [above, ...names.filter((folded) => folded !== '' && levels(folded) <= depth)];
  }

  /** Reads rows, and reads again where another process has written what is not published here. */
  async #published<T extends readonly [folded: string, modSeq: number, ...rest: unknown[]]>(
    id: MailboxId | undefined,
    read: (key: number) => readonly T[],
  ): Promise<readonly T[]> {
    for (;;) {
      const { state } = this.#host;
      const key = id === undefined ? 0 : state.byId(id)?.key;
      if (key === undefined) throw new StoreError('mailbox-not-found', 'there is no such mailbox');
      try {
        const rows = this.#host.reader.atOnce(() => read(key));
        if (rows.every(([, modSeq]) => modSeq <= state.modSeq)) return rows;
      } catch (error) {
        throw storeError(error);
      }
      await this.#host.catchUp();
    }
  }
}
