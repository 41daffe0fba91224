import type { StatusItem } from '../model/arguments.ts';
import type { MailboxId } from '../model/ids.ts';
import type { MailboxName } from '../model/mailbox-name.ts';
import type { EventGroup, EventName } from '../model/notify.ts';
import type { Untagged } from '../model/response.ts';
import type { Rights } from '../model/rights.ts';
import type { Hint } from '../store/change.ts';
import type { Mailbox } from '../store/store.ts';
import { statusOf, type StatusContext } from './commands/status.ts';
import { MetadataNews } from './metadata-news.ts';
import { server } from './metadata.ts';
import { FormerValidities, RefusedMailboxes } from './notified-access.ts';
import {
  areOfMailboxes,
  changedNames,
  changedSubscriptions,
  eventsOf,
  listed,
  noNames,
  readNames,
  visibleIn,
  type Compared,
  type Names,
} from './notified-names.ts';
import type { Realm } from './place.ts';
import type { Extension } from './state.ts';

export interface NotifiedRealmOptions extends Pick<StatusContext, 'signal'> {
  readonly realm: Realm;
  /** The client's own account, which has its subscriptions. */
  readonly own: Realm;
  readonly groups: readonly EventGroup[];
  readonly limits: StatusContext['limits'] & {
    readonly notifyMailboxesMax: number;
    readonly notifyNamesMax: number;
  };
  readonly enabled: ReadonlySet<Extension>;
  /** Whether there are mod-sequences for this client. */
  readonly modSeqs: boolean;
  /** Whether a write with this origin was this client's. */
  readonly isOwn: (origin: object | undefined) => boolean;
}

/** All but those of names, which whoever may look a mailbox up is told of. */
const readingEvents: readonly EventName[] = ['MessageNew', 'MailboxMetadataChange'];

type Whose = 'own' | 'others';

/** What happened to messages since the client was told. */
interface MessagesChanged {
  readonly changed: ReadonlyMap<MailboxId, Whose>;
  readonly selected: MailboxId | undefined;
  readonly before: ReadonlyMap<MailboxId, Mailbox>;
  readonly now: readonly Mailbox[];
  /** Mailboxes whose names had another UIDVALIDITY before. */
  readonly renewed?: ReadonlySet<MailboxId>;
}

/**
 * What NOTIFY watches in one account besides the selected mailbox (RFC 5465): one listener on the account, however many
 * mailboxes there are. A write only marks its mailbox; what the client has to be told is found by comparing with what it
 * was told before, when it can be told. So a client that does not read costs one mark a mailbox.
 */
export class NotifiedRealm implements Disposable {
  /** Called, synchronously, when there may be something to tell. */
  wake: (() => void) | undefined;
  readonly #options: NotifiedRealmOptions;
  readonly #watching: Disposable[] = [];
  #told: Names = noNames();
  #changed = new Map<MailboxId, Whose>();
  #renamed: Whose | undefined;
  /** What INBOX was renamed to. */
  #fromInbox = new Set<MailboxId>();
  readonly #metadata = new MetadataNews();
  readonly #refused: RefusedMailboxes;
  readonly #formerValidities: FormerValidities;
  /** Whether the client used NOTIFY: ENABLE METADATA asks for metadata alone. */
  readonly #isNotify: boolean;
  #overflow = false;

  private constructor(options: NotifiedRealmOptions) {
    this.#options = options;
    const { groups, limits } = options;
    this.#isNotify = groups.every(({ filter }) => filter.kind !== 'ALL');
    this.#refused = new RefusedMailboxes((mailbox) => this.#isRefused(mailbox));
    this.#formerValidities = new FormerValidities(limits.notifyMailboxesMax);
  }

  /** Begins to watch. What is there now counts as told, unless all of it is news. */
  static async begin(
    options: NotifiedRealmOptions,
    { isNews = false }: { readonly isNews?: boolean } = {},
  ): Promise<NotifiedRealm> {
    const notified = new NotifiedRealm(options);
    // Before it is read what is there, so that nothing is missed in between.
    if (options.groups.some(({ events }) => events.size > 0)) notified.#watch();
    if (isNews) {
      notified.#renamed = 'others';
      return notified;
    }
    try {
      notified.#told = await readNames(options);
      notified.#refused.begin(notified.#told);
      return notified;
    } catch (error) {
      notified[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.wake = undefined;
    for (const watching of this.#watching.splice(0)) watching[Symbol.dispose]();
  }

  get realm(): Realm {
    return this.#options.realm;
  }

  /** How many mailboxes are watched for messages. */
  get size(): number {
    return this.#watched().length;
  }

  /** Too much was to be told: from now on nothing is (RFC 5465 section 5.8). */
  get overflow(): boolean {
    return this.#overflow;
  }

  /** LIST of what the client asked for and may not have (RFC 5465 section 3.1). */
  *refusals(): Generator<Untagged, void, undefined> {
    const { names } = this.#refused;
    for (const name of names) yield listed(name, this.#told, { noAccess: true });
  }

  /** The STATUS responses that NOTIFY SET STATUS begins with (RFC 5465 section 3.1). */
  async *statuses(selected: MailboxId | undefined): AsyncGenerator<Untagged, void, undefined> {
    for (const mailbox of this.#watched()) {
      if (mailbox.id === selected) continue;
      const events = this.#eventsOf(mailbox.name);
      const items: StatusItem[] = ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY'];
      const { enabled, modSeqs } = this.#options;
      if (modSeqs && (events.has('FlagChange') || enabled.has('CONDSTORE')))
        items.push('HIGHESTMODSEQ');
      yield await this.#status(mailbox, items);
    }
  }

  /** What is to be told now; the selected mailbox's messages are not for us. Taking a response counts as telling it. */
  async *due(selected: MailboxId | undefined): AsyncGenerator<Untagged, void, undefined> {
    yield* this.#namesAndMessages(selected);
    if (this.#overflow) return;
    const { realm, groups, signal } = this.#options;
    yield* this.#metadata.due(realm, {
      isWanted: (name, rights) =>
        name === server
          ? groups.some(({ events }) => events.has('ServerMetadataChange'))
          : this.#eventsOf(name).has('MailboxMetadataChange') && this.#mayRead(rights),
      signal,
    });
  }

  /** What is to be told when the account was removed; nothing is watched any more. */
  *gone(): Generator<Untagged, void, undefined> {
    this[Symbol.dispose]();
    const before = this.#told;
    this.#told = { ...noNames(), subscriptions: before.subscriptions };
    yield* this.#nameChanges({ before, now: this.#told }, new Set());
  }

  async *#namesAndMessages(
    selected: MailboxId | undefined,
  ): AsyncGenerator<Untagged, void, undefined> {
    while (this.#renamed !== undefined || this.#changed.size > 0) {
      const renamed = this.#renamed;
      const changed = this.#changed;
      const fromInbox = this.#fromInbox;
      const before = this.#told;
      this.#renamed = undefined;
      this.#changed = new Map();
      if (renamed === undefined) {
        const now = await visibleIn(this.#options);
        yield* this.#messages({ changed, selected, before: before.mailboxes, now });
        continue;
      }
      this.#fromInbox = new Set();
      const now = (this.#told = await readNames(this.#options));
      const responses = [...this.#nameChanges({ before, now }, fromInbox)];
      if (renamed === 'others') yield* this.#unlessTooMuch(responses);
      if (this.#overflow) return;
      const renewed = this.#formerValidities.compare({ before, now }, (mailbox) =>
        this.#isWatched(mailbox),
      );
      for (const id of renewed) if (changed.get(id) === undefined) changed.set(id, renamed);
      yield* this.#messages({
        changed,
        selected,
        before: before.mailboxes,
        now: [...now.mailboxes.values()],
        renewed,
      });
    }
  }

  *#unlessTooMuch(responses: readonly Untagged[]): Generator<Untagged, void, undefined> {
    const { notifyNamesMax, notifyMailboxesMax } = this.#options.limits;
    if (responses.length <= notifyNamesMax && this.size <= notifyMailboxesMax) {
      yield* responses;
      return;
    }
    this.#overflow = true;
    this[Symbol.dispose]();
  }

  /** Of messages in mailboxes that changed. */
  async *#messages({
    changed,
    selected,
    before,
    now,
    renewed,
  }: MessagesChanged): AsyncGenerator<Untagged, void, undefined> {
    for (const mailbox of now) {
      const whose = changed.get(mailbox.id);
      if (whose === undefined) continue;
      const isRenewed = renewed?.has(mailbox.id) === true;
      const old = isRenewed ? undefined : before.get(mailbox.id);
      this.#told.mailboxes.set(mailbox.id, mailbox);
      // That a mailbox was made is no event of messages.
      if (old === undefined && !isRenewed && mailbox.messages === 0) continue;
      if (whose === 'own' || mailbox.id === selected || !this.#isReadable(mailbox)) continue;
      const items = this.#changedItems(old, mailbox);
      if (items.length > 0) yield await this.#status(mailbox, items);
    }
  }

  #status(mailbox: Mailbox, items: readonly StatusItem[]): Promise<Untagged> | Untagged {
    const { realm, limits, signal } = this.#options;
    return statusOf(mailbox, items, { account: realm.account, limits, signal });
  }

  /** STATUS takes the right r (RFC 4314 section 4). */
  #isReadable(mailbox: Mailbox): boolean {
    return mailbox.selectable && this.#options.realm.rights(mailbox).includes('r');
  }

  /** NOTIFY takes the right r for all it tells of (RFC 5465 section 5), ENABLE METADATA no more than metadata itself does (RFC 5464 section 3.3). */
  #mayRead(rights: Rights): boolean {
    return !this.#isNotify || rights.includes('r');
  }

  #isRefused(mailbox: Mailbox): boolean {
    if (!mailbox.selectable || this.#mayRead(this.#options.realm.rights(mailbox))) return false;
    const events = this.#eventsOf(mailbox.name);
    return readingEvents.some((event) => events.has(event));
  }

  #watch(): void {
    const { realm, own, isOwn } = this.#options;
    const watching = realm.account.watch((hint: Hint) => {
      const { mailbox, origin, metadataSince, inboxBecame } = hint;
      const whose = isOwn(origin) ? 'own' : 'others';
      for (const id of inboxBecame ?? []) this.#fromInbox.add(id);
      if (metadataSince !== undefined) this.#metadata.note(hint, whose === 'own');
      else if (!this.#isNotify) return;
      else if (mailbox === undefined) this.#renamed = this.#renamed === 'others' ? 'others' : whose;
      else if (this.#changed.get(mailbox) !== 'others') this.#changed.set(mailbox, whose);
      if (whose === 'others') this.wake?.();
    });
    this.#watching.push(watching);
    if (realm === own || !this.#isNotify) return;
    // Subscriptions to mailboxes of others are with what is one's own.
    const subscribing = own.account.watch(({ mailbox, metadataSince, origin }) => {
      if (mailbox !== undefined || metadataSince !== undefined || isOwn(origin)) return;
      this.#renamed = 'others';
      this.wake?.();
    });
    this.#watching.push(subscribing);
  }

  /** Mailboxes with messages whose events are wanted. */
  #watched(): Mailbox[] {
    return [...this.#told.mailboxes.values()].filter((mailbox) => this.#isWatched(mailbox));
  }

  #isWatched(mailbox: Mailbox): boolean {
    return this.#isReadable(mailbox) && this.#eventsOf(mailbox.name).has('MessageNew');
  }

  #eventsOf(name: MailboxName, ...others: readonly Names[]): ReadonlySet<EventName> {
    return eventsOf(this.#options.groups, name, [this.#told, ...others]);
  }

  /** What a STATUS says of a mailbox that is not selected (RFC 5465 sections 5.1 to 5.3). */
  #changedItems(before: Mailbox | undefined, now: Mailbox): readonly StatusItem[] {
    const events = this.#eventsOf(now.name);
    const condstore = this.#options.enabled.has('CONDSTORE');
    const modSeq = condstore ? (['HIGHESTMODSEQ'] as const) : [];
    const wantsFlags = events.has('FlagChange');
    const isSeenChanged = wantsFlags && (before?.unseen ?? 0) !== now.unseen;
    const unseen = isSeenChanged ? (['UNSEEN'] as const) : [];
    const moved = before?.messages !== now.messages || before.uidNext !== now.uidNext;
    if (moved)
      return events.has('MessageNew')
        ? ['UIDNEXT', 'MESSAGES', 'UIDVALIDITY', ...modSeq, ...unseen]
        : [];
    if (!wantsFlags || before.highestModSeq === now.highestModSeq) return [];
    return condstore || unseen.length > 0 ? ['UIDVALIDITY', ...modSeq, ...unseen] : [];
  }

  /** A LIST for each name that changed (RFC 5465 sections 5.4, 5.5 and 5.9). */
  *#nameChanges(
    compared: Compared,
    fromInbox: ReadonlySet<MailboxId>,
  ): Generator<Untagged, void, undefined> {
    const { before } = compared;
    const { prefix } = this.#options.realm;
    const wants = (name: MailboxName, event: EventName): boolean =>
      this.#eventsOf(name, before).has(event);
    const turned = this.#refused.compare(compared, (name) =>
      areOfMailboxes(this.#eventsOf(name, before)),
    );
    const refused = this.#refused.names;
    const lists = (name: MailboxName, oldName?: MailboxName): Untagged =>
      listed(name, this.#told, { oldName, noAccess: refused.has(name) });
    const told = new Set<MailboxName>();
    for (const [name, old] of changedNames(compared, { fromInbox, prefix })) {
      const isWanted = wants(name, 'MailboxName') || wants(old ?? name, 'MailboxName');
      if (!isWanted && !turned.has(name)) continue;
      told.add(name);
      yield lists(name, isWanted ? old : undefined);
    }
    const others = [...turned, ...changedSubscriptions(compared)];
    for (const name of others) {
      if (told.has(name) || !(turned.has(name) || wants(name, 'SubscriptionChange'))) continue;
      told.add(name);
      yield lists(name);
    }
  }
}
