import type { GetMetadataArguments } from '../../model/arguments.ts';
import type { EntryName } from '../../model/metadata.ts';
import type { Cursor } from '../cursor.ts';
import { parseEntry, parseEntryAbove } from './entry.ts';

type Options = Pick<GetMetadataArguments, 'depth' | 'bytesMax'>;

const none: Options = { depth: 0 };

/**
 *   getmetadata         = "GETMETADATA" [SP getmetadata-options] SP mailbox SP entries
 *   getmetadata-options = "(" getmetadata-option *(SP getmetadata-option) ")"
 *   entries             = entry / "(" entry *(SP entry) ")"      RFC 5464 section 5
 *
 * The examples of RFC 5464 section 4.2 have the options behind the mailbox, and one of section 4.4.1 has two entries
 * without parentheses: clients were written after either.
 */
export function parseGetMetadata(c: Cursor): GetMetadataArguments {
  c.space();
  let options: Options | undefined;
  if (c.tryChar('(')) {
    options = parseOptions(c);
    c.space();
  }
  const mailbox = c.mailbox();
  c.space();
  let enclosed = c.tryChar('(');
  if (enclosed && options === undefined && !seesEntry(c)) {
    options = parseOptions(c);
    c.space();
    enclosed = c.tryChar('(');
  }
  const { depth, ...sizes } = options ?? none;
  const entries: EntryName[] = [];
  do entries.push(depth === 0 ? parseEntry(c) : parseEntryAbove(c));
  while (c.trySpace());
  if (enclosed) c.char(')');
  c.end();
  return { mailbox, entries, depth, ...sizes };
}

/** Whether an entry's name begins here, and no option. */
function seesEntry(c: Cursor): boolean {
  return c.sees('/') || c.sees('"') || c.sees('{');
}

/**
 *   maxsize-opt = "MAXSIZE" SP number
 *   scope-opt   = "DEPTH" SP ("0" / "1" / "infinity")      RFC 5464 section 5
 *
 * Behind the parenthesis that opens them.
 */
function parseOptions(c: Cursor): Options {
  let options = none;
  do {
    const from = c.offset;
    const option = c.word('getmetadata-option');
    if (option !== 'MAXSIZE' && option !== 'DEPTH') throw c.expected('getmetadata-option', from);
    c.space();
    options =
      option === 'MAXSIZE'
        ? { ...options, bytesMax: c.number() }
        : { ...options, depth: parseDepth(c) };
  } while (c.trySpace());
  c.char(')');
  return options;
}

function parseDepth(c: Cursor): number {
  for (const [word, depth] of depths) if (c.tryWord(word)) return depth;
  throw c.expected('0, 1 or infinity');
}

const depths = [
  ['0', 0],
  ['1', 1],
  ['INFINITY', Infinity],
] as const;
