import type { AccountRecord } from '../../model/account.ts';
import { anyone } from '../../model/acl.ts';
import type { AccountId } from '../../model/ids.ts';
import type { SharingDirectory } from '../directory.ts';
import type { Connection, Statement } from './database.ts';
import type { SharingNews } from './sharing-news.ts';

/** A row of a question for accounts: their ids, and what `records` reads. */
export type SharerRow = readonly [id: AccountId, ...unknown[]];

interface SharingHost {
  readonly news: SharingNews;
  readonly record: (id: AccountId) => AccountRecord | undefined;
  /** The columns that `records` reads, of `account` and of `address`. */
  readonly columns: string;
  /** The accounts of these rows, which come one account after the other. */
  readonly records: (rows: readonly SharerRow[]) => AccountRecord[];
  readonly mailboxes: SharingDirectory['mailboxes'];
  readonly change: <T>(action: () => T) => Promise<T>;
  readonly read: <T>(action: () => T) => Promise<T>;
}

/** So many users' accounts are kept; most users have those that everybody has. */
const usersMax = 10_000;

/**
 * Which accounts may share something with whom: the table `share` of `directory.db`. It is asked at every command that names a
 * mailbox of somebody else, so answers are kept until anything is written to the directory, by whichever process.
 */
export class SqliteSharing implements SharingDirectory {
  readonly #host: SharingHost;
  readonly #statements: Record<
    'version' | 'isAlone' | 'sharedWith' | 'ofOwner' | 'add' | 'remove',
    Statement
  >;
  #version: unknown;
  #everybody: readonly AccountRecord[] | undefined;
  readonly #ofUsers = new Map<AccountId, readonly AccountRecord[]>();

  constructor(connection: Connection, host: SharingHost) {
    this.#host = host;
    this.#statements = {
      version: connection.prepare<unknown[]>('PRAGMA data_version').pluck(),
      isAlone: connection
        .prepare<unknown[]>('SELECT NOT EXISTS (SELECT 1 FROM share WHERE grantee = ?)')
        .pluck(),
      sharedWith: connection
        .prepare<unknown[]>(
          `SELECT account.id, ${host.columns}
            FROM (SELECT DISTINCT owner FROM share WHERE grantee IN (?, '${anyone}') AND owner <> ?)
            JOIN account ON account.id = owner AND account.state = 'live'
            JOIN address AS first ON first.account = owner AND first.position = 0
            JOIN address ON address.account = owner
            ORDER BY first.folded, address.position`,
        )
        .raw(),
      ofOwner: connection.prepare<unknown[]>('SELECT grantee FROM share WHERE owner = ?').pluck(),
      add: connection.prepare('INSERT OR IGNORE INTO share (grantee, owner) VALUES (?, ?)'),
      remove: connection.prepare('DELETE FROM share WHERE grantee = ? AND owner = ?'),
    };
  }

  async account(id: AccountId): Promise<AccountRecord | undefined> {
    return await this.#host.read(() => this.#host.record(id));
  }

  mailboxes(owner: AccountId): ReturnType<SharingDirectory['mailboxes']> {
    return this.#host.mailboxes(owner);
  }

  async sharedWith(user: AccountId): Promise<readonly AccountRecord[]> {
    return await this.#host.read(() => {
      const version = this.#statements.version.get();
      if (version !== this.#version) this.forget();
      this.#version = version;
      let records = this.#ofUsers.get(user);
      if (records === undefined) {
        records = this.#find(user);
        if (this.#ofUsers.size >= usersMax) this.#ofUsers.clear();
        this.#ofUsers.set(user, records);
      }
      return records;
    });
  }

  /** This process has written to the directory. */
  forget(): void {
    this.#everybody = undefined;
    this.#ofUsers.clear();
  }

  /** Users with whom nobody shares by name have one list in common. */
  #find(user: AccountId): readonly AccountRecord[] {
    const { isAlone, sharedWith } = this.#statements;
    const ask = (grantee: string): readonly AccountRecord[] =>
      this.#host.records(sharedWith.all(grantee, user) as SharerRow[]);
    if (isAlone.get(user) !== 1) return ask(user);
    this.#everybody ??= this.#host.records(sharedWith.all(anyone, '') as SharerRow[]);
    const everybody = this.#everybody;
    return everybody.some(({ id }) => id === user)
      ? everybody.filter(({ id }) => id !== user)
      : everybody;
  }

  async share(owner: AccountId, grantees: readonly string[], which: 'also' | 'all'): Promise<void> {
    const { ofOwner, add, remove } = this.#statements;
    const differs = await this.#host.read(() => {
      const known = new Set(ofOwner.all(owner) as string[]);
      const isMissing = grantees.some((grantee) => !known.has(grantee));
      return isMissing || (which === 'all' && known.size !== new Set(grantees).size);
    });
    // A change syncs the disk.
    if (!differs) return;
    await this.#host.change(() => {
      for (const grantee of ofOwner.all(owner) as string[])
        if (which === 'all' && !grantees.includes(grantee)) remove.run(grantee, owner);
      for (const grantee of grantees) add.run(grantee, owner);
    });
    this.#host.news.changed();
  }

  get version(): string {
    return this.#host.news.version;
  }

  watch(listener: () => void): Disposable {
    return this.#host.news.watch(listener);
  }
}
