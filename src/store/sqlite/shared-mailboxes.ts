import { statSync } from 'node:fs';
import type { Logger } from '../../base/logger.ts';
import type { AccountId } from '../../model/ids.ts';
import type { SharedMailbox } from '../directory.ts';
import type { Account, Mailbox } from '../store.ts';
import { StoreError } from '../store-error.ts';
import type { MailEngine } from './mail-engine.ts';
import { emptyBytesMax } from './wal-file.ts';

interface SharedMailboxesHost {
  /** The account where it is open in this process. */
  readonly opened: (id: AccountId) => Pick<MailEngine, 'glimpse' | 'state'> | undefined;
  /** Opens it for a moment, and leaves it as it was found. */
  readonly visit: <Result>(
    id: AccountId,
    use: (account: Account) => Promise<Result>,
  ) => Promise<Result>;
  /** Of its `mail.db`. */
  readonly path: (id: AccountId) => string;
  readonly now: () => number;
  readonly logger: Logger;
  /** In place of `keptMax`, for tests. */
  readonly keptMax?: number;
}

interface Known {
  /** Its files as they were before it was read. */
  readonly stamp: string;
  readonly mailboxes: readonly SharedMailbox[];
}

/**
 * A file that was written to so short a time ago may be written to again without a new time of change, and who writes to a WAL
 * commits an instant later: nothing is kept of an account as it was then.
 */
const settledMs = 2000;

/** So many mailboxes are kept, of all accounts together, those that were read last: some 200 bytes each. */
const keptMax = 100_000;

const nothing: readonly SharedMailbox[] = [];

/**
 * What LIST tells others of an account, kept while nobody writes to it: whoever lists sees it without its being opened. Only
 * in memory, so that nothing can be wrong after a crash. Whether it is still true is asked of the files, whoever wrote them.
 */
export class SharedMailboxes {
  readonly #host: SharedMailboxesHost;
  /** The longest known first. */
  readonly #known = new Map<AccountId, Known>();
  /** Mailboxes of all that is known. */
  #kept = 0;
  readonly #ofLists = new WeakMap<readonly Mailbox[], readonly SharedMailbox[]>();

  constructor(host: SharedMailboxesHost) {
    this.#host = host;
  }

  of(id: AccountId): readonly SharedMailbox[] | Promise<readonly SharedMailbox[]> {
    const engine = this.#host.opened(id);
    if (engine !== undefined)
      return engine.glimpse() === undefined ? this.#among(engine.state.list()) : this.#read(id);
    const stamp = this.#stamp(id);
    const known = this.#known.get(id);
    if (known !== undefined && known.stamp === stamp) return known.mailboxes;
    return this.#read(id, stamp);
  }

  /** An account is gone. */
  forget(id: AccountId): void {
    this.#kept -= this.#known.get(id)?.mailboxes.length ?? 0;
    this.#known.delete(id);
  }

  #keep(id: AccountId, known: Known): void {
    this.forget(id);
    this.#known.set(id, known);
    this.#kept += known.mailboxes.length;
    for (const oldest of this.#known.keys()) {
      if (this.#kept <= (this.#host.keptMax ?? keptMax)) return;
      this.forget(oldest);
    }
  }

  async #read(id: AccountId, stamp?: string): Promise<readonly SharedMailbox[]> {
    try {
      return await this.#host.visit(id, async (account) => {
        await account.refresh?.('names');
        const mailboxes = this.#among(await account.mailboxes());
        if (stamp === undefined) this.forget(id);
        else this.#keep(id, { stamp, mailboxes });
        return mailboxes;
      });
    } catch (error) {
      this.forget(id);
      const code = error instanceof StoreError ? error.code : undefined;
      // Nobody's LIST shall fail because somebody else's account is damaged.
      if (code !== 'account-not-found' && code !== 'corrupt') throw error;
      if (code === 'corrupt')
        this.#host.logger.error({ error, account: id }, 'what an account shares cannot be read');
      if (stamp !== undefined) this.#keep(id, { stamp, mailboxes: nothing });
      return nothing;
    }
  }

  #among(list: readonly Mailbox[]): readonly SharedMailbox[] {
    let shared = this.#ofLists.get(list);
    if (shared === undefined) {
      shared = list.flatMap(({ id, name, selectable, acl }) =>
        acl === undefined ? [] : [{ id, name, selectable, acl }],
      );
      this.#ofLists.set(list, shared);
    }
    return shared;
  }

  /** Says which state the account's files are in; undefined when they were written to just now. */
  #stamp(id: AccountId): string | undefined {
    const path = this.#host.path(id);
    const options = { bigint: true, throwIfNoEntry: false } as const;
    const database = statSync(path, options);
    if (database === undefined) return 'missing';
    const wal = statSync(`${path}-wal`, options);
    // An empty one comes and goes with those who only read.
    const frames = wal === undefined || wal.size <= emptyBytesMax ? undefined : wal;
    const settled = this.#host.now() - settledMs;
    if (database.mtimeMs > settled || (frames !== undefined && frames.mtimeMs > settled))
      return undefined;
    return [database, frames].map((file) => `${file?.ino} ${file?.size} ${file?.mtimeNs}`).join();
  }
}
