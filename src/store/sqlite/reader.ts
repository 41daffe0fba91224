import {
  busy,
  connect,
  type Connection,
  connectToKeep,
  holdSql,
  openExisting,
  shrinkSql,
  whenFree,
} from './database.ts';
import { mailSchema } from './schema.ts';
import { hold, letGo, SealedFile } from './sealed-file.ts';
import { type Connected, forgetStatements, prepare, type Preparer } from './statement.ts';

/**
 * The connection that an account is read through. While nobody writes, what is read at once needs none: the database is one file then,
 * and is looked into as such. The connection itself is opened by the first write, or by whoever reads more than that.
 */
export class Reader implements Connected {
  /** The path of the database. */
  readonly name: string;
  #own: Connection | undefined;
  #sealed: SealedFile | undefined;
  /** What statements run on now is the sealed file. */
  #isLooking = false;
  #isClosed = false;
  #isPinned = false;
  /** Somebody may read: only then it is opened to be held on what is published. */
  isWanted: boolean;
  /** It was not open to be held, and is not opened before what was committed is published. */
  #isWaiting = false;
  readonly #begin = prepare(this, 'BEGIN');
  readonly #hold = prepare(this, holdSql);
  readonly #end = prepare(this, 'COMMIT');

  /** `mayBeSealed`: whether no connection of this process may be about to close or to be opened. */
  constructor(
    path: string,
    {
      mayBeSealed,
      isWanted = true,
    }: { readonly mayBeSealed: boolean; readonly isWanted?: boolean },
  ) {
    this.name = path;
    this.isWanted = isWanted;
    this.#sealed = mayBeSealed ? SealedFile.of(path) : undefined;
  }

  /** Opens it where it is not; throws what SQLite says, SQLITE_BUSY among it. */
  get connection(): Preparer {
    return this.#isLooking ? this.#sealed!.connection : this.open();
  }

  open(): Connection {
    this.#mustBePublished();
    return this.#opened(() => connect(this.name, { readonly: true }));
  }

  /** Sees to it that it is the last one to close. Nothing will be read any more. */
  keep(): void {
    this.#opened(() => connectToKeep(this.name));
  }

  #opened(open: () => Connection): Connection {
    if (this.#own !== undefined) return this.#own;
    if (this.#isClosed) throw new Error(`${this.name} is closed`);
    this.unseal();
    hold(this.name);
    try {
      return (this.#own = open());
    } catch (error) {
      letGo(this.name);
      throw error;
    }
  }

  /** Opens it when the account is opened: looks at what it is, and migrates what is older. */
  async begin(): Promise<void> {
    this.unseal();
    hold(this.name);
    try {
      this.#own = await openExisting(this.name, mailSchema, { readonly: true });
    } catch (error) {
      letGo(this.name);
      throw error;
    }
  }

  /** To be awaited by whoever reads not at once: then no other process is in the way. */
  ready(): Promise<void> | undefined {
    return this.isOpen || this.#isClosed ? undefined : whenFree(() => void this.open());
  }

  /** To be awaited by whoever comes to read; from now on it is held. */
  wanted(): Promise<void> | undefined {
    this.isWanted = true;
    return this.#isWaiting ? whenFree(() => this.#mustBePublished()) : undefined;
  }

  #mustBePublished(): void {
    if (this.#isWaiting) throw busy(`what was written to ${this.name} is not on the disk yet`);
  }

  /** Whether who reads must wait: `ready` does. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  get isOpen(): boolean {
    return this.#own !== undefined;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether nobody had written to it when it was looked at last. */
  get isSealed(): boolean {
    return this.#sealed !== undefined;
  }

  /** Sealed, and nobody has written since. */
  get isWhole(): boolean {
    return this.#sealed?.isWhole === true;
  }

  /** Somebody is going to write, or has. */
  unseal(): void {
    this.#sealed?.close();
    this.#sealed = undefined;
  }

  get inTransaction(): boolean {
    return this.#own?.inTransaction === true;
  }

  /** Holds it on the state that there is now: what is committed next is not to be seen before `unpin`. */
  pin(): void {
    if (this.#isPinned || this.#isWaiting) return;
    if (!this.isOpen && !this.isWanted) {
      this.#isWaiting = true;
      return;
    }
    this.open();
    this.#begin.run();
    this.#isPinned = true;
    this.#hold.get();
  }

  unpin(): void {
    this.#isWaiting = false;
    if (!this.#isPinned) return;
    this.#isPinned = false;
    if (this.inTransaction) this.#end.run();
  }

  /** Has several queries see one state of the database. What is done may be done twice, so it should only read. */
  atOnce<T>(action: () => T): T {
    if (this.#isLooking) return action();
    const looked = this.look(action);
    if (looked !== undefined) return looked.found;
    // Between a commit of rows and its publication the connection is held on what is published already.
    if (this.open().inTransaction) return action();
    this.#begin.run();
    try {
      return action();
    } finally {
      this.#end.run();
    }
  }

  /** Does it on the sealed file; undefined where there is none, or somebody has begun to write. */
  look<T>(action: () => T): { readonly found: T } | undefined {
    const sealed = this.#sealed;
    if (sealed === undefined) return undefined;
    this.#isLooking = true;
    try {
      const found = action();
      if (sealed.isWhole) return { found };
    } catch {
      // Read while somebody wrote, or nothing that this SQLite knows: the usual way will tell.
    } finally {
      this.#isLooking = false;
    }
    this.unseal();
    return undefined;
  }

  /** What it holds to be quick is given back. */
  shrink(): void {
    this.#sealed?.close();
    this.#own?.exec(shrinkSql);
  }

  forgetStatements(): void {
    if (this.#own !== undefined) forgetStatements(this.#own);
  }

  close(): void {
    this.#isClosed = true;
    this.unseal();
    if (this.#own === undefined) return;
    this.#own.close();
    this.#own = undefined;
    letGo(this.name);
  }
}
