import type { AccountRecord } from '../../model/account.ts';
import { anyone } from '../../model/acl.ts';
import type { AccountId } from '../../model/ids.ts';
import type { SharingDirectory } from '../directory.ts';
import type { Connection, Statement } from './database.ts';

interface SharingHost {
  readonly record: (id: AccountId) => AccountRecord | undefined;
  readonly change: <T>(action: () => T) => Promise<T>;
  readonly read: <T>(action: () => T) => Promise<T>;
}

/** Which accounts may share something with whom: the table `share` of `directory.db`. */
export class SqliteSharing implements SharingDirectory {
  readonly #host: SharingHost;
  readonly #statements: Record<'sharedWith' | 'ofOwner' | 'add' | 'remove', Statement>;

  constructor(connection: Connection, host: SharingHost) {
    this.#host = host;
    this.#statements = {
      sharedWith: connection
        .prepare<unknown[]>(
          `SELECT DISTINCT share.owner FROM share
            JOIN account ON account.id = share.owner AND account.state = 'live'
            JOIN address ON address.account = share.owner AND address.position = 0
            WHERE grantee IN (?, '${anyone}') AND owner <> ? ORDER BY folded`,
        )
        .pluck(),
      ofOwner: connection.prepare<unknown[]>('SELECT grantee FROM share WHERE owner = ?').pluck(),
      add: connection.prepare('INSERT OR IGNORE INTO share (grantee, owner) VALUES (?, ?)'),
      remove: connection.prepare('DELETE FROM share WHERE grantee = ? AND owner = ?'),
    };
  }

  async account(id: AccountId): Promise<AccountRecord | undefined> {
    return await this.#host.read(() => this.#host.record(id));
  }

  async sharedWith(user: AccountId): Promise<readonly AccountRecord[]> {
    return await this.#host.read(() => {
      const owners = this.#statements.sharedWith.all(user, user) as AccountId[];
      return owners.flatMap((owner) => this.#host.record(owner) ?? []);
    });
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
  }
}
