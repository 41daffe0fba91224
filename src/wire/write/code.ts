import type { Uid } from '../../model/ids.ts';
import type { ResponseCode } from '../../model/response.ts';
import { flagList, openFlagList } from './flags.ts';
import {
  astring,
  joined,
  list,
  numbers,
  token,
  wire,
  type Wire,
  type WriteOptions,
} from './wire.ts';

/** resp-text-code (RFC 9051 section 9) without its brackets. */
export function responseCode(code: ResponseCode, options: WriteOptions): Wire {
  switch (code.kind) {
    case 'CAPABILITY':
      return wire`CAPABILITY ${capabilityNames(code.capabilities)}`;
    case 'BADCHARSET':
      return code.charsets.length === 0
        ? wire`BADCHARSET`
        : wire`BADCHARSET ${list(code.charsets.map((name) => astring(name, options)))}`;
    case 'PERMANENTFLAGS':
      return wire`PERMANENTFLAGS ${code.newKeywords ? openFlagList(code.flags) : flagList(code.flags)}`;
    case 'UIDNEXT':
      return wire`UIDNEXT ${code.uid}`;
    case 'UIDVALIDITY':
      return wire`UIDVALIDITY ${code.uidValidity}`;
    case 'UNSEEN':
      return wire`UNSEEN ${code.sequence}`;
    case 'APPENDUID':
      return wire`APPENDUID ${code.uidValidity} ${numbers(code.uids)}`;
    case 'COPYUID':
      return wire`COPYUID ${code.uidValidity} ${uidSet(code.from)} ${uidSet(code.to)}`;
    case 'HIGHESTMODSEQ':
      return wire`HIGHESTMODSEQ ${code.modSeq}`;
    case 'MODIFIED':
      return wire`MODIFIED ${numbers(code.set)}`;
    case 'MAILBOXID':
      return wire`MAILBOXID (${token(code.id)})`;
    case 'BADURL':
      return wire`BADURL ${urlText(code.url)}`;
    case 'BADEVENT':
      return wire`BADEVENT ${list(code.events.map(token))}`;
    case 'METADATA':
      return 'size' in code
        ? wire`METADATA ${token(code.what)} ${code.size}`
        : wire`METADATA ${token(code.what)}`;
    default:
      return token(code.kind);
  }
}

/**
 *   url-resp-text = 1*(%x01-09 / %x0B-0C / %x0E-5B / %x5D-FE)      RFC 4469 section 5
 *
 * A literal cannot stand inside a code, and its bracket ends it: such characters are percent-encoded, as others are that no
 * URL has.
 */
function urlText(url: string): Wire {
  return url.replaceAll(/[^\u0020-\u005c\u005e-\u007e]+/g, encodeURIComponent) as Wire;
}

const written = new WeakMap<readonly string[], Wire>();

/** Greetings and logins tell the same frozen list over and over: it is written once. */
function capabilityNames(capabilities: readonly string[]): Wire {
  const known = written.get(capabilities);
  if (known !== undefined) return known;
  const names = joined(capabilities.map(token));
  if (Object.isFrozen(capabilities)) written.set(capabilities, names);
  return names;
}

/** uid-set in the order given, for that order pairs the copies with their originals (RFC 4315 section 3). */
function uidSet(uids: readonly Uid[]): Wire {
  const parts: string[] = [];
  for (let from = 0, to = 0; from < uids.length; from = to) {
    const first = uids[from]!;
    to = from + 1;
    while (to < uids.length && uids[to] === first + (to - from)) to++;
    parts.push(to - from === 1 ? `${first}` : `${first}:${uids[to - 1]}`);
  }
  return numbers(parts.join(','));
}
