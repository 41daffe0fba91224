import { lower } from '../../base/ascii.ts';
import { monthNames, type DateTime } from '../../model/date-time.ts';

/**
 * The dates that stored mail has: of a Date or Received field, and of an mbox separator. Both readers
 * are lenient, since a message with an odd date still has to be sorted somewhere.
 */

/** Zones with names that mean something (RFC 5322 section 4.3); any other is UTC. */
const namedZones: ReadonlyMap<string, number> = new Map([
  ['est', -300],
  ['edt', -240],
  ['cst', -360],
  ['cdt', -300],
  ['mst', -420],
  ['mdt', -360],
  ['pst', -480],
  ['pdt', -420],
  ['cet', 60],
  ['cest', 120],
  ['met', 60],
  ['mest', 120],
  ['bst', 60],
]);

/**
 * date-time = [ day-of-week "," ] date time, RFC 5322 section 3.3, with its obsolete forms of section 4.3.
 * Undefined when there is none or it names no possible moment.
 */
export function parseHeaderDate(text: string): DateTime | undefined {
  const plain = text.replaceAll(/\([^()]*\)/g, ' ').replaceAll(/\s+/g, ' ');
  const match =
    /(?:^|[ ,;])(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](\d{2,4})[ ,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:\.\d+)? ?([+-]\d{4}|[A-Za-z]{1,5})?/.exec(
      plain,
    );
  if (match === null) return undefined;
  const [, day, month, year, hour, minute, second, zone] = match;
  return moment({ day, month, year, hour, minute, second, zone });
}

/**
 * The date of a separator: `From sender Fri Jul  8 12:08:34 2011`, with a zone before or behind
 * the year where the writer was kind, else in UTC.
 */
export function parseFromLineDate(line: string): DateTime | undefined {
  const match =
    /\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +([A-Za-z]{3})[a-z]* +(\d{1,2}) +(\d{1,2}):(\d{2})(?::(\d{2}))?(?: +([+-]\d{4}|[A-Z]{2,5}))?(?: +[A-Z]{3,4})? +(\d{4})(?: +([+-]\d{4}|[A-Z]{2,5}))?/.exec(
      line,
    );
  if (match === null) return parseHeaderDate(line);
  const [, month, day, hour, minute, second, before, year, behind] = match;
  return moment({ day, month, year, hour, minute, second, zone: before ?? behind });
}

type Text = string | undefined;
interface Written {
  readonly day: Text;
  readonly month: Text;
  readonly year: Text;
  readonly hour: Text;
  readonly minute: Text;
  readonly second: Text;
  readonly zone: Text;
}

function moment(written: Written): DateTime | undefined {
  const month = monthNames.findIndex((name) => lower(name) === lower(written.month ?? ''));
  const [day, hour, minute] = [Number(written.day), Number(written.hour), Number(written.minute)];
  // A leap second is the last one of its minute to us.
  const second = Math.min(Number(written.second ?? 0), 59);
  if (month < 0 || hour > 23 || minute > 59) return undefined;
  const year = fullYear(written.year ?? '');
  const local = Date.UTC(year, month, day, hour, minute, second);
  if (new Date(local).getUTCDate() !== day || day === 0) return undefined;
  const zoneMinutes = parseZone(written.zone ?? '');
  const epochSeconds = local / 1000 - zoneMinutes * 60;
  return { epochSeconds, zoneMinutes };
}

/** RFC 5322 section 4.3: two digits are 1950 to 2049, three count from 1900. */
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length === 2) return year < 50 ? 2000 + year : 1900 + year;
  return text.length === 3 ? 1900 + year : year;
}

function parseZone(text: string): number {
  const digits = /^([+-])(\d{2})(\d{2})$/.exec(text);
  if (digits === null) return namedZones.get(lower(text)) ?? 0;
  const [, sign, hours, minutes] = digits;
  const total = Number(hours) * 60 + Number(minutes);
  if (Number(minutes) > 59 || total > 18 * 60) return 0;
  return sign === '-' ? -total : total;
}
