import { isBelow, parentName, type MailboxName } from '../model/mailbox-name.ts';
import type { MailboxId } from '../model/ids.ts';
import type { StatusItem } from '../model/arguments.ts';
import type { EventGroup, EventName, MailboxFilter } from '../model/notify.ts';
import type { Untagged } from '../model/response.ts';
import type { Hint, Mailbox } from '../store/store.ts';
import { listAttributes } from './commands/list.ts';
import { statusOf, type StatusContext } from './commands/status.ts';
import { Hierarchy } from './hierarchy.ts';
import { MetadataNews } from './metadata-news.ts';
import { server } from './metadata.ts';
import { theirs } from './namespaces.ts';
import { shown, type Realm } from './place.ts';
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

const metadataEvents = new Set<EventName>(['MailboxMetadataChange', 'ServerMetadataChange']);

/** A realm's mailboxes and subscriptions as the client knows them. */
interface Names {
  readonly mailboxes: Map<MailboxId, Mailbox>;
  readonly subscriptions: ReadonlySet<MailboxName>;
  readonly hierarchy: Hierarchy;
}

type Whose = 'own' | 'others';

interface Compared {
  readonly selected: MailboxId | undefined;
  readonly before: ReadonlyMap<MailboxId, Mailbox>;
  readonly now: readonly Mailbox[];
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
  #told: Names = {
    mailboxes: new Map(),
    subscriptions: new Set(),
    hierarchy: new Hierarchy([], []),
  };
  #changed = new Map<MailboxId, Whose>();
  #renamed: Whose | undefined;
  readonly #metadata = new MetadataNews();
  /** Whether names or messages matter, and not metadata alone. */
  readonly #isBroad: boolean;
  #overflow = false;

  private constructor(options: NotifiedRealmOptions) {
    this.#options = options;
    this.#isBroad = options.groups.some(
      ({ filter, events }) =>
        filter.kind !== 'PERSONAL' || events.difference(metadataEvents).size > 0,
    );
  }

  /** Begins to watch: what is there now counts as told. */
  static async begin(options: NotifiedRealmOptions): Promise<NotifiedRealm> {
    const notified = new NotifiedRealm(options);
    // Before it is read what is there, so that nothing is missed in between.
    if (options.groups.some(({ events }) => events.size > 0)) notified.#watch();
    try {
      notified.#told = await read(options);
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

  /** Whether something is wanted of what can be seen here, or of what may be seen later. */
  get isWanted(): boolean {
    const { groups, realm } = this.#options;
    const names = [...this.#told.mailboxes.values()].map(({ name }) => name);
    return groups.some(({ filter }) =>
      'names' in filter && filter.names.some((name) => name.startsWith(realm.prefix))
        ? true
        : names.some((name) => matches(filter, name, this.#told)),
    );
  }

  /** Too much was to be told: from now on nothing is (RFC 5465 section 5.8). */
  get overflow(): boolean {
    return this.#overflow;
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
      isWanted: (name) =>
        name === server
          ? groups.some(({ events }) => events.has('ServerMetadataChange'))
          : this.#eventsOf(name).has('MailboxMetadataChange'),
      signal,
    });
  }

  async *#namesAndMessages(
    selected: MailboxId | undefined,
  ): AsyncGenerator<Untagged, void, undefined> {
    while (this.#renamed !== undefined || this.#changed.size > 0) {
      const renamed = this.#renamed;
      const changed = this.#changed;
      this.#renamed = undefined;
      this.#changed = new Map();
      if (renamed !== undefined) {
        const before = this.#told;
        this.#told = await read(this.#options);
        if (renamed === 'others') yield* this.#names(before);
        if (this.#overflow) return;
        yield* this.#messages(changed, {
          selected,
          before: before.mailboxes,
          now: [...this.#told.mailboxes.values()],
        });
      } else {
        const now = await visible(this.#options);
        yield* this.#messages(changed, { selected, before: this.#told.mailboxes, now });
      }
    }
  }

  /** Of names, unless it is too much. */
  *#names(before: Names): Generator<Untagged, void, undefined> {
    const { limits } = this.#options;
    const responses = [...this.#nameChanges(before, this.#told)];
    const { notifyNamesMax, notifyMailboxesMax } = limits;
    if (responses.length <= notifyNamesMax && this.#watched().length <= notifyMailboxesMax) {
      yield* responses;
      return;
    }
    this.#overflow = true;
    this[Symbol.dispose]();
  }

  /** Of messages in mailboxes that changed. */
  async *#messages(
    changed: ReadonlyMap<MailboxId, Whose>,
    { selected, before, now }: Compared,
  ): AsyncGenerator<Untagged, void, undefined> {
    for (const mailbox of now) {
      const whose = changed.get(mailbox.id);
      if (whose === undefined) continue;
      const old = before.get(mailbox.id);
      this.#told.mailboxes.set(mailbox.id, mailbox);
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

  #watch(): void {
    const { realm, own, isOwn } = this.#options;
    const watching = realm.account.watch((hint: Hint) => {
      const { mailbox, origin, metadataSince } = hint;
      const whose = isOwn(origin) ? 'own' : 'others';
      if (metadataSince !== undefined) this.#metadata.note(hint, whose === 'own');
      else if (!this.#isBroad) return;
      else if (mailbox === undefined) this.#renamed = this.#renamed === 'others' ? 'others' : whose;
      else if (this.#changed.get(mailbox) !== 'others') this.#changed.set(mailbox, whose);
      if (whose === 'others') this.wake?.();
    });
    this.#watching.push(watching);
    if (realm === own) return;
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
    return [...this.#told.mailboxes.values()].filter(
      (mailbox) => this.#isReadable(mailbox) && this.#eventsOf(mailbox.name).has('MessageNew'),
    );
  }

  /** All groups that a name belongs to count together (RFC 5465 section 6). */
  #eventsOf(name: MailboxName, ...others: readonly Names[]): ReadonlySet<EventName> {
    const events = new Set<EventName>();
    for (const group of this.#options.groups) {
      const isIn = [this.#told, ...others].some((names) => matches(group.filter, name, names));
      if (isIn) for (const event of group.events) events.add(event);
    }
    return events;
  }

  /** What a STATUS says of a mailbox that is not selected (RFC 5465 sections 5.1 to 5.3). */
  #changedItems(before: Mailbox | undefined, now: Mailbox): readonly StatusItem[] {
    const events = this.#eventsOf(now.name);
    const condstore = this.#options.enabled.has('CONDSTORE');
    const modSeq = condstore ? (['HIGHESTMODSEQ'] as const) : [];
    const moved = before?.messages !== now.messages || before.uidNext !== now.uidNext;
    if (moved)
      return events.has('MessageNew') ? ['UIDNEXT', 'MESSAGES', 'UIDVALIDITY', ...modSeq] : [];
    if (!events.has('FlagChange') || before.highestModSeq === now.highestModSeq) return [];
    const unseen = before.unseen === now.unseen ? [] : (['UNSEEN'] as const);
    return condstore || unseen.length > 0 ? ['UIDVALIDITY', ...modSeq, ...unseen] : [];
  }

  /** A LIST for each name that came, went or changed, and for the parents of those (RFC 5465 sections 5.4 and 5.5). */
  *#nameChanges(before: Names, now: Names): Generator<Untagged, void, undefined> {
    const told = new Set<MailboxName>();
    const affected = new Map<MailboxName, MailboxName | undefined>();
    for (const [id, { name, selectable }] of now.mailboxes) {
      const old = before.mailboxes.get(id);
      if (old === undefined || old.selectable !== selectable)
        affect(affected, { name, before, now });
      else if (old.name !== name && !isMovedAlong({ before, now }, old.name, name))
        affected.set(name, old.name);
    }
    for (const [id, { name }] of before.mailboxes)
      if (!now.mailboxes.has(id)) affect(affected, { name, before, now });
    for (const [name, old] of affected) {
      const events = this.#eventsOf(name, before);
      const ofOld = old === undefined ? events : this.#eventsOf(old, before);
      if (!events.has('MailboxName') && !ofOld.has('MailboxName')) continue;
      told.add(name);
      yield listed(name, now, old);
    }
    for (const name of symmetricDifference(before.subscriptions, now.subscriptions)) {
      if (!told.has(name) && this.#eventsOf(name, before).has('SubscriptionChange'))
        yield listed(name, now);
    }
  }
}

interface Affecting {
  readonly name: MailboxName;
  readonly before: Names;
  readonly now: Names;
}

/** A name came or went; the one above it, where the client knows it, may have other attributes. */
function affect(
  affected: Map<MailboxName, MailboxName | undefined>,
  { name, before, now }: Affecting,
): void {
  affected.set(name, undefined);
  const parent = parentName(name);
  if (parent === undefined || affected.has(parent)) return;
  const isKnown = [before, now].some(({ hierarchy }) => hierarchy.mailbox(parent) !== undefined);
  if (isKnown) affected.set(parent, undefined);
}

/** The mailboxes that the client may know of, by the names it knows them by. */
async function visible({ realm, signal }: NotifiedRealmOptions): Promise<Mailbox[]> {
  const mailboxes = await realm.account.mailboxes({ signal });
  return mailboxes
    .filter((mailbox) => realm.rights(mailbox).includes('l'))
    .map((mailbox) => shown(mailbox, realm));
}

async function read(options: NotifiedRealmOptions): Promise<Names> {
  const { realm, own, signal } = options;
  const mailboxes = await visible(options);
  const isHere = (name: MailboxName): boolean =>
    realm === own ? !theirs(name) : name.startsWith(realm.prefix);
  const subscriptions = (await own.account.subscriptions({ signal })).filter(isHere);
  return {
    mailboxes: new Map(mailboxes.map((mailbox) => [mailbox.id, mailbox])),
    hierarchy: new Hierarchy(mailboxes, subscriptions),
    subscriptions: new Set(subscriptions),
  };
}

/** Whether a filter means this name (RFC 5465 sections 6.2 to 6.6). Mail may be delivered into every mailbox, by subaddress. */
function matches(filter: MailboxFilter, name: MailboxName, names: Names): boolean {
  switch (filter.kind) {
    case 'PERSONAL':
    case 'INBOXES':
      return !theirs(name);
    case 'SUBSCRIBED':
      return names.subscriptions.has(name);
    case 'MAILBOXES':
      return filter.names.includes(name);
    case 'SUBTREE':
      return filter.names.some((above) => above === name || isBelow(name, above));
  }
}

/** Whether a name changed only because one above it did: nothing is said of those. */
function isMovedAlong(
  { before, now }: { readonly before: Names; readonly now: Names },
  old: MailboxName,
  name: MailboxName,
): boolean {
  const oldParent = parentName(old);
  const parent = parentName(name);
  if (oldParent === undefined || parent === undefined) return false;
  if (old.slice(oldParent.length) !== name.slice(parent.length) || oldParent === parent)
    return false;
  const id = before.hierarchy.mailbox(oldParent)?.id;
  return id !== undefined && id === now.hierarchy.mailbox(parent)?.id;
}

function listed(name: MailboxName, { hierarchy }: Names, oldName?: MailboxName): Untagged {
  const mailbox = hierarchy.mailbox(name);
  return {
    kind: 'LIST',
    attributes: [
      ...(mailbox === undefined ? (['\\NonExistent'] as const) : []),
      ...(hierarchy.isSubscribed(name) ? (['\\Subscribed'] as const) : []),
      ...listAttributes(mailbox, hierarchy.hasChildren(name)),
    ],
    mailbox: name,
    ...(oldName !== undefined && { oldName }),
  };
}

function* symmetricDifference<T>(a: ReadonlySet<T>, b: ReadonlySet<T>): Generator<T> {
  for (const item of a) if (!b.has(item)) yield item;
  for (const item of b) if (!a.has(item)) yield item;
}
