import type { AppendArguments, AppendPiece } from '../../model/arguments.ts';
import type { DateTime } from '../../model/date-time.ts';
import type { Cursor } from '../cursor.ts';

/** Where literals stand: what follows one depends on it. */
export type AppendLiteral = Extract<AppendPiece, { kind: 'literal' }>;

/**
 *   append         = "APPEND" SP mailbox 1*append-message              RFC 3502, formal syntax
 *   append-message = [SP flag-list] [SP date-time] SP append-data
 *   append-data    = literal / literal8                      RFC 9051 section 9, RFC 3516 section 7
 *   append-data    =/ "UTF8" SP "(" literal8 ")"             RFC 6855 section 4
 *   append-data    =/ "CATENATE" SP "(" cat-part *(SP cat-part) ")"      RFC 4469 section 5
 *
 * Reads up to the announcement of the first literal, which ends the bytes.
 */
export function parseAppend(c: Cursor): AppendArguments {
  c.space();
  const mailbox = c.mailbox();
  return { mailbox, pieces: parseMessages(c) };
}

/** What follows a literal, up to the next one or to the end of the command. */
export function parseAppendRest(
  c: Cursor,
  { utf8, catenated }: AppendLiteral,
): readonly AppendPiece[] {
  if (utf8) c.char(')');
  const pieces: AppendPiece[] = [];
  if (catenated && !parseParts(c, pieces, true)) return pieces;
  // RFC 3502 section 6.3.11: another message.
  if (c.atEnd || !c.knows('append', 'append-message')) c.end();
  else pieces.push(...parseMessages(c));
  return pieces;
}

/** 1*append-message, up to a literal. */
function parseMessages(c: Cursor): AppendPiece[] {
  const pieces: AppendPiece[] = [];
  for (let first = true; first || !c.atEnd; first = false) {
    if (!first && !c.knows('append', 'append-message')) c.end();
    c.space();
    const facts = parseFacts(c);
    const catenated = c.tryWord('CATENATE', 'append-data');
    pieces.push({ kind: 'message', ...facts, catenated });
    if (!catenated) {
      pieces.push({ kind: 'literal', ...parseLiteral(c), catenated });
      return pieces;
    }
    c.space();
    c.char('(');
    if (!parseParts(c, pieces, false)) return pieces;
  }
  return pieces;
}

/** `[flag-list SP] [date-time SP]` */
function parseFacts(c: Cursor): Pick<Extract<AppendPiece, { kind: 'message' }>, 'flags' | 'date'> {
  const hasFlags = c.sees('(');
  const flags = hasFlags ? c.flagList() : [];
  if (hasFlags) c.space();
  let date: DateTime | undefined;
  if (c.sees('"')) {
    date = c.dateTime();
    c.space();
  }
  return { flags, ...(date && { date }) };
}

/**
 *   cat-part     = text-literal / url
 *   text-literal = "TEXT" SP literal
 *   url          = "URL" SP astring                           RFC 4469 section 5
 *   cat-part     =/ "UTF8" SP "(" literal8 ")"                RFC 6855 section 4
 *
 * Reads the parts that are left, to the closing parenthesis; false when a literal comes first.
 */
function parseParts(c: Cursor, pieces: AppendPiece[], begun: boolean): boolean {
  for (let first = !begun; ; first = false) {
    if (!first) {
      if (c.tryChar(')')) break;
      c.space();
    }
    if (c.tryWord('URL')) {
      c.space();
      if (c.sees('{')) {
        c.announcement();
        pieces.push({ kind: 'literal', holds: 'url', utf8: false, catenated: true });
        return false;
      }
      pieces.push({ kind: 'url', url: c.astring('url') });
      continue;
    }
    const literal = c.tryWord('TEXT') ? parseText(c) : tryUtf8(c);
    if (literal === undefined) throw c.expected('cat-part');
    pieces.push({ kind: 'literal', ...literal, catenated: true });
    return false;
  }
  pieces.push({ kind: 'end' });
  return true;
}

type Literal = Pick<AppendLiteral, 'holds' | 'utf8'>;

/** literal / literal8 / utf8-literal: the announcement, which ends the bytes. */
function parseLiteral(c: Cursor): Literal {
  return tryUtf8(c) ?? parsePlain(c);
}

/** `SP literal`, or literal8 where BINARY is (RFC 3516 section 4.4). */
function parseText(c: Cursor): Literal {
  c.space();
  return parsePlain(c);
}

function parsePlain(c: Cursor): Literal {
  if (c.sees('~') && !c.knows('append-data', 'literal8')) throw c.expected('literal');
  c.announcement();
  return { holds: 'text', utf8: false };
}

/** utf8-literal = "UTF8" SP "(" literal8 ")" */
function tryUtf8(c: Cursor): Literal | undefined {
  if (!c.tryWord('UTF8', 'append-data')) return undefined;
  c.space();
  c.char('(');
  if (!c.sees('~')) throw c.expected('literal8');
  c.announcement();
  return { holds: 'text', utf8: true };
}
