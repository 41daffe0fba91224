import { systemFlags, type Flag } from '../model/flag.ts';
import type { Untagged } from '../model/response.ts';

/** FLAGS and PERMANENTFLAGS (RFC 9051 sections 7.3.5 and 7.1). `full`: there is no room for further keywords. */
export function flagResponses(
  keywords: readonly Flag[],
  { readOnly, full }: { readonly readOnly: boolean; readonly full: boolean },
): readonly Untagged[] {
  const flags: Flag[] = [...systemFlags, ...keywords];
  return [
    { kind: 'FLAGS', flags },
    {
      kind: 'status',
      status: 'OK',
      code: {
        kind: 'PERMANENTFLAGS',
        flags: readOnly ? [] : flags,
        newKeywords: !readOnly && !full,
      },
      text: readOnly ? 'No flags can be changed' : 'Flags that are kept',
    },
  ];
}
