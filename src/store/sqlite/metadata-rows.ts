import { grantees, rightsOfOther, type Acl } from '../../model/acl.ts';
import { asAccountId } from '../../model/ids.ts';
import { noRights } from '../../model/rights.ts';
import type { EntryName } from '../../model/metadata.ts';
import { StoreError } from '../store-error.ts';
import type { MailTransaction } from './transaction.ts';

/** Entries copied or removed before others may have a turn: up to a megabyte. */
const pageRows = 16;
const nothing = new Uint8Array(0);

type Sliced = Generator<undefined, void, undefined>;

/** Which rows: of a mailbox, 0 for the account itself, and of a user, empty for the owner's and what is shared. */
export interface MetadataKey {
  readonly key: number;
  readonly user: string;
}

/** Removes an entry, if it is there, and notes when. */
export function removeEntry(
  tx: MailTransaction,
  { key, user }: MetadataKey,
  folded: string,
): boolean {
  if (tx.statements.removeMetadata.run(key, user, folded).changes === 0) return false;
  tx.statements.setMetadata.run(key, user, '', '', tx.tick(), nothing);
  return true;
}

/**
 * Throws `limit` when there are too many entries: here, of the owner in all mailboxes together, of another user in all of
 * them, or of all other users. So nobody else takes the owner's room, and nobody all of the others'.
 */
export function checkCount(tx: MailTransaction, { key, user }: MetadataKey): void {
  const { limits } = tx.host;
  const counts = tx.statements.countMetadata.get(key, user, user) as [number, number, number];
  const [here, his, ofOthers] = counts;
  const isOwner = user === '';
  const most = isOwner ? limits.metadataEntriesPerAccountMax : limits.metadataEntriesPerGuestMax;
  if (
    here > limits.metadataEntriesPerMailboxMax ||
    his > most ||
    (!isOwner && ofOthers > limits.metadataEntriesPerAccountMax)
  )
    throw new StoreError('limit', 'there are too many metadata entries');
}

interface Renamed {
  readonly from: number;
  readonly to: number;
  /** Of what is new. */
  readonly acl: Acl | undefined;
}

/** A mailbox's entries are another's too: INBOX was renamed (RFC 5464 section 4.1). */
export function* copyMetadata(tx: MailTransaction, { from, to, acl }: Renamed): Sliced {
  yield* copyOf(tx, { from, to, user: '' });
  if (grantees(acl).length === 0) return;
  for (const user of users(tx, from))
    if (rightsOfOther(acl, asAccountId(user)) !== noRights) yield* copyOf(tx, { from, to, user });
}

function* copyOf(
  tx: MailTransaction,
  { from, to, user }: { readonly from: number; readonly to: number; readonly user: string },
): Sliced {
  const entries: EntryName[] = [];
  const source = { key: from, user };
  for (let rows = page(tx, source); rows.length > 0; rows = page(tx, source, rows.at(-1)![0])) {
    for (const [folded, name] of rows) {
      tx.statements.copyMetadata.run(to, tx.tick(), from, user, folded);
      entries.push(name);
    }
    yield* tx.breathe();
  }
  if (entries.length === 0) return;
  checkCount(tx, { key: to, user });
  tx.note({ key: to, user, entries });
}

/** A mailbox that is removed leaves no entries to the next one of its name. */
export function* dropMetadata(tx: MailTransaction, key: number): Sliced {
  const own = { key, user: '' };
  for (let rows = page(tx, own); rows.length > 0; rows = page(tx, own)) {
    for (const [folded] of rows) removeEntry(tx, own, folded);
    yield* tx.breathe();
  }
  for (const user of users(tx, key)) yield* dropOf(tx, { key, user });
}

/** Who has no right any more on a mailbox has no entries there either: he could not remove them. */
export function* dropWithoutRights(
  tx: MailTransaction,
  { key, acl }: { readonly key: number; readonly acl: Acl | undefined },
): Sliced {
  for (const user of users(tx, key))
    if (rightsOfOther(acl, asAccountId(user)) === noRights) yield* dropOf(tx, { key, user });
}

/** A user is gone, and with him what he noted of mailboxes here. */
export function* dropUser(tx: MailTransaction, user: string): Sliced {
  for (const { key } of tx.mailboxes.all()) {
    yield* dropOf(tx, { key, user });
    yield* tx.breathe();
  }
}

/** Entries of a user who will not ask what became of them. */
function* dropOf(tx: MailTransaction, of: MetadataKey): Sliced {
  const { key, user } = of;
  for (let rows = page(tx, of); rows.length > 0; rows = page(tx, of)) {
    tx.tick();
    for (const [folded] of rows) tx.statements.removeMetadata.run(key, user, folded);
    yield* tx.breathe();
  }
  // That some were removed.
  tx.statements.removeMetadata.run(key, user, '');
}

/** Who else than the owner has entries of a mailbox. */
function* users(tx: MailTransaction, key: number): Generator<string, void, undefined> {
  for (let user = ''; ;) {
    const next = tx.statements.nextMetadataUser.get(key, user) as [string] | undefined;
    if (next === undefined) return;
    [user] = next;
    yield user;
  }
}

function page(
  tx: MailTransaction,
  { key, user }: MetadataKey,
  after = '',
): [folded: string, name: EntryName][] {
  return tx.statements.metadataPage.all(key, user, after, pageRows) as [string, EntryName][];
}
