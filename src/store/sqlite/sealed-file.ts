import { statSync } from 'node:fs';
import { SealedConnection } from './sealed-connection.ts';
import { forgetStatements } from './statement.ts';
import { WalFile } from './wal-file.ts';

/** What a file looks like from outside. */
interface Stamps {
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/**
 * A write leaves its mark on the file's stamps when the clock they are taken from has ticked since the last one: 10 ms at most where
 * stamps have fractions of a second, and a second or two where they have none.
 */
const [restedMs, restedCoarselyMs] = [100, 4000];
const second = 1_000_000_000n;

/** So many stay open, those used last: a quarter of a megabyte each. */
const openMax = 32;
const openFiles = new Set<SealedFile>();

/** How many connections that take locks this process has to a database, by its path. */
const held = new Map<string, number>();

/**
 * Somebody in this process is about to connect to a database in the usual way. Closing any descriptor of a file lets go of all
 * locks that a process has on it, so from now on no sealed one is open that would be closed later.
 */
export function hold(path: string): void {
  for (const file of openFiles) if (file.path === path) file.close();
  held.set(path, (held.get(path) ?? 0) + 1);
}

/** Such a connection is closed. */
export function letGo(path: string): void {
  const others = (held.get(path) ?? 1) - 1;
  if (others === 0) held.delete(path);
  else held.set(path, others);
}

/**
 * A database whose whole content is in its one file, as long as nobody has begun to write: every commit goes to the WAL first, so
 * it is whole while there is none, or an empty one, and its stamps are as they were. What was read is true if it is whole afterwards.
 * Reading it so takes a fifth of the time, and makes no files (docs/decisions/0025-sealed-accounts.md).
 */
export class SealedFile {
  readonly path: string;
  readonly #wal: WalFile;
  readonly #stamps: Stamps;
  #connection: SealedConnection | undefined;

  private constructor(path: string, wal: WalFile, stamps: Stamps) {
    this.path = path;
    this.#wal = wal;
    this.#stamps = stamps;
  }

  /** Undefined where it has a WAL, or was written to a moment ago. */
  static of(path: string): SealedFile | undefined {
    const wal = new WalFile(path);
    const stamps = stampsOf(path);
    if (stamps === undefined || held.has(path) || !wal.isEmpty) return undefined;
    const { mtimeNs, ctimeNs } = stamps;
    const isCoarse = mtimeNs % second === 0n && ctimeNs % second === 0n;
    const age = Date.now() - Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n);
    if (age < (isCoarse ? restedCoarselyMs : restedMs)) return undefined;
    return new SealedFile(path, wal, stamps);
  }

  /** Whether nobody has written to it, or begun to, since it was found. */
  get isWhole(): boolean {
    if (held.has(this.path) || !this.#wal.isEmpty) return false;
    const now = stampsOf(this.path);
    const { ino, size, mtimeNs, ctimeNs } = this.#stamps;
    return (
      now?.ino === ino && now.size === size && now.mtimeNs === mtimeNs && now.ctimeNs === ctimeNs
    );
  }

  /** To be used at once, and believed when it is whole afterwards. */
  get connection(): SealedConnection {
    openFiles.delete(this);
    const connection = (this.#connection ??= new SealedConnection(this.path));
    openFiles.add(this);
    const [oldest] = openFiles.size > openMax ? openFiles : [];
    oldest?.close();
    return connection;
  }

  /** Until it is used again. */
  close(): void {
    openFiles.delete(this);
    if (this.#connection === undefined) return;
    forgetStatements(this.#connection);
    this.#connection.close();
    this.#connection = undefined;
  }
}

function stampsOf(path: string): Stamps | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}
