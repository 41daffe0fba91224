import type { AccountId, MailboxId } from '../model/ids.ts';
import type { Untagged } from '../model/response.ts';
import { followsSubscriptions, reaches, reachesOthers } from './notified-names.ts';
import { NotifiedRealm, type NotifiedRealmOptions } from './notified-realm.ts';
import type { Realm } from './place.ts';
import type { Realms } from './realms.ts';

export interface NotificationsOptions extends Omit<
  NotifiedRealmOptions,
  'realm' | 'own' | 'limits'
> {
  readonly realms: Realms;
  readonly limits: NotifiedRealmOptions['limits'] & { readonly notifyAccountsMax: number };
}

/** What the client has selected. */
export interface NotifiedSelection {
  readonly realm: Realm;
  readonly id: MailboxId;
}

/**
 * What NOTIFY watches besides the selected mailbox (RFC 5465): in one's own account, and in those of others that are meant.
 * Who shares something later is found when the directory, or a subscription, has changed.
 */
export class Notifications implements Disposable {
  readonly #options: NotificationsOptions;
  readonly #reachesOthers: boolean;
  readonly #notified = new Map<AccountId, NotifiedRealm>();
  readonly #kept: Disposable[] = [];
  #wake: (() => void) | undefined;
  /** Who shared something when it was last looked. */
  #sharers: ReadonlySet<AccountId> = new Set();
  /** What the directory said it was then. */
  #seen: unknown;
  #subscribed = false;
  #overflow = false;

  private constructor(options: NotificationsOptions) {
    this.#options = options;
    this.#reachesOthers = reachesOthers(options.groups);
  }

  /** Begins to watch: what is there now counts as told. Undefined when there is too much to watch. */
  static async begin(options: NotificationsOptions): Promise<Notifications | undefined> {
    const notifications = new Notifications(options);
    try {
      await notifications.#begin();
      if (!notifications.#isTooMuch) return notifications;
    } catch (error) {
      notifications[Symbol.dispose]();
      throw error;
    }
    notifications[Symbol.dispose]();
    return undefined;
  }

  async #begin(): Promise<void> {
    const { realms, groups } = this.#options;
    await this.#watch(realms.own, false);
    if (!this.#reachesOthers) return;
    const wake = (): void => this.#wake?.();
    const sharing = realms.watchSharing(wake);
    if (sharing !== undefined) this.#kept.push(sharing);
    if (followsSubscriptions(groups)) {
      const subscribing = realms.own.account.watch(({ mailbox, metadataSince }) => {
        if (mailbox === undefined && metadataSince === undefined) this.#subscribed = true;
      });
      this.#kept.push(subscribing);
    }
    await this.#look(false);
  }

  /** Watches what others share that is meant and not watched yet. */
  async #look(isLater: boolean): Promise<void> {
    const { realms, groups, limits, signal } = this.#options;
    this.#subscribed = false;
    this.#seen = realms.sharingVersion;
    const before = this.#sharers;
    this.#sharers = new Set(await realms.sharers());
    const subscriptions = followsSubscriptions(groups)
      ? await realms.own.account.subscriptions({ signal })
      : [];
    const isMeant = (id: AccountId, prefix: string): boolean =>
      !this.#notified.has(id) && reaches(groups, prefix, subscriptions);
    // ENABLE METADATA is never too much: it does without what is beyond.
    const isModest = groups.some(({ filter }) => filter.kind === 'ALL');
    const most = limits.notifyAccountsMax + (isModest ? 0 : 1);
    try {
      for await (const realm of realms.others(isMeant)) {
        const { id } = realm.account;
        if (this.#notified.size >= most) return;
        await this.#watch(realm, isLater && !before.has(id));
      }
    } catch (error) {
      // One was removed a moment ago: the others are for the next look.
      if (!isRemoved(error)) throw error;
      this.#seen = undefined;
    }
  }

  async #watch(realm: Realm, isNews: boolean): Promise<void> {
    const { realms } = this.#options;
    const { id } = realm.account;
    this.#kept.push(realms.keep(realm));
    const notified = await NotifiedRealm.begin(
      { ...this.#options, realm, own: realms.own },
      { isNews },
    );
    notified.wake = this.#wake;
    this.#notified.set(id, notified);
  }

  get #isTooMuch(): boolean {
    const { notifyAccountsMax, notifyMailboxesMax } = this.#options.limits;
    const notified = [...this.#notified.values()];
    const mailboxes = notified.reduce((sum, { size }) => sum + size, 0);
    return notified.length > notifyAccountsMax || mailboxes > notifyMailboxesMax;
  }

  [Symbol.dispose](): void {
    for (const each of [...this.#notified.values(), ...this.#kept]) each[Symbol.dispose]();
  }

  /** Called, synchronously, when there may be something to tell. */
  set wake(wake: (() => void) | undefined) {
    this.#wake = wake;
    for (const notified of this.#notified.values()) notified.wake = wake;
  }

  /** Too much was to be told: from now on nothing is (RFC 5465 section 5.8). */
  get overflow(): boolean {
    return this.#overflow;
  }

  /** LIST of what the client asked for and may not have (RFC 5465 section 3.1). */
  *refusals(): Generator<Untagged, void, undefined> {
    for (const notified of this.#notified.values()) yield* notified.refusals();
  }

  /** The STATUS responses that NOTIFY SET STATUS begins with (RFC 5465 section 3.1). */
  async *statuses(
    selection: NotifiedSelection | undefined,
  ): AsyncGenerator<Untagged, void, undefined> {
    for (const notified of this.#notified.values())
      yield* notified.statuses(within(notified, selection));
  }

  /** What is to be told now; the selected mailbox's messages are not for us. Taking a response counts as telling it. */
  async *due(selection: NotifiedSelection | undefined): AsyncGenerator<Untagged, void, undefined> {
    const { realms } = this.#options;
    for (const [id, notified] of this.#notified) {
      try {
        yield* notified.due(within(notified, selection));
      } catch (error) {
        if (notified.realm === realms.own || !isRemoved(error)) throw error;
        this.#notified.delete(id);
        yield* notified.gone();
      }
      this.#overflow ||= notified.overflow;
    }
    if (this.#overflow || !this.#reachesOthers) return;
    if (!this.#subscribed && this.#seen === realms.sharingVersion) return;
    await this.#look(true);
    this.#overflow = this.#isTooMuch;
    if (this.#overflow) return;
    yield* this.#gone();
    yield* this.due(selection);
  }

  /** Accounts that were removed. */
  async *#gone(): AsyncGenerator<Untagged, void, undefined> {
    const { realms } = this.#options;
    for (const [id, notified] of this.#notified) {
      if (notified.realm === realms.own || this.#sharers.has(id) || (await realms.isThere(id)))
        continue;
      this.#notified.delete(id);
      yield* notified.gone();
    }
  }
}

/** Whether an account was removed meanwhile. */
function isRemoved(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'account-not-found';
}

/** The selected mailbox where it is one of these. */
function within(
  { realm }: NotifiedRealm,
  selection: NotifiedSelection | undefined,
): MailboxId | undefined {
  return selection?.realm.account.id === realm.account.id ? selection.id : undefined;
}
