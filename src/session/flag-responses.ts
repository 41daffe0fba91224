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

/** FLAGS and PERMANENTFLAGS (RFC 9051 sections 7.3.5 and 7.1). */
export function flagResponses(
  keywords: readonly Flag[],
  { readOnly, full, rights }: FlagConditions,
): readonly Untagged[] {
  const flags: Flag[] = [...systemFlags, ...keywords];
  const permanent = readOnly ? [] : flags.filter((flag) => mayChange(rights, flag));
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
