import type { AppendArguments, AppendMessageArguments } from '../../model/arguments.ts';
import type { DateTime } from '../../model/date-time.ts';
import { Refusal } from '../../model/refusal.ts';
import { Cursor } from '../cursor.ts';
import { parseCommandStart } from './command.ts';

/**
 *   append         = "APPEND" SP mailbox 1*append-message              RFC 3502, formal syntax
 *   append-message = [SP flag-list] [SP date-time] SP (literal / literal8)
 *                                                    RFC 9051 section 9, RFC 3516 section 7
 *   append-message =/ … SP "UTF8" SP "(" literal8 ")"        the form of UTF8=ACCEPT
 *
 * Reads up to the announcement of the first message, which ends the bytes.
 */
export function parseAppend(c: Cursor): AppendArguments {
  c.space();
  const mailbox = c.mailbox();
  return { mailbox, message: parseMessage(c) };
}

/** `[SP flag-list] [SP date-time] SP` and the announcement. */
function parseMessage(c: Cursor): AppendMessageArguments {
  c.space();
  const hasFlags = c.sees('(');
  const flags = hasFlags ? c.flagList() : [];
  if (hasFlags) c.space();
  let date: DateTime | undefined;
  if (c.sees('"')) {
    date = c.dateTime();
    c.space();
  }
  const utf8 = c.tryWord('UTF8', 'append-data');
  if (utf8) {
    c.space();
    c.char('(');
    if (!c.sees('~')) throw c.expected('literal8');
  }
  if (!utf8 && c.sees('~') && !c.knows('append-data', 'literal8')) throw c.expected('literal');
  c.announcement();
  return { flags, utf8, ...(date && { date }) };
}

/**
 * What follows a message: the parenthesis that closes `UTF8 (`, then what is said of the next message, when one is
 * announced (`more`), or nothing.
 */
export function parseAppendEnd(
  c: Cursor,
  { utf8, more }: { readonly utf8: boolean; readonly more: boolean },
): AppendMessageArguments | undefined {
  if (utf8) c.char(')');
  if (more && c.knows('append', 'append-message')) return parseMessage(c);
  c.end();
  return undefined;
}

/**
 * Whether the literal that ends these bytes is the message of an APPEND, and so to be streamed, and not its
 * mailbox's name. When something before it is malformed the answer is yes all the same: then the
 * parser refuses before anything is read.
 */
export function startsMessageLiteral(bytes: Uint8Array): boolean {
  try {
    const { name, uid, position } = parseCommandStart(bytes);
    if (name !== 'APPEND' || uid) return false;
    const c = new Cursor(bytes, { ...mailboxOnly, position });
    c.space();
    c.astringBytes();
    return c.trySpace();
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

const mailboxOnly = {
  utf8: true,
  limits: { parseDepthMax: 0, searchKeysMax: 0, keywordBytesMax: 0 },
};
