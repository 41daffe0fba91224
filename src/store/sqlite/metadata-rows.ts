import type { EntryName } from '../../model/metadata.ts';
import { StoreError } from '../store-error.ts';
import type { MailTransaction } from './transaction.ts';

/** Entries copied or removed before others may have a turn: up to a megabyte. */
const pageRows = 16;
const nothing = new Uint8Array(0);

type Sliced = Generator<undefined, void, undefined>;

/** Removes an entry, if it is there, and notes when. */
export function removeEntry(tx: MailTransaction, key: number, folded: string): boolean {
  if (tx.statements.removeMetadata.run(key, folded).changes === 0) return false;
  tx.statements.setMetadata.run(key, '', '', tx.tick(), nothing);
  return true;
}

/** Throws `limit` when a mailbox, 0 for the account itself, or all of them together have too many entries. */
export function checkCount(tx: MailTransaction, key: number): void {
  const { metadataEntriesPerMailboxMax, metadataEntriesPerAccountMax } = tx.host.limits;
  const [here, all] = tx.statements.countMetadata.get(key) as [number, number];
  if (here > metadataEntriesPerMailboxMax || all > metadataEntriesPerAccountMax)
    throw new StoreError('limit', 'there are too many metadata entries');
}

/** A mailbox's entries are another's too: INBOX was renamed (RFC 5464 section 4.1). */
export function* copyMetadata(tx: MailTransaction, from: number, to: number): Sliced {
  const noted: EntryName[] = [];
  for (let rows = page(tx, from, ''); rows.length > 0; rows = page(tx, from, rows.at(-1)![0])) {
    for (const [folded, name] of rows) {
      tx.statements.copyMetadata.run(to, tx.tick(), from, folded);
      noted.push(name);
    }
    yield* tx.breathe();
  }
  if (noted.length === 0) return;
  checkCount(tx, to);
  tx.note(to, noted);
}

/** A mailbox that is removed leaves no entries to the next one of its name. */
export function* dropMetadata(tx: MailTransaction, key: number): Sliced {
  for (let rows = page(tx, key, ''); rows.length > 0; rows = page(tx, key, '')) {
    for (const [folded] of rows) removeEntry(tx, key, folded);
    yield* tx.breathe();
  }
}

function page(tx: MailTransaction, key: number, after: string): [string, EntryName][] {
  return tx.statements.metadataPage.all(key, after, pageRows) as [string, EntryName][];
}
