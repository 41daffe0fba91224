import type { Content } from '../../model/fetch-item.ts';
import type { Namespace, Response, ResponseCode, Untagged } from '../../model/response.ts';
import { encodeModifiedUtf7 } from '../modified-utf7.ts';
import { aclData, listrightsData, myrightsData } from './acl.ts';
import { responseCode } from './code.ts';
import { fetchRun } from './fetch-run.ts';
import { fetch } from './fetch.ts';
import { flagList } from './flags.ts';
import { listResponse } from './list.ts';
import { metadata } from './metadata.ts';
import { esearch, search } from './search.ts';
import { quota, quotaRoot } from './quota.ts';
import { status } from './status.ts';
import { translate } from './translate.ts';
import {
  humanText,
  joined,
  list,
  nil,
  nothing,
  numbers,
  textString,
  token,
  wire,
  type Wire,
  type WriteOptions,
} from './wire.ts';

/**
 * A response ready to go: latin1 text that ends with CRLF, or, when message content is in it that is not
 * worth copying, text and content in turn. Strings are to be sent as latin1, one byte a code unit. Bytes may be written over by
 * the next call.
 */
export type Encoded = string | readonly (string | Content)[];

/** The bytes of a response (RFC 9051 section 7). */
export function encode(response: Response, options: WriteOptions): Encoded {
  if (response.kind === 'FETCH') return fetch(response, options);
  if (response.kind === 'FETCH run') return [fetchRun(response)];
  return `${line(response, options)}\r\n`;
}

type LineResponse = Exclude<Response, { kind: 'FETCH' | 'FETCH run' }>;

function line(response: LineResponse, options: WriteOptions): Wire {
  switch (response.kind) {
    case 'tagged':
      return `${token(response.tag)} ${condition(response, options)}` as Wire;
    case 'status':
      return `* ${condition(response, options)}` as Wire;
    case 'continuation':
      // Always with the space: Gmail's Android app waits for it. An empty SASL challenge is just that.
      return response.text === '' ? wire`+ ` : wire`+ ${humanText(response.text, options)}`;
    case 'LIST':
    case 'LSUB':
    case 'XLIST':
      return listResponse(response, options);
    case 'STATUS':
      return status(response, options);
    case 'METADATA':
      return metadata(response, options);
    case 'SEARCH':
      return search(response);
    case 'ESEARCH':
      return esearch(response);
    default:
      return data(response, options);
  }
}

type DataResponse = Exclude<
  Untagged,
  {
    kind:
      | 'FETCH'
      | 'FETCH run'
      | 'status'
      | 'LIST'
      | 'LSUB'
      | 'XLIST'
      | 'STATUS'
      | 'METADATA'
      | 'SEARCH'
      | 'ESEARCH';
  }
>;

function data(response: DataResponse, options: WriteOptions): Wire {
  switch (response.kind) {
    case 'CAPABILITY':
    case 'ENABLED':
      return joined([wire`* ${token(response.kind)}`, ...response.capabilities.map(token)]);
    case 'ID':
      return wire`* ID ${idFields(response.fields, options)}`;
    case 'NAMESPACE': {
      // namespace-response = "NAMESPACE" SP namespace SP namespace SP namespace      RFC 9051 section 9
      const { personal, others, shared } = response;
      const [own, users, all] = [personal, others, shared].map((group) =>
        namespaces(group, options),
      );
      return wire`* NAMESPACE ${own ?? nil} ${users ?? nil} ${all ?? nil}`;
    }
    case 'ACL':
      return aclData(response, options);
    case 'LISTRIGHTS':
      return listrightsData(response, options);
    case 'MYRIGHTS':
      return myrightsData(response, options);
    case 'LANGUAGE':
      // language-data = "LANGUAGE" SP "(" lang-tag-quoted *(SP lang-tag-quoted) ")"      RFC 5255 section 3.5
      return wire`* LANGUAGE ${list(response.tags.map(token))}`;
    case 'QUOTA':
      return quota(response, options);
    case 'QUOTAROOT':
      return quotaRoot(response, options);
    case 'FLAGS':
      return wire`* FLAGS ${flagList(response.flags)}`;
    case 'EXISTS':
    case 'RECENT':
      return wire`* ${response.count} ${token(response.kind)}`;
    case 'EXPUNGE':
      return wire`* ${response.sequence} EXPUNGE`;
    case 'VANISHED':
      // expunged-resp = "VANISHED" [SP "(EARLIER)"] SP known-uids      RFC 7162 section 7
      return wire`* VANISHED ${response.earlier ? wire`(EARLIER) ` : wire``}${numbers(response.uids)}`;
  }
}

/**
 *   namespace       = nil / "(" 1*namespace-descr ")"                          RFC 9051 section 9
 *   namespace-trans = SP DQUOTE "TRANSLATION" DQUOTE SP "(" string ")"         RFC 5255 section 3.5
 */
function namespaces(group: readonly Namespace[], options: WriteOptions): Wire {
  if (group.length === 0) return nil;
  const described = group.map(({ prefix }) => {
    const descr = wire`${textString(prefix, options)} "/"`;
    const translated = translate(prefix, options.language ?? 'i-default');
    if (translated === prefix) return wire`(${descr})`;
    const text = options.utf8 ? translated : encodeModifiedUtf7(translated);
    return wire`(${descr} "TRANSLATION" (${textString(text, options)}))`;
  });
  return wire`(${joined(described, nothing)})`;
}

interface Condition {
  readonly status: string;
  readonly code?: ResponseCode;
  readonly text: string;
}

/**
 *   resp-cond-state = ("OK" / "NO" / "BAD") SP resp-text
 *   resp-text       = ["[" resp-text-code "]" SP] [text]      RFC 9051 section 9
 */
function condition({ status: word, code, text }: Condition, options: WriteOptions): Wire {
  const words = humanText(text, options);
  return (
    code === undefined
      ? `${token(word)} ${words}`
      : `${token(word)} [${responseCode(code, options)}] ${words}`
  ) as Wire;
}

/** id-params-list = "(" #(string SP nstring) ")" / nil      RFC 2971 section 4 */
function idFields(
  fields: readonly (readonly [string, string])[] | null,
  options: WriteOptions,
): Wire {
  if (fields === null) return nil;
  return list(
    fields.map(([name, value]) => wire`${textString(name, options)} ${textString(value, options)}`),
  );
}
