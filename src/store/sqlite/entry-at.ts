import { asMessageRef, asModSeq, asUid } from '../../model/ids.ts';
import type { Entry } from '../change.ts';
import type { Columns } from './columns.ts';
import type { FlagSets } from './flag-sets.ts';

/** A row of columns as the contract has it. */
export function entryAt(columns: Columns, row: number, flagSets: FlagSets): Entry {
  return {
    uid: asUid(columns.uid[row]!),
    message: asMessageRef(columns.message[row]!),
    flags: flagSets.get(columns.flags[row]!),
    modSeq: asModSeq(columns.modSeq[row]!),
    size: columns.size[row]!,
    internalDate: { epochSeconds: columns.date[row]!, zoneMinutes: columns.zone[row]! },
    saveDate: { epochSeconds: columns.saved[row]!, zoneMinutes: 0 },
  };
}
