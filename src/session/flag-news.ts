import type { FetchValue } from '../model/fetch-item.ts';
import type { MailboxView } from '../store/store.ts';
import type { Telling } from './change-queue.ts';
import type { Extension } from './state.ts';

export interface FlagTelling {
  readonly what: Telling;
  readonly recent: boolean;
  /** Whether it is told with a UID command. */
  readonly uidCommand: boolean;
  readonly enabled: ReadonlySet<Extension>;
}

/** The items of the FETCH that tells of a message's new flags. */
export function flagNews(
  view: MailboxView,
  row: number,
  { what, recent, uidCommand, enabled }: FlagTelling,
): readonly FetchValue[] {
  const condstore = enabled.has('CONDSTORE');
  const items: FetchValue[] = [];
  // RFC 9051 sections 6.4.9 and 7.5.2, RFC 7162 section 3.2.4; not to others, as RFC 3501 shows none.
  const others = enabled.has('IMAP4rev2') || enabled.has('UIDONLY');
  if (uidCommand || condstore || others) items.push({ kind: 'UID', uid: view.uid(row) });
  if (what === 'flags') items.push({ kind: 'FLAGS', flags: view.flags(row), recent });
  if (condstore) items.push({ kind: 'MODSEQ', modSeq: view.modSeq(row) });
  return items;
}
