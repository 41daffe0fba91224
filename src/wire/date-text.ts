import { sameText } from '../base/ascii.ts';
import { monthNames, type CalendarDate, type DateTime } from '../model/date-time.ts';

/** A date that a text begins with, and how many characters it takes. */
export interface DateRead<Value> {
  readonly value: Value;
  readonly length: number;
}

/**
 *   date-text = date-day "-" date-month "-" date-year      RFC 9051 section 9
 *
 * Undefined when the text does not begin with one, or names a day that no month has.
 */
export function readDateText(text: string): DateRead<CalendarDate> | undefined {
  const match = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})/.exec(text);
  if (match === null) return undefined;
  const value = realDate(match.slice(1));
  return value && { value, length: match[0].length };
}

/**
 *   date-time      = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE
 *   date-day-fixed = (SP DIGIT) / 2DIGIT
 *   time           = 2DIGIT ":" 2DIGIT ":" 2DIGIT
 *   zone           = ("+" / "-") 4DIGIT                     RFC 9051 section 9
 */
export function readDateTime(text: string): DateRead<DateTime> | undefined {
  const match = /^"( \d|\d\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"/.exec(
    text,
  );
  if (match === null) return undefined;
  const date = realDate(match.slice(1, 4));
  const [hours = 0, minutes = 0, seconds = 0] = match.slice(4, 7).map(Number);
  const [zoneHours = 0, zoneRest = 0] = match.slice(8).map(Number);
  // 60 is a leap second.
  const real = hours < 24 && minutes < 60 && seconds <= 60 && zoneHours < 24 && zoneRest < 60;
  if (date === undefined || !real) return undefined;
  const east = zoneHours * 60 + zoneRest;
  // `-0000` is the zone nobody knows; it is kept as UTC.
  const zoneMinutes = match[7] === '-' && east > 0 ? -east : east;
  const midnight = new Date(0).setUTCFullYear(date.year, date.month - 1, date.day) / 1000;
  const epochSeconds = midnight + hours * 3600 + minutes * 60 + seconds - zoneMinutes * 60;
  return { value: { epochSeconds, zoneMinutes }, length: match[0].length };
}

function realDate([dayText, monthText = '', yearText]: readonly string[]):
  | CalendarDate
  | undefined {
  const month = monthNames.findIndex((name) => sameText(name, monthText)) + 1;
  const day = Number(dayText);
  const year = Number(yearText);
  const lastDay = new Date(new Date(0).setUTCFullYear(year, month, 0)).getUTCDate();
  return month > 0 && day >= 1 && day <= lastDay ? { year, month, day } : undefined;
}
