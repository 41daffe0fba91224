import type { ListResponse } from '../../model/response.ts';
import {
  joined,
  list,
  mailbox,
  nothing,
  token,
  wire,
  type Wire,
  type WriteOptions,
} from './wire.ts';

/**
 *   mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox
 *                  [SP mbox-list-extended]      RFC 9051 section 9
 */
export function listResponse(response: ListResponse, options: WriteOptions): Wire {
  const { kind } = response;
  const attributes = said(response, options);
  const name = mailbox(response.mailbox, options);
  const extended = extendedItems(response, options);
  return wire`* ${token(kind)} ${list(attributes.map(token))} "/" ${name}${extended}`;
}

/** XLIST has names of its own for what SPECIAL-USE may not say. */
function said({ kind, attributes }: ListResponse, { unknown }: WriteOptions): readonly string[] {
  if (unknown === undefined || kind === 'XLIST') return attributes;
  return attributes.filter((attribute) => !unknown.has(`mbx-list-flag ${attribute}`));
}

/**
 *   childinfo-extended-item = "CHILDINFO" SP "(" list-select-base-opt-quoted … ")"
 *   oldname-extended-item   = "OLDNAME" SP "(" mailbox ")"      RFC 9051 section 9
 */
function extendedItems({ childInfo, oldName }: ListResponse, options: WriteOptions): Wire {
  const items: Wire[] = [];
  if (childInfo !== undefined && childInfo.length > 0) {
    items.push(wire`"CHILDINFO" ${list(childInfo.map((option) => wire`"${token(option)}"`))}`);
  }
  if (oldName !== undefined) items.push(wire`"OLDNAME" (${mailbox(oldName, options)})`);
  return items.length === 0 ? nothing : wire` (${joined(items)})`;
}
