import type { ModSeq, Uid } from '../model/ids.ts';
import { NumberSet } from '../model/number-set.ts';
import type { MailboxView } from '../store/store.ts';

/** The messages that are new after a mod-sequence, or whose flags are. */
export function changedSince(view: MailboxView, modSeq: ModSeq): NumberSet<Uid> {
  return NumberSet.of(view.rowsSince(modSeq).map((row) => view.uid(row)));
}
