import type { MailboxId } from '../../model/ids.ts';
import { inbox } from '../../model/mailbox-name.ts';
import { type EntryName, foldedEntry, isPrivate, specialUseEntry } from '../../model/metadata.ts';
import type { SpecialUse } from '../../model/special-use.ts';
import type { MetadataEdit } from '../metadata.ts';
import { StoreError } from '../store-error.ts';
import type { MailboxRow } from './mailbox-state.ts';
import { isTaken, save } from './mailbox-writes.ts';
import { checkCount, removeEntry } from './metadata-rows.ts';
import type { MailTransaction } from './transaction.ts';

/** Under which entries of the account itself are kept. */
const accountKey = 0;

interface MetadataChange extends MetadataEdit {
  /** Undefined for the account itself. */
  readonly id: MailboxId | undefined;
  /** Whose private entries are meant, where he is not the owner, else empty. */
  readonly user: string;
}

/** Sets and removes entries; see `Account.setMetadata`. */
export function setMetadata(
  tx: MailTransaction,
  { id, user: who, entries, specialUse }: MetadataChange,
): void {
  const row = id === undefined ? undefined : known(tx, id);
  const key = row?.key ?? accountKey;
  const { metadataValueBytesMax, metadataNameBytesMax } = tx.host.limits;
  const noted = new Map<string, EntryName[]>(['', who].map((user) => [user, []]));
  const added = new Set<string>();
  for (const [name, value] of entries) {
    if (name.length > metadataNameBytesMax || (value?.length ?? 0) > metadataValueBytesMax)
      throw new StoreError('limit', 'a name or a value is too large');
    const folded = foldedEntry(name);
    const user = isPrivate(name) ? who : '';
    if (value === null) {
      if (!removeEntry(tx, { key, user }, folded)) continue;
    } else {
      if (tx.statements.hasMetadata.get(key, user, folded) === undefined) added.add(user);
      tx.statements.setMetadata.run(key, user, folded, name, tx.tick(), value);
    }
    noted.get(user)?.push(name);
  }
  for (const user of added) checkCount(tx, { key, user });
  if (row !== undefined && specialUse !== undefined && use(tx, row, specialUse))
    noted.get('')?.push(specialUseEntry);
  for (const [user, names] of noted) if (names.length > 0) tx.note({ key, user, entries: names });
  const isChanged = [...noted.values()].some((names) => names.length > 0);
  if (id !== undefined && isChanged) tx.put(known(tx, id), { highestModSeq: tx.tick() });
}

function known(tx: MailTransaction, id: MailboxId): MailboxRow {
  // One that this very transaction made is known to nobody yet.
  const key = tx.host.state.byId(id)?.key;
  const row = key === undefined ? undefined : tx.row(key);
  if (row === undefined) throw new StoreError('mailbox-not-found', 'there is no such mailbox');
  return row;
}

/** Gives a mailbox another special use, by the rules of `create`; whether that is a change. */
function use(tx: MailTransaction, row: MailboxRow, wanted: SpecialUse | null): boolean {
  const specialUse = wanted ?? undefined;
  if (row.mailbox.specialUse === specialUse) return false;
  if (row.mailbox.name === inbox || !row.mailbox.selectable)
    throw new StoreError('mailbox-refused', 'this mailbox can have no special use');
  if (specialUse !== undefined && isTaken(tx, specialUse))
    throw new StoreError('special-use-taken', `another mailbox is for ${specialUse}`);
  save(tx, tx.put(row, { specialUse }, { changed: tx.tick() }));
  return true;
}
