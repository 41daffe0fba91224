import { randomBytes } from 'node:crypto';
import { type Acl, type AclChange, changedAcl } from '../../model/acl.ts';
import { asMailboxId, asUid, asUidValidity, type MailboxId } from '../../model/ids.ts';
import {
  inbox,
  isBelow,
  type MailboxName,
  parentName,
  refusalToCreate,
} from '../../model/mailbox-name.ts';
import { NumberSet } from '../../model/number-set.ts';
import type { SpecialUse } from '../../model/special-use.ts';
import type { CreateOptions, Mailbox } from '../store.ts';
import { StoreError } from '../store-error.ts';
import type { MailboxRow } from './mailbox-state.ts';
import { copyMetadata, dropMetadata, dropWithoutRights } from './metadata-rows.ts';
import { copy } from './message-writes.ts';
import type { MailTransaction } from './transaction.ts';

interface NewMailbox {
  readonly selectable: boolean;
  readonly specialUse: SpecialUse | undefined;
  /** The list of what has no mailbox above it. */
  readonly acl: Acl | undefined;
}

const plain: NewMailbox = { selectable: true, specialUse: undefined, acl: undefined };

/**
 * Makes a mailbox and its missing parents, which can be selected too: some clients select every parent
 * they see (velo, and Outlook dislikes names that cannot be selected).
 */
export function create(
  tx: MailTransaction,
  name: MailboxName,
  { specialUse, acl }: Pick<CreateOptions, 'specialUse' | 'acl'>,
): Mailbox {
  refuse(tx, name);
  const existing = tx.byName(name);
  if (existing?.mailbox.selectable === true)
    throw new StoreError('mailbox-exists', 'there is a mailbox of this name');
  if (specialUse !== undefined && isTaken(tx, specialUse)) {
    throw new StoreError('special-use-taken', `another mailbox is for ${specialUse}`);
  }
  const modSeq = tx.tick();
  if (existing === undefined) {
    addParents(tx, name, acl);
    return add(tx, name, { selectable: true, specialUse, acl }).mailbox;
  }
  const uidValidity = asUidValidity(tx.takeUidValidity());
  const changes = { selectable: true, specialUse, uidValidity, highestModSeq: modSeq };
  return save(tx, tx.put(existing, changes, { changed: modSeq })).mailbox;
}

/** Whether a mailbox has this special use (RFC 6154 section 3): no two have. */
export function isTaken(tx: MailTransaction, specialUse: SpecialUse): boolean {
  return tx.mailboxes.all().some(({ mailbox }) => mailbox.specialUse === specialUse);
}

/** Gives a mailbox and all below it new names. INBOX stays, its messages go. */
export function* rename(
  tx: MailTransaction,
  from: MailboxName,
  to: MailboxName,
): Generator<undefined, Mailbox, undefined> {
  const source = tx.byName(from);
  if (source === undefined) throw new StoreError('mailbox-not-found', 'there is no such mailbox');
  refuse(tx, to);
  if (tx.byName(to) !== undefined)
    throw new StoreError('mailbox-exists', 'there is a mailbox of the new name');
  if (from === inbox) {
    tx.tick();
    addParents(tx, to);
    const target = add(tx, to, plain);
    tx.inboxBecame(target.key);
    const { acl } = target.mailbox;
    yield* copyMetadata(tx, { from: source.key, to: target.key, acl });
    const uids = NumberSet.ofRanges([{ first: asUid(1), last: asUid(0xffff_ffff) }]);
    yield* copy(tx, { from: source.mailbox.id, to: target.mailbox.id, uids, remove: true });
    return (tx.row(target.key) ?? target).mailbox;
  }
  if (isBelow(to, from))
    throw new StoreError('mailbox-refused', 'a mailbox cannot go below itself');
  const all = tx.mailboxes.all();
  const moving = Array.from(
    all.filter(({ mailbox }) => mailbox.name === from || isBelow(mailbox.name, from)),
  );
  const renamed = (name: MailboxName): MailboxName => (to + name.slice(from.length)) as MailboxName;
  for (const { mailbox } of moving) refuse(tx, renamed(mailbox.name));
  const modSeq = tx.tick();
  addParents(tx, to);
  for (const row of moving) {
    const name = renamed(row.mailbox.name);
    save(tx, tx.put(row, { name, subscribed: tx.isSubscribed(name) }, { changed: modSeq }));
    yield* tx.breathe();
  }
  return (tx.row(source.key) ?? source).mailbox;
}

/** Removes a mailbox at once, however much it holds: its entries are swept after the retention time. */
export function* remove(
  tx: MailTransaction,
  name: MailboxName,
): Generator<undefined, void, undefined> {
  if (name === inbox) throw new StoreError('mailbox-refused', 'INBOX stays');
  const row = tx.byName(name);
  if (row === undefined) throw new StoreError('mailbox-not-found', 'there is no such mailbox');
  const hasChildren = tx.mailboxes.all().some(({ mailbox }) => isBelow(mailbox.name, name));
  if (hasChildren && !row.mailbox.selectable) {
    throw new StoreError('mailbox-refused', 'the name has mailboxes below it');
  }
  yield* dropMetadata(tx, row.key);
  tx.statements.removeMailbox.run(tx.tick(), tx.host.now(), row.key);
  tx.drop(row.key);
  if (hasChildren) add(tx, name, { ...plain, selectable: false });
}

export function subscribe(tx: MailTransaction, name: MailboxName, subscribed: boolean): void {
  if (tx.isSubscribed(name) === subscribed) return;
  const { subscriptions } = tx.host.state;
  if (subscribed && subscriptions.size >= tx.host.limits.mailboxesMax) {
    throw new StoreError('limit', 'there are too many subscriptions');
  }
  const modSeq = tx.tick();
  tx.statements[subscribed ? 'subscribe' : 'unsubscribe'].run(name);
  tx.setSubscribed(name, subscribed);
  const row = tx.byName(name);
  if (row !== undefined) save(tx, tx.put(row, { subscribed }, { changed: modSeq }));
}

/** What a new account begins with (RFC 6154 section 2), all subscribed. */
const firstMailboxes: readonly (readonly [name: string, use?: SpecialUse])[] = [
  ['INBOX'],
  ['Drafts', '\\Drafts'],
  ['Sent', '\\Sent'],
  ['Junk', '\\Junk'],
  ['Trash', '\\Trash'],
  ['Archive', '\\Archive'],
];

export function createFirst(tx: MailTransaction): void {
  tx.quota.beyond = true;
  for (const [text, use] of firstMailboxes) {
    const name = text as MailboxName;
    if (tx.byName(name) === undefined)
      create(tx, name, use === undefined ? {} : { specialUse: use });
    subscribe(tx, name, true);
  }
}

/** Changes who may do what with a mailbox. */
export function* setAcl(
  tx: MailTransaction,
  id: MailboxId,
  change: AclChange,
): Generator<undefined, Acl | undefined, undefined> {
  const row = tx.mailboxes.byId(id);
  if (row === undefined) throw new StoreError('mailbox-not-found', 'there is no such mailbox');
  const acl = changedAcl(row.mailbox.acl, change);
  if (aclText(acl) === aclText(row.mailbox.acl)) return acl;
  const modSeq = tx.tick();
  save(tx, tx.put(row, { acl }, { changed: modSeq }));
  yield* dropWithoutRights(tx, { key: row.key, acl });
  const { key } = row;
  // Of messages that went while there was no list.
  if (row.mailbox.acl === undefined) tx.statements.forgetStray.run(key, key);
  if (acl !== undefined) return acl;
  // What others have seen is followed only where there is a list. That they have not is a change of their flags, and has
  // a mod-sequence (RFC 7162 section 3.1): with a later list they have the same mailbox again.
  const { changes } = tx.statements.clearSeen.run(modSeq, key, key);
  if (changes > 0) tx.put(tx.row(key) ?? row, { highestModSeq: modSeq });
  return undefined;
}

function aclText(acl: Acl | undefined): string | null {
  return acl === undefined ? null : JSON.stringify([...acl]);
}

function refuse(tx: MailTransaction, name: MailboxName): void {
  const reason = refusalToCreate(name, tx.host.limits);
  if (reason !== undefined) throw new StoreError('mailbox-refused', reason);
}

function addParents(tx: MailTransaction, name: MailboxName, acl?: Acl): void {
  const missing: MailboxName[] = [];
  for (
    let parent = parentName(name);
    parent !== undefined && tx.byName(parent) === undefined;
    parent = parentName(parent)
  ) {
    missing.unshift(parent);
  }
  if (tx.mailboxes.count + missing.length + 1 > tx.host.limits.mailboxesMax) {
    throw new StoreError('limit', `an account may have ${tx.host.limits.mailboxesMax} mailboxes`);
  }
  for (const parent of missing) add(tx, parent, { ...plain, acl });
}

function add(tx: MailTransaction, name: MailboxName, options: NewMailbox): MailboxRow {
  const modSeq = tx.tick();
  const id = asMailboxId(`F${randomBytes(12).toString('base64url')}`);
  const uidValidity = asUidValidity(tx.takeUidValidity());
  const { selectable, specialUse } = options;
  const parent = parentName(name);
  // RFC 4314 section 4: a new mailbox has the list of the one above it.
  const acl = parent === undefined ? options.acl : tx.byName(parent)?.mailbox.acl;
  const { lastInsertRowid } = tx.statements.addMailbox.run(
    id,
    name,
    selectable ? 1 : 0,
    specialUse ?? null,
    uidValidity,
    modSeq,
    modSeq,
    aclText(acl),
  );
  const mailbox: Mailbox = {
    id,
    name,
    selectable,
    subscribed: tx.isSubscribed(name),
    specialUse,
    uidValidity,
    uidNext: asUid(1),
    highestModSeq: modSeq,
    messages: 0,
    unseen: 0,
    deleted: 0,
    size: 0,
    deletedSize: 0,
    firstRecentUid: asUid(1),
    keywords: [],
    acl,
  };
  return tx.put({ key: Number(lastInsertRowid), changed: modSeq, keywordIds: [], mailbox }, {});
}

/** Writes what is not a counter. */
export function save(tx: MailTransaction, row: MailboxRow): MailboxRow {
  const { name, selectable, specialUse, uidValidity, acl } = row.mailbox;
  tx.statements.setMailbox.run(
    name,
    selectable ? 1 : 0,
    specialUse ?? null,
    uidValidity,
    row.changed,
    aclText(acl),
    row.key,
  );
  return row;
}
