import type { StatusResponse, StatusValue } from '../../model/response.ts';
import { mailbox, token, type Wire, type WriteOptions } from './wire.ts';

/** "STATUS" SP mailbox SP "(" [status-att-list] ")"      RFC 9051 section 9 */
export function status(response: StatusResponse, options: WriteOptions): Wire {
  let items = '';
  for (const value of response.items) items += `${items === '' ? '' : ' '}${item(value)}`;
  return `* STATUS ${mailbox(response.mailbox, options)} (${items})` as Wire;
}

/** status-att-val; `"MAILBOXID" SP "(" objectid ")"` by RFC 8474 section 7 */
function item(value: StatusValue): Wire {
  return value.item === 'MAILBOXID'
    ? (`MAILBOXID (${token(value.value)})` as Wire)
    : (`${value.item} ${value.value}` as Wire);
}
