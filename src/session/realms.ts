import { rightsOfOwner } from '../model/acl.ts';
import type { AccountRecord } from '../model/account.ts';
import type { AccountId } from '../model/ids.ts';
import { inbox, mailboxName, parentName, type MailboxName } from '../model/mailbox-name.ts';
import { noRights, type Rights } from '../model/rights.ts';
import type { Account, Store } from '../store/store.ts';
import { theirs, sharedName } from './namespaces.ts';
import { permitted, type Need, type Place, type Realm } from './place.ts';
import { openRealm, outside, type Sharer } from './sharer.ts';

/** Accounts of others that a session keeps open between commands: each has its connections and caches. */
const keptMax = 8;

export interface RealmsOptions {
  readonly user: AccountRecord;
  readonly account: Account;
  readonly store: Store;
  readonly signal: AbortSignal;
}

/** The accounts whose mailboxes a user sees: the only way from a mailbox name to a mailbox (RFC 4314 section 4). */
export class Realms implements AsyncDisposable {
  readonly own: Realm;
  readonly #options: RealmsOptions;
  /** The least recently used first. */
  readonly #others = new Map<AccountId, Realm>();
  /** Those that something watches, one entry for each that does. */
  readonly #kept = new Set<{ readonly realm: Realm }>();

  constructor(options: RealmsOptions) {
    this.#options = options;
    const { account, user } = options;
    this.own = {
      kind: 'personal',
      account,
      prefix: '',
      rights: (mailbox) => rightsOfOwner(mailbox?.acl, user.id),
    };
  }

  /** What a mailbox name means, for a command that needs this of it. Throws Refusal. */
  async place(name: MailboxName, need: Need): Promise<Place> {
    const found = theirs(name) ? await this.#place(name) : undefined;
    const { realm, within } = found ?? { realm: this.own, within: name };
    const { account } = realm;
    const { signal } = this.#options;
    if (realm !== this.own) await account.refresh?.('all');
    const mailbox = await account.mailbox(within, { signal });
    const rights =
      need === 'k above' ? await this.#rightsAbove(realm, within) : realm.rights(mailbox);
    return permitted({ realm, account, name: within, mailbox, rights }, need);
  }

  /** The accounts of others that share something with the user, by address. None is opened before it is asked to. */
  async sharedByOthers(): Promise<readonly Sharer[]> {
    const { store, user } = this.#options;
    const { sharing } = store.directory;
    if (sharing === undefined) return [];
    return (await sharing.sharedWith(user.id)).map((record) => ({
      ...outside({ record, user: user.id }),
      id: record.id,
      mailboxes: () => sharing.mailboxes(record.id),
      open: () => this.#open(record),
    }));
  }

  /** The realms of others that share something with the user and are meant, opened one after the other, as they are now. */
  async *others(
    isMeant: (id: AccountId, prefix: string) => boolean = () => true,
  ): AsyncGenerator<Realm, void, undefined> {
    for (const { id, prefix, open } of await this.sharedByOthers()) {
      const realm = isMeant(id, prefix) ? await open() : undefined;
      if (realm === undefined) continue;
      await realm.account.refresh?.('all');
      yield realm;
    }
  }

  /** Who may share something with the user. */
  async sharers(): Promise<readonly AccountId[]> {
    return (await this.#sharers()).map(({ id }) => id);
  }

  async #sharers(): Promise<readonly AccountRecord[]> {
    const { store, user } = this.#options;
    return (await store.directory.sharing?.sharedWith(user.id)) ?? [];
  }

  /** Another value whenever `sharers` may have changed. */
  get sharingVersion(): unknown {
    return this.#options.store.directory.sharing?.version;
  }

  /** Calls back when `sharers` may have changed. */
  watchSharing(listener: () => void): Disposable | undefined {
    return this.#options.store.directory.sharing?.watch(listener);
  }

  /** Whether there is such an account still. */
  async isThere(id: AccountId): Promise<boolean> {
    return (await this.#options.store.directory.sharing?.account(id)) !== undefined;
  }

  /** Keeps the account of a realm open until it is disposed. */
  keep(realm: Realm): Disposable {
    const kept = { realm, [Symbol.dispose]: () => void this.#kept.delete(kept) };
    this.#kept.add(kept);
    return kept;
  }

  /** Closes accounts that were not used lately, but for the selected one and those that are kept. */
  async tidy(selected: Realm | undefined): Promise<void> {
    if (this.#others.size <= keptMax) return;
    const kept = new Set([selected, ...[...this.#kept].map(({ realm }) => realm)]);
    for (const [id, realm] of this.#others) {
      if (this.#others.size <= keptMax) return;
      if (kept.has(realm)) continue;
      this.#others.delete(id);
      await realm.account[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const realms = [...this.#others.values()];
    this.#others.clear();
    for (const { account } of realms) await account[Symbol.asyncDispose]();
  }

  async #place(name: MailboxName): Promise<{ realm: Realm; within: MailboxName } | undefined> {
    for (const record of await this.#sharers()) {
      const prefix = sharedName(record);
      if (!name.startsWith(prefix)) continue;
      const realm = await this.#open(record);
      return realm && { realm, within: mailboxName(name.slice(prefix.length)) };
    }
    return undefined;
  }

  /** Undefined when the account was removed a moment ago, or its store knows no sharing. */
  async #open(record: AccountRecord): Promise<Realm | undefined> {
    const { store, user, signal } = this.#options;
    const known = this.#others.get(record.id);
    this.#others.delete(record.id);
    const realm = known ?? (await openRealm(store, { record, user: user.id, signal }));
    if (realm !== undefined) this.#others.set(record.id, realm);
    return realm;
  }

  /**
   * Rights on the nearest mailbox above a name (RFC 4314 section 4). At the top of one's own account there is nothing to
   * ask; at the top of one that is nobody's own INBOX stands for it, and elsewhere nobody else may make anything.
   */
  async #rightsAbove({ kind, account, rights }: Realm, name: MailboxName): Promise<Rights> {
    const { signal } = this.#options;
    for (let at = parentName(name); at !== undefined; at = parentName(at)) {
      const mailbox = await account.mailbox(at, { signal });
      if (mailbox !== undefined) return rights(mailbox);
    }
    if (kind === 'personal') return rights(undefined);
    return kind === 'shared' ? rights(await account.mailbox(inbox, { signal })) : noRights;
  }
}
