import type { FetchItem, FetchValue } from '../../model/fetch-item.ts';
import type { FlagSet } from '../../model/flag.ts';
import type { Entry } from '../../store/change.ts';
import type { Located } from '../numbering.ts';
import type { Selected } from '../selected.ts';
import type { Extension } from '../state.ts';

/** Items that the mailbox's columns answer, without a read from the store. */
export type ColumnItem = Extract<
  FetchItem,
  { kind: 'UID' | 'FLAGS' | 'INTERNALDATE' | 'RFC822.SIZE' | 'MODSEQ' | 'SAVEDATE' }
>;

const columnKinds: ReadonlySet<string> = new Set<ColumnItem['kind']>([
  'UID',
  'FLAGS',
  'INTERNALDATE',
  'RFC822.SIZE',
  'MODSEQ',
  'SAVEDATE',
]);

export function isColumnItem(item: FetchItem): item is ColumnItem {
  return columnKinds.has(item.kind);
}

/** Whether these items say all that is to be said of a flag change, so that it need not be announced once more. */
export function tellsChanges(
  items: readonly FetchItem[],
  enabled: ReadonlySet<Extension>,
): boolean {
  const tells = (kind: FetchItem['kind']): boolean => items.some((item) => item.kind === kind);
  return tells('FLAGS') && (tells('MODSEQ') || !enabled.has('CONDSTORE'));
}

export type ColumnMaker = (message: Located) => FetchValue;

/** The function that makes this item's value of a message; call it before the next `await`. */
export function columnMaker(
  item: ColumnItem,
  selected: Selected,
  { showRecent }: { readonly showRecent: boolean },
): ColumnMaker {
  const { view } = selected;
  switch (item.kind) {
    case 'UID':
      return ({ uid }) => ({ kind: 'UID', uid });
    case 'FLAGS': {
      const of = flagValues();
      return ({ uid, row, ghost }) =>
        of(ghost?.flags ?? view.flags(row), showRecent && selected.isRecent(uid));
    }
    case 'INTERNALDATE':
      return ({ row, ghost }) => ({
        kind: 'INTERNALDATE',
        date: ghost?.internalDate ?? view.internalDate(row),
      });
    case 'RFC822.SIZE':
      return ({ row, ghost }) => ({ kind: 'RFC822.SIZE', size: ghost?.size ?? view.size(row) });
    case 'MODSEQ':
      return ({ row, ghost }) => {
        const modSeq = ghost?.modSeq ?? view.modSeq(row);
        selected.sendingModSeq(modSeq);
        return { kind: 'MODSEQ', modSeq };
      };
    case 'SAVEDATE':
      return ({ row, ghost }) => ({
        kind: 'SAVEDATE',
        date: ghost?.saveDate ?? view.saveDate(row),
      });
  }
}

/** The message as it is now; its row may have moved since it was found. */
export function relocated(message: Located, entry: Entry, selected: Selected): Located {
  const row = selected.removed ? -1 : selected.view.row(message.uid);
  return { ...message, row, ghost: row < 0 ? entry : undefined };
}

/** Messages share flag sets, so their FLAGS values are made once each. */
function flagValues(): (flags: FlagSet, recent: boolean) => FetchValue {
  const plain = new Map<FlagSet, FetchValue>();
  return (flags, recent) => {
    if (recent) return { kind: 'FLAGS', flags, recent };
    let value = plain.get(flags);
    if (value === undefined) {
      value = { kind: 'FLAGS', flags, recent };
      plain.set(flags, value);
    }
    return value;
  };
}
