import type { StatusResponse, StatusValue } from '../../model/response.ts';
import { list, mailbox, token, wire, type Wire, type WriteOptions } from './wire.ts';

/** "STATUS" SP mailbox SP "(" [status-att-list] ")"      RFC 9051 section 9 */
export function status(response: StatusResponse, options: WriteOptions): Wire {
  return wire`* STATUS ${mailbox(response.mailbox, options)} ${list(response.items.map(item))}`;
}

/** status-att-val; `"MAILBOXID" SP "(" objectid ")"` by RFC 8474 section 7 */
function item(value: StatusValue): Wire {
  return value.item === 'MAILBOXID'
    ? wire`MAILBOXID (${token(value.value)})`
    : wire`${token(value.item)} ${value.value}`;
}
