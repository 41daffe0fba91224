import type { QuotaResponse, Untagged } from '../../model/response.ts';
import {
  astring,
  joined,
  list,
  mailbox,
  token,
  wire,
  type Wire,
  type WriteOptions,
} from './wire.ts';

/**
 *   quota-response = "QUOTA" SP quota-root-name SP quota-list               RFC 9208 section 7
 *   quota-list     = "(" quota-resource *(SP quota-resource) ")"
 *   quota-resource = resource-name SP resource-usage SP resource-limit
 *
 * The list may be empty too (RFC 9208 section 4.2.1).
 */
export function quota({ root, resources }: QuotaResponse, options: WriteOptions): Wire {
  const triplets = resources.map(
    ({ name, usage, limit }) => wire`${token(name)} ${usage} ${limit}`,
  );
  return wire`* QUOTA ${astring(root, options)} ${list(triplets)}`;
}

/** quotaroot-response = "QUOTAROOT" SP mailbox *(SP quota-root-name)      RFC 9208 section 7 */
export function quotaRoot(
  { mailbox: name, roots }: Extract<Untagged, { kind: 'QUOTAROOT' }>,
  options: WriteOptions,
): Wire {
  const names = roots.map((root) => astring(root, options));
  return joined([wire`* QUOTAROOT`, mailbox(name, options), ...names]);
}
