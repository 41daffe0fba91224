import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { lower } from '../../base/ascii.ts';
import { normalForm } from '../../base/normal-form.ts';
import type { AccountRecord, Credentials } from '../../model/account.ts';
import { type AccountId, asAccountId } from '../../model/ids.ts';
import type { CapabilitySwitches } from '../../model/offer.ts';
import type { Directory, NewAccount, SharingDirectory } from '../directory.ts';
import { StoreError } from '../store-error.ts';
import { SqliteSharing, type SharerRow } from './sharing.ts';
import type { SharingNews } from './sharing-news.ts';
import { type Connection, type Statement, storeError, whenFree } from './database.ts';

/** What the directory asks of the store when accounts come and go. */
export interface AccountFiles {
  /** Makes an account's folder and mail, durably. */
  make(id: AccountId): Promise<void>;
  /** Forgets what this user noted of an account's mailboxes, if that can be done. */
  forget(user: AccountId, owner: AccountId): Promise<void>;
  /** Closes the account if it is open here, and deletes its files; nothing to do is no error. */
  remove(id: AccountId): Promise<void>;
  /** What others may see of the account. */
  readonly shared: SharingDirectory['mailboxes'];
  /** Where others hear that who shares with whom has changed. */
  readonly news: SharingNews;
  now(): number;
}

const sql = {
  // The plus keeps SQLite from making its plan anew for each address, which took two thirds of the time.
  byAddress: `SELECT own.address, own.position, account.created_at, account.capabilities, account.shared, account.administrator, account.id, account.password_hash, given.position
    FROM address AS given JOIN account ON account.id = given.account JOIN address AS own ON own.account = account.id
    WHERE given.folded = +? AND account.state = 'live' ORDER BY own.position`,
  record:
    'SELECT address, position, created_at, capabilities, shared, administrator FROM address JOIN account ON account.id = account WHERE account = ? ORDER BY position',
  all: `SELECT id FROM account JOIN address ON account = id AND position = 0 WHERE state = 'live' ORDER BY folded`,
  isLive: `SELECT 1 FROM account WHERE id = ? AND state = 'live'`,
  add: `INSERT INTO account (id, state, password_hash, shared, created_at, changed_at) VALUES (?, 'making', ?, ?, ?, ?)`,
  addAddress: 'INSERT INTO address (folded, account, position, address) VALUES (?, ?, ?, ?)',
  setState: 'UPDATE account SET state = ?, changed_at = ? WHERE id = ?',
  setAdministrator: 'UPDATE account SET administrator = ? WHERE id = ?',
  setPassword: 'UPDATE account SET password_hash = ? WHERE id = ?',
  capabilities: 'SELECT capabilities FROM account WHERE id = ?',
  setCapabilities: 'UPDATE account SET capabilities = ? WHERE id = ?',
  claim: `UPDATE account SET tended_at = ? WHERE id IN
    (SELECT id FROM account WHERE tended_at < ? ORDER BY tended_at LIMIT 50) RETURNING id, state`,
  longUntended: 'SELECT 1 FROM account WHERE tended_at < ? LIMIT 1',
  releaseAddresses: 'DELETE FROM address WHERE account = ?',
  forget: 'DELETE FROM account WHERE id = ?',
  unfinished: `SELECT id FROM account WHERE state = 'removed' OR (state = 'making' AND changed_at < ?)`,
} as const;

/** An address of an account with its position, and what the account has. */
type AddressRow = readonly [
  address: string,
  position: number,
  createdAt: number,
  capabilities: string,
  shared: number,
  administrator: number,
];
/** All addresses of the account that one of them names, with what a login needs: one statement, for each takes its locks anew. */
type Found = readonly [...AddressRow, id: AccountId, passwordHash: string, position: number];

/** Those of an `AddressRow`, where there are other tables besides. */
const addressColumns =
  'address.address, address.position, created_at, capabilities, account.shared, administrator';

/** `capabilities` of an account without switches, as most are. */
const none = '{}';

/** An account that another process began to make is left to it for so long. */
const makingMs = 60 * 60 * 1000;

/** Addresses are one when their NFC is, but for the case of A to Z. */
function folded(address: string): string {
  return lower(normalForm(address, 'NFC'));
}

/** What digests of large messages are made with, in every process that serves the store (`digest.ts`). */
export function digestKeyOf(connection: Connection): KeyObject {
  const row = connection.prepare('SELECT digest_key FROM secret').raw().get() as [Buffer];
  return createSecretKey(row[0]);
}

/**
 * `directory.db`. Read at every question, so that what other processes write is seen at once; written so
 * rarely that its commits sync on the spot (`synchronous = FULL`).
 */
export class SqliteDirectory implements Directory {
  readonly #connection: Connection;
  readonly #files: AccountFiles;
  readonly #statements: Record<keyof typeof sql, Statement>;
  readonly sharing: SqliteSharing;

  constructor(connection: Connection, files: AccountFiles) {
    this.#connection = connection;
    this.#files = files;
    connection.pragma('synchronous = FULL');
    connection.pragma('foreign_keys = ON');
    connection.pragma('wal_autocheckpoint = 256');
    const prepared: Record<string, Statement> = {};
    for (const [name, text] of Object.entries(sql)) {
      const statement = connection.prepare<unknown[]>(text);
      prepared[name] = statement.reader ? statement.raw() : statement;
    }
    this.#statements = prepared as Record<keyof typeof sql, Statement>;
    this.sharing = new SqliteSharing(connection, {
      news: files.news,
      record: (id) =>
        this.#statements.isLive.get(id) === undefined ? undefined : this.#record(id),
      columns: addressColumns,
      records: recordsOf,
      mailboxes: (id) => files.shared(id),
      change: (action) => this.#change(action),
      read: (action) => this.#do(action),
    });
  }

  async find(address: string): Promise<AccountRecord | undefined> {
    return (await this.#find(address))?.record;
  }

  async credentials(address: string): Promise<Credentials | undefined> {
    const found = await this.#find(address);
    return found?.position === 0 && found.record.shared !== true
      ? { account: found.record, passwordHash: found.passwordHash }
      : undefined;
  }

  async list(): Promise<readonly AccountRecord[]> {
    return await this.#do(() =>
      (this.#statements.all.all() as [AccountId][]).flatMap(([id]) => this.#record(id) ?? []),
    );
  }

  /** Whether there is an account of this id. */
  async has(id: AccountId): Promise<boolean> {
    return await this.#do(() => this.#statements.isLive.get(id) !== undefined);
  }

  async add(account: NewAccount): Promise<AccountRecord> {
    const id = asAccountId(randomBytes(16).toString('hex'));
    const addresses = [account.address, ...(account.aliases ?? [])].map((address) =>
      normalForm(address, 'NFC'),
    );
    await this.#change(() => {
      const now = this.#files.now();
      const shared = account.passwordHash === undefined ? 1 : 0;
      this.#statements.add.run(id, account.passwordHash ?? '', shared, now, now);
      addresses.forEach((address, position) => {
        if (this.#isTaken(address))
          throw new StoreError('account-exists', `${address} is an address of an account`);
        this.#statements.addAddress.run(folded(address), id, position, address);
      });
    });
    try {
      await this.#files.make(id);
    } catch (error) {
      await this.#erase(id).catch(() => undefined);
      throw storeError(error);
    }
    return await this.#change(() => {
      this.#statements.setState.run('live', this.#files.now(), id);
      const record = this.#record(id);
      if (record === undefined)
        throw new StoreError('account-not-found', 'the account was removed while it was made');
      return record;
    });
  }

  async setPassword(address: string, passwordHash: string): Promise<void> {
    const { id } = (await this.#loginOf(address)).record;
    await this.#change(() => void this.#statements.setPassword.run(passwordHash, id));
  }

  async switchCapability(address: string, name: string, on: boolean | undefined): Promise<void> {
    const { id } = (await this.#loginOf(address)).record;
    await this.#change(() => {
      const [before] = this.#statements.capabilities.get(id) as [string];
      const { [name]: _, ...others } = JSON.parse(before) as CapabilitySwitches;
      const after = on === undefined ? others : { ...others, [name]: on };
      this.#statements.setCapabilities.run(JSON.stringify(after), id);
    });
  }

  async setAdministrator(address: string, administrator: boolean): Promise<void> {
    const { id } = (await this.#loginOf(address)).record;
    await this.#change(() => void this.#statements.setAdministrator.run(administrator ? 1 : 0, id));
  }

  async remove(address: string): Promise<void> {
    const { id } = (await this.#loginOf(address)).record;
    await this.#erase(id);
  }

  /** Takes some accounts that were last tended before this time away from all who ask after these; empty when there are none. */
  async claim(before: number): Promise<readonly AccountId[]> {
    const now = this.#files.now();
    for (;;) {
      // Most questions are answered no, and need no lock.
      if (!(await this.#do(() => this.#statements.longUntended.get(before) !== undefined)))
        return [];
      const claimed = await this.#change(
        () => this.#statements.claim.all(now, before) as [id: AccountId, state: string][],
      );
      const live = claimed.filter(([, state]) => state === 'live').map(([id]) => id);
      if (live.length > 0) return live;
    }
  }

  /** Finishes what a crash left half done. */
  async recover(): Promise<void> {
    const ids = await this.#do(
      () => this.#statements.unfinished.all(this.#files.now() - makingMs) as [AccountId][],
    );
    for (const [id] of ids) await this.#erase(id);
  }

  /** From the first step on the account is gone for everybody; the rest is repeated until it is done. */
  async #erase(id: AccountId): Promise<void> {
    await this.#change(() => {
      this.#statements.setState.run('removed', this.#files.now(), id);
      this.#statements.releaseAddresses.run(id);
    });
    // What it shared is gone.
    this.#files.news.changed();
    for (const owner of await this.sharing.sharedWith(id)) await this.#files.forget(id, owner.id);
    await this.#files.remove(id);
    await this.#change(() => void this.#statements.forget.run(id));
  }

  #isTaken(address: string): boolean {
    return (
      this.#connection.prepare('SELECT 1 FROM address WHERE folded = ?').get(folded(address)) !==
      undefined
    );
  }

  async #loginOf(address: string): Promise<{ record: AccountRecord }> {
    const found = await this.#find(address);
    if (found === undefined || found.position !== 0)
      throw new StoreError('account-not-found', `no account has the address ${address}`);
    return found;
  }

  async #find(
    address: string,
  ): Promise<{ record: AccountRecord; passwordHash: string; position: number } | undefined> {
    return await this.#do(() => {
      const rows = this.#statements.byAddress.all(folded(address)) as Found[];
      const [first] = rows;
      if (first === undefined) return undefined;
      const [, , , , , , id, passwordHash, position] = first;
      return { record: recordOf(id, rows), passwordHash, position };
    });
  }

  #record(id: AccountId): AccountRecord | undefined {
    const rows = this.#statements.record.all(id) as AddressRow[];
    return rows.length === 0 ? undefined : recordOf(id, rows);
  }

  async #change<T>(action: () => T): Promise<T> {
    try {
      return await this.#do(() => this.#connection.transaction(action).immediate());
    } finally {
      this.sharing.forget();
    }
  }

  async #do<T>(action: () => T): Promise<T> {
    try {
      return await whenFree(action);
    } catch (error) {
      throw storeError(error);
    }
  }
}

/** Rows of several accounts, one account after the other. */
function recordsOf(rows: readonly SharerRow[]): AccountRecord[] {
  const accounts = new Map<AccountId, AddressRow[]>();
  for (const [id, ...row] of rows) {
    const ofAccount = accounts.get(id) ?? [];
    ofAccount.push(row as unknown as AddressRow);
    accounts.set(id, ofAccount);
  }
  return Array.from(accounts, ([id, ofAccount]) => recordOf(id, ofAccount));
}

function recordOf(id: AccountId, rows: readonly (AddressRow | Found)[]): AccountRecord {
  const [address, ...aliases] = rows.map(([text]) => text);
  const [, , createdAt = 0, switched = none, shared = 0, administrator = 0] = rows[0] ?? [];
  return {
    id,
    address: address ?? '',
    aliases,
    createdAt: new Date(createdAt),
    ...(shared === 1 && { shared: true as const }),
    ...(switched !== none && { capabilities: JSON.parse(switched) as CapabilitySwitches }),
    ...(administrator !== 0 && { administrator: true }),
  };
}
