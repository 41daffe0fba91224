import { inbox, isBelow, parentName, separator, type MailboxName } from '../model/mailbox-name.ts';
import type { MailboxId } from '../model/ids.ts';
import type { EventGroup, EventName, MailboxFilter } from '../model/notify.ts';
import type { Untagged } from '../model/response.ts';
import type { Mailbox } from '../store/store.ts';
import { listAttributes } from './commands/list.ts';
import { Hierarchy } from './hierarchy.ts';
import { namespacePrefixes, theirs } from './namespaces.ts';
import { shown, type Realm } from './place.ts';

/** A realm's mailboxes and subscriptions as a client knows them. */
export interface Names {
  readonly mailboxes: Map<MailboxId, Mailbox>;
  /** Mailboxes that are there and that the client may not look up. */
  readonly hidden: ReadonlySet<MailboxId>;
  readonly subscriptions: ReadonlySet<MailboxName>;
  readonly hierarchy: Hierarchy;
}

/** What somebody knows to whom nothing was told. */
export function noNames(): Names {
  return {
    mailboxes: new Map(),
    hidden: new Set(),
    subscriptions: new Set(),
    hierarchy: new Hierarchy([], []),
  };
}

interface Reading {
  readonly realm: Realm;
  /** The client's own account, which has its subscriptions. */
  readonly own: Realm;
  readonly signal: AbortSignal;
}

/** The mailboxes of a realm that its user may look up, by the names he knows them by. */
export async function visibleIn({
  realm,
  signal,
}: Pick<Reading, 'realm' | 'signal'>): Promise<Mailbox[]> {
  return visible(await realm.account.mailboxes({ signal }), realm);
}

function visible(mailboxes: readonly Mailbox[], realm: Realm): Mailbox[] {
  return mailboxes
    .filter((mailbox) => realm.rights(mailbox).includes('l'))
    .map((mailbox) => shown(mailbox, realm));
}

export async function readNames({ realm, own, signal }: Reading): Promise<Names> {
  const all = await realm.account.mailboxes({ signal });
  const mailboxes = visible(all, realm);
  const isHere = (name: MailboxName): boolean =>
    realm === own ? !theirs(name) : name.startsWith(realm.prefix);
  const subscriptions = (await own.account.subscriptions({ signal })).filter(isHere);
  const byId = new Map(mailboxes.map((mailbox) => [mailbox.id, mailbox]));
  return {
    mailboxes: byId,
    hidden: new Set(all.flatMap(({ id }) => (byId.has(id) ? [] : [id]))),
    hierarchy: new Hierarchy(mailboxes, subscriptions),
    subscriptions: new Set(subscriptions),
  };
}

/** Whether a filter means this name (RFC 5465 sections 6.2 to 6.6). Mail may be delivered into every mailbox, by subaddress. */
function matches(filter: MailboxFilter, name: MailboxName, names: Names): boolean {
  switch (filter.kind) {
    case 'ALL':
      return true;
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

/** What is wanted of a name: all groups that it belongs to count together (RFC 5465 section 6). */
export function eventsOf(
  groups: readonly EventGroup[],
  name: MailboxName,
  among: readonly Names[],
): ReadonlySet<EventName> {
  const events = new Set<EventName>();
  for (const group of groups) {
    const isIn = among.some((names) => matches(group.filter, name, names));
    if (isIn) for (const event of group.events) events.add(event);
  }
  return events;
}

/** Whether something of mailboxes is wanted, and not of the server alone (RFC 5465 section 5.7). */
export function areOfMailboxes(events: ReadonlySet<EventName>): boolean {
  return events.size > (events.has('ServerMetadataChange') ? 1 : 0);
}

/** Whether filters may mean mailboxes whose names begin so, now or later, given what is subscribed to (RFC 5465 sections 6.4 to 6.6). */
export function reaches(
  groups: readonly EventGroup[],
  prefix: string,
  subscriptions: readonly MailboxName[],
): boolean {
  return groups.some(({ filter, events }) => {
    if (!areOfMailboxes(events)) return false;
    if (filter.kind === 'ALL') return true;
    if (filter.kind === 'SUBSCRIBED') return subscriptions.some((name) => name.startsWith(prefix));
    if (!('names' in filter)) return false;
    return filter.names.some(
      (name) =>
        name.startsWith(prefix) ||
        (filter.kind === 'SUBTREE' && prefix.startsWith(name + separator)),
    );
  });
}

/** Whether filters may ever mean mailboxes of others. */
export function reachesOthers(groups: readonly EventGroup[]): boolean {
  const isTheirs = (name: MailboxName): boolean =>
    theirs(name) || namespacePrefixes.some((prefix) => prefix.startsWith(name + separator));
  return groups.some(({ filter, events }) => {
    if (!areOfMailboxes(events)) return false;
    if (filter.kind === 'ALL' || filter.kind === 'SUBSCRIBED') return true;
    return 'names' in filter && filter.names.some(isTheirs);
  });
}

/** Whether it depends on subscriptions which mailboxes are meant. */
export function followsSubscriptions(groups: readonly EventGroup[]): boolean {
  return groups.some(({ filter }) => filter.kind === 'SUBSCRIBED');
}

/** What the client knew, and what there is. */
export interface Compared {
  readonly before: Names;
  readonly now: Names;
}

/**
 * Names that came, went or are another mailbox's, with those directly above them, whether there is a mailbox or not; with
 * its old name what was renamed, but not what lies below that (RFC 5465 section 5.4). `fromInbox`: what INBOX was renamed to;
 * it stays.
 */
export function changedNames(
  { before, now }: Compared,
  { fromInbox, prefix }: { readonly fromInbox: ReadonlySet<MailboxId>; readonly prefix: string },
): ReadonlyMap<MailboxName, MailboxName | undefined> {
  const changed = new Map<MailboxName, MailboxName | undefined>();
  const oldInbox = (prefix + inbox) as MailboxName;
  const knewInbox = before.hierarchy.mailbox(oldInbox) !== undefined;
  const affect = (name: MailboxName): void => {
    changed.set(name, undefined);
    const parent = parentName(name);
    if (parent !== undefined && !changed.has(parent)) changed.set(parent, undefined);
  };
  for (const [id, { name, selectable }] of now.mailboxes) {
    const old = before.mailboxes.get(id);
    if (old === undefined && fromInbox.has(id) && knewInbox) changed.set(name, oldInbox);
    else if (old === undefined || old.selectable !== selectable) affect(name);
    else if (old.name !== name && !isMovedAlong({ before, now }, old.name, name))
      changed.set(name, old.name);
  }
  for (const [id, { name }] of before.mailboxes) if (!now.mailboxes.has(id)) affect(name);
  return changed;
}

/** Whether a name changed only because one above it did: nothing is said of those. */
function isMovedAlong({ before, now }: Compared, old: MailboxName, name: MailboxName): boolean {
  const oldParent = parentName(old);
  const parent = parentName(name);
  if (oldParent === undefined || parent === undefined) return false;
  if (old.slice(oldParent.length) !== name.slice(parent.length) || oldParent === parent)
    return false;
  const id = before.hierarchy.mailbox(oldParent)?.id;
  return id !== undefined && id === now.hierarchy.mailbox(parent)?.id;
}

/** Names that one subscribes to now and did not, or the other way round. */
export function* changedSubscriptions({ before, now }: Compared): Generator<MailboxName> {
  yield* before.subscriptions.difference(now.subscriptions);
  yield* now.subscriptions.difference(before.subscriptions);
}

/** LIST of a name as it is now. `noAccess`: there is a mailbox, and what is wanted of it may not be told. */
export function listed(
  name: MailboxName,
  { hierarchy }: Names,
  { oldName, noAccess }: { readonly oldName?: MailboxName | undefined; readonly noAccess: boolean },
): Untagged {
  const mailbox = hierarchy.mailbox(name);
  return {
    kind: 'LIST',
    attributes: [
      ...(mailbox === undefined ? (['\\NonExistent'] as const) : []),
      ...(noAccess ? (['\\NoAccess'] as const) : []),
      ...(hierarchy.isSubscribed(name) ? (['\\Subscribed'] as const) : []),
      ...listAttributes(mailbox, hierarchy.hasChildren(name)),
    ],
    mailbox: name,
    ...(oldName !== undefined && { oldName }),
  };
}
