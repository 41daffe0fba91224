import type { ListArguments, ListReturn, ListSelection } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';
import { parseEntry } from './entry.ts';
import { parseStatusItems } from './status.ts';

/**
 *   list        = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
 *   mbox-or-pat = list-mailbox / patterns
 *   patterns    = "(" list-mailbox *(SP list-mailbox) ")"      RFC 9051 section 9, RFC 5258 section 6
 *
 * Options that we do not know are refused with BAD, as RFC 5258 section 3 asks.
 */
export function parseList(c: Cursor): ListArguments {
  c.space();
  const selects = c.sees('(') && c.knows('list', 'list-select-opts');
  const selection = selects ? parseSelection(c) : [];
  if (selects) c.space();
  const reference = c.reference();
  c.space();
  const hasPatterns = c.sees('(') && c.knows('list', 'patterns');
  const [first = '', ...others] = hasPatterns ? c.list(() => c.listMailbox()) : [c.listMailbox()];
  const hasReturns = c.knows('list', 'RETURN') && c.trySpace();
  const returns = hasReturns ? parseReturns(c) : [];
  c.end();
  return {
    reference,
    patterns: [first, ...others],
    selection,
    returns,
    extended: selects || hasPatterns || hasReturns,
  };
}

/** list-select-opts = "(" [list-select-opt *(SP list-select-opt)] ")", RECURSIVEMATCH never without a base option */
function parseSelection(c: Cursor): ListSelection[] {
  const at = c.offset;
  const options = c.list((): ListSelection => {
    const from = c.offset;
    const word = c.word('list-select-opt');
    switch (word) {
      case 'SUBSCRIBED':
      case 'REMOTE':
      case 'RECURSIVEMATCH':
      case 'SPECIAL-USE':
        return word;
      default:
        throw c.expected('list-select-opt', from);
    }
  }, true);
  if (options.includes('RECURSIVEMATCH') && !options.includes('SUBSCRIBED')) {
    throw c.expected('RECURSIVEMATCH with SUBSCRIBED', at);
  }
  return [...new Set(options)];
}

/** list-return-opts = "RETURN" SP "(" [list-return-opt *(SP list-return-opt)] ")" */
function parseReturns(c: Cursor): ListReturn[] {
  if (!c.tryWord('RETURN')) throw c.expected('RETURN');
  c.space();
  const byKind = new Map<string, ListReturn>();
  c.list(() => {
    const option = parseReturn(c);
    if (!byKind.has(option.kind)) byKind.set(option.kind, option);
  }, true);
  return [...byKind.values()];
}

/**
 *   status-option = "STATUS" SP "(" status-att *(SP status-att) ")"      RFC 5819 section 4
 *   return-option =/ "METADATA" SP "(" entry *(SP entry) ")"             RFC 9590 section 5
 *   return-option =/ "MYRIGHTS"                                         RFC 8440 section 5
 */
function parseReturn(c: Cursor): ListReturn {
  const from = c.offset;
  const kind = c.word('list-return-opt');
  switch (kind) {
    case 'SUBSCRIBED':
    case 'CHILDREN':
    case 'MYRIGHTS':
    case 'SPECIAL-USE':
      return { kind };
    case 'STATUS':
      c.space();
      return { kind, items: parseStatusItems(c) };
    case 'METADATA':
      c.space();
      return { kind, entries: c.list(() => parseEntry(c)) };
    default:
      throw c.expected('list-return-opt', from);
  }
}
