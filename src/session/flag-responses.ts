import { systemFlags, type Flag } from '../model/flag.ts';
import type { Untagged } from '../model/response.ts';
import { mayChange, type Rights } from '../model/rights.ts';

export interface FlagConditions {
  readonly readOnly: boolean;
  /** There is no room for further keywords. */
  readonly full: boolean;
  /** What the user may do with the mailbox (RFC 4314 section 5.1.1). */
  readonly rights: Rights;
}

/** All flags of mailboxes with these keywords, an array that stays the same: most SELECTs have seen it before. */
const lists = new WeakMap<readonly Flag[], readonly Flag[]>();

function flagsWith(keywords: readonly Flag[]): readonly Flag[] {
  let list = lists.get(keywords);
  if (list === undefined) lists.set(keywords, (list = [...systemFlags, ...keywords]));
  return list;
}

/** FLAGS and PERMANENTFLAGS (RFC 9051 sections 7.3.5 and 7.1). */
export function flagResponses(
  keywords: readonly Flag[],
  { readOnly, full, rights }: FlagConditions,
): readonly Untagged[] {
  const flags = flagsWith(keywords);
  const isAll = flags.every((flag) => mayChange(rights, flag));
  const permanent = readOnly ? [] : isAll ? flags : flags.filter((flag) => mayChange(rights, flag));
  return [
    { kind: 'FLAGS', flags },
    {
      kind: 'status',
      status: 'OK',
      code: {
        kind: 'PERMANENTFLAGS',
        flags: permanent,
        newKeywords: !readOnly && !full && rights.includes('w'),
      },
      text: permanent.length === 0 ? 'No flags can be changed' : 'Flags that are kept',
    },
  ];
}
