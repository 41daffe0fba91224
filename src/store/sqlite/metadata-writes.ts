import type { MailboxId } from '../../model/ids.ts';
import { inbox } from '../../model/mailbox-name.ts';
import { type EntryName, foldedEntry, specialUseEntry } from '../../model/metadata.ts';
import type { SpecialUse } from '../../model/special-use.ts';
import type { MetadataEdit } from '../metadata.ts';
import { StoreError } from '../store-error.ts';
import type { MailboxRow } from './mailbox-state.ts';
import { isTaken, save } from './mailbox-writes.ts';
import { checkCount, removeEntry } from './metadata-rows.ts';
import type { MailTransaction } from './transaction.ts';

/** Under which entries of the account itself are kept. */
const accountKey = 0;
/** Sets and removes entries; see `Account.setMetadata`. */
export function setMetadata(
  tx: MailTransaction,
  id: MailboxId | undefined,
  { entries, specialUse }: MetadataEdit,
): void {
  const row = id === undefined ? undefined : known(tx, id);
  const key = row?.key ?? accountKey;
  const { metadataValueBytesMax, metadataNameBytesMax } = tx.host.limits;
  const noted: EntryName[] = [];
  let added = false;
  for (const [name, value] of entries) {
    if (name.length > metadataNameBytesMax || (value?.length ?? 0) > metadataValueBytesMax)
      throw new StoreError('limit', 'a name or a value is too large');
    const folded = foldedEntry(name);
    if (value === null) {
      if (!removeEntry(tx, key, folded)) continue;
    } else {
      added ||= tx.statements.hasMetadata.get(key, folded) === undefined;
      tx.statements.setMetadata.run(key, folded, name, tx.tick(), value);
    }
    noted.push(name);
  }
  if (added) checkCount(tx, key);
  if (row !== undefined && specialUse !== undefined && use(tx, row, specialUse))
    noted.push(specialUseEntry);
  if (noted.length > 0) tx.note(key, noted);
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
