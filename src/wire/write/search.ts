import type { EsearchResponse, Untagged } from '../../model/response.ts';
import { joined, numbers, textString, wire, type Wire } from './wire.ts';

/**
 *   obsolete-search-response = "SEARCH" *(SP nz-number)                              RFC 9051 section 9
 *   mailbox-data =/ "SEARCH" [1*(SP nz-number) SP "(" "MODSEQ" SP mod-sequence-value ")"]   RFC 7162 section 7
 */
export function search({ numbers: found, modSeq }: Extract<Untagged, { kind: 'SEARCH' }>): Wire {
  let text = '* SEARCH';
  let any = false;
  for (const number of found) {
    text += ` ${number}`;
    any = true;
  }
  const line = text as Wire;
  return any && modSeq !== undefined ? wire`${line} (MODSEQ ${modSeq})` : line;
}

/**
 *   esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)   RFC 9051 section 9
 *
 * The tag is quoted: new Outlook reads it in no other form.
 */
export function esearch(response: EsearchResponse): Wire {
  const { min, max, all, count, modSeq } = response;
  const parts = [wire`* ESEARCH (TAG ${textString(response.tag, { utf8: false })})`];
  if (response.uid) parts.push(wire`UID`);
  if (min !== undefined) parts.push(wire`MIN ${min}`);
  if (max !== undefined) parts.push(wire`MAX ${max}`);
  if (all !== undefined && !all.isEmpty) parts.push(wire`ALL ${numbers(all)}`);
  if (count !== undefined) parts.push(wire`COUNT ${count}`);
  if (modSeq !== undefined) parts.push(wire`MODSEQ ${modSeq}`);
  return joined(parts);
}
