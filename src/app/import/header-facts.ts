import { lower } from '../../base/ascii.ts';
import { fieldValue, headerFields, unfold, type HeaderField } from '../../mime/header.ts';
import { utc, type DateTime } from '../../model/date-time.ts';
import { answered, deleted, draft, flag, flagged, seen, type Flag } from '../../model/flag.ts';
import { parseHeaderDate } from './dates.ts';
import type { ReadMessage } from './read.ts';
import type { Noting, SourceMessage } from './source.ts';

/** What a message's header says of it. */
export interface HeaderFacts {
  readonly flags: readonly Flag[];
  readonly internalDate: DateTime;
  /** The pseudo message in which UW IMAP and Pine keep a folder's data. */
  readonly internal: boolean;
}

const dayMs = 24 * 60 * 60 * 1000;

export function headerFacts(message: SourceMessage, read: ReadMessage, note: Noting): HeaderFacts {
  const { head } = read;
  const fields = headerFields(head);
  const value = (name: string): string | undefined => {
    const field = fields.find((each: HeaderField) => each.name === name);
    return field === undefined ? undefined : unfold(fieldValue(head, field));
  };
  if (!/^[\x21-\x39\x3b-\x7e]+[ \t]*:/.test(head.toString('latin1', 0, 200))) {
    note('no-header', message.origin);
  }
  const flags = message.statusFields ? statusFlags(value, (text) => note('bad-keyword', text)) : [];
  return {
    flags: [...message.flags, ...flags],
    internalDate: internalDate(message, read, { value, note }),
    internal:
      message.statusFields &&
      value('x-imap') !== undefined &&
      /INTERNAL DATA/i.test(value('subject') ?? ''),
  };
}

type FieldValue = (name: string) => string | undefined;

function internalDate(
  { dating, origin }: SourceMessage,
  { fileTime }: ReadMessage,
  { value, note }: { readonly value: FieldValue; readonly note: Noting },
): DateTime {
  if (dating === 'file') return utc(fileTime.getTime());
  const dates = [
    typeof dating === 'object' ? dating : undefined,
    // What stands behind the last semicolon of a Received field (RFC 5321 section 4.4).
    parseHeaderDate(value('received')?.split(';').at(-1) ?? ''),
    parseHeaderDate(value('date') ?? ''),
  ];
  const found = dates.find((date) => date !== undefined && isPlausible(date));
  if (found !== undefined) return found;
  note('bad-date', origin);
  return utc(fileTime.getTime());
}

/** Mail is not older than its protocols' clocks and not from the day after tomorrow. */
function isPlausible({ epochSeconds }: DateTime): boolean {
  return epochSeconds >= 0 && epochSeconds * 1000 < Date.now() + 2 * dayMs;
}

const statusLetters: ReadonlyMap<string, Flag> = new Map([
  ['R', seen],
  ['A', answered],
  ['F', flagged],
  ['T', draft],
  ['D', deleted],
]);

/** X-Mozilla-Status is a sum of these, in hexadecimal. */
const mozillaFlags: readonly [bit: number, name: Flag][] = [
  [0x0001, seen],
  [0x0002, answered],
  [0x0004, flagged],
  [0x0008, deleted],
  [0x1000, flag('$Forwarded')],
];

/** The flags that mbox programs write into headers. */
function statusFlags(value: FieldValue, badKeyword: (text: string) => void): Flag[] {
  const flags: Flag[] = [];
  for (const letter of `${value('status') ?? ''}${value('x-status') ?? ''}`) {
    const found = statusLetters.get(letter);
    if (found !== undefined) flags.push(found);
  }
  const mozilla = Number.parseInt(value('x-mozilla-status') ?? '0', 16);
  for (const [bit, name] of mozillaFlags) if ((mozilla & bit) !== 0) flags.push(name);
  const words = `${value('x-keywords') ?? ''} ${value('x-mozilla-keys') ?? ''}`.split(/[\s,]+/);
  for (const word of words.filter((each) => each !== '')) {
    // flag-keyword = atom, RFC 9051 section 9.
    if (/^[!#$&'+-Z^-z|}~]{1,255}$/.test(word) && lower(word) !== 'nil') flags.push(flag(word));
    else badKeyword(word);
  }
  return flags;
}
