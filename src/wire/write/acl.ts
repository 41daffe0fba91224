import type { AclResponse, ListrightsResponse, MyrightsResponse } from '../../model/response.ts';
import { astring, joined, mailbox, wire, type Wire, type WriteOptions } from './wire.ts';

/** acl-data = "ACL" SP mailbox *(SP identifier SP rights)      RFC 4314 section 7 */
export function aclData(response: AclResponse, options: WriteOptions): Wire {
  const words = response.entries.flat().map((text) => astring(text, options));
  return joined([wire`* ACL`, mailbox(response.mailbox, options), ...words]);
}

/** listrights-data = "LISTRIGHTS" SP mailbox SP identifier SP rights *(SP rights)      RFC 4314 section 7 */
export function listrightsData(response: ListrightsResponse, options: WriteOptions): Wire {
  const { identifier, required, optional } = response;
  const words = [identifier, required, ...optional].map((text) => astring(text, options));
  return joined([wire`* LISTRIGHTS`, mailbox(response.mailbox, options), ...words]);
}

/** myrights-data = "MYRIGHTS" SP mailbox SP rights      RFC 4314 section 7 */
export function myrightsData(response: MyrightsResponse, options: WriteOptions): Wire {
  const name = mailbox(response.mailbox, options);
  return joined([wire`* MYRIGHTS`, name, astring(response.rights, options)]);
}
