import { separator } from '../model/mailbox-name.ts';
import type { MailboxId } from '../model/ids.ts';
import type { MailboxFilter } from '../model/notify.ts';
import type { Untagged } from '../model/response.ts';
import { namespacePrefixes, theirs } from './namespaces.ts';
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

/** What NOTIFY watches besides the selected mailbox (RFC 5465): in one's own account, and in those of others that are meant. */
export class Notifications implements Disposable {
  readonly #notified: readonly NotifiedRealm[];
  readonly #kept: readonly Disposable[];

  private constructor(notified: readonly NotifiedRealm[], kept: readonly Disposable[]) {
    this.#notified = notified;
    this.#kept = kept;
  }

  /** Begins to watch: what is there now counts as told. Undefined when there is too much to watch. */
  static async begin(options: NotificationsOptions): Promise<Notifications | undefined> {
    const notified: NotifiedRealm[] = [];
    const kept: Disposable[] = [];
    const notifications = new Notifications(notified, kept);
    try {
      for await (const each of watchedBy(options)) {
        notified.push(each);
        kept.push(options.realms.keep(each.realm));
        if (!isTooMuch(notified, options.limits)) continue;
        notifications[Symbol.dispose]();
        return undefined;
      }
      return notifications;
    } catch (error) {
      notifications[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const each of [...this.#notified, ...this.#kept]) each[Symbol.dispose]();
  }

  /** Called, synchronously, when there may be something to tell. */
  set wake(wake: (() => void) | undefined) {
    for (const notified of this.#notified) notified.wake = wake;
  }

  /** Too much was to be told: from now on nothing is (RFC 5465 section 5.8). */
  get overflow(): boolean {
    return this.#notified.some(({ overflow }) => overflow);
  }

  /** The STATUS responses that NOTIFY SET STATUS begins with (RFC 5465 section 3.1). */
  async *statuses(
    selection: NotifiedSelection | undefined,
  ): AsyncGenerator<Untagged, void, undefined> {
    for (const notified of this.#notified) yield* notified.statuses(within(notified, selection));
  }

  /** What is to be told now; the selected mailbox's messages are not for us. Taking a response counts as telling it. */
  async *due(selection: NotifiedSelection | undefined): AsyncGenerator<Untagged, void, undefined> {
    for (const notified of this.#notified) yield* notified.due(within(notified, selection));
  }
}

/** One's own account, and those of others of which something is wanted. */
async function* watchedBy(
  options: NotificationsOptions,
): AsyncGenerator<NotifiedRealm, void, undefined> {
  const { realms, groups } = options;
  const { own } = realms;
  yield await NotifiedRealm.begin({ ...options, realm: own, own });
  if (!groups.some(({ filter }) => reachesOthers(filter))) return;
  for await (const realm of realms.others()) {
    const other = await NotifiedRealm.begin({ ...options, realm, own });
    if (other.isWanted) yield other;
    else other[Symbol.dispose]();
  }
}

function isTooMuch(
  notified: readonly NotifiedRealm[],
  { notifyAccountsMax, notifyMailboxesMax }: NotificationsOptions['limits'],
): boolean {
  const mailboxes = notified.reduce((sum, { size }) => sum + size, 0);
  return notified.length > notifyAccountsMax || mailboxes > notifyMailboxesMax;
}

/** The selected mailbox where it is one of these. */
function within(
  { realm }: NotifiedRealm,
  selection: NotifiedSelection | undefined,
): MailboxId | undefined {
  return selection?.realm.account.id === realm.account.id ? selection.id : undefined;
}

/** Whether a filter may mean mailboxes of others (RFC 5465 sections 6.4 to 6.6). */
function reachesOthers(filter: MailboxFilter): boolean {
  if (filter.kind === 'SUBSCRIBED') return true;
  if (!('names' in filter)) return false;
  return filter.names.some(
    (name) =>
      theirs(name) || namespacePrefixes.some((prefix) => prefix.startsWith(name + separator)),
  );
}
