import { lower } from '../base/ascii.ts';
import { monthNames } from '../model/date-time.ts';
import type { DateTime } from '../model/date-time.ts';

const day = /(?<day>\d{1,2})/.source;
const month = /(?<month>[a-z]{3})[a-z]*\.?/.source;
const year = /(?<year>\d{4}|\d{2,3})/.source;
const time = /(?<hour>\d{1,2})[:.](?<minute>\d{1,2})(?:[:.](?<second>\d{1,2}))?(?:[.,]\d+)?/.source;
const zone = /(?<zone>[+-] ?\d{1,4}|[+-]\d\d:\d\d|[a-z]+)/.source;

/**
 *   date-time = [ day-of-week "," ] day month year time zone    RFC 5322 section 3.3, obs-date of 4.3
 *
 * and without commas, with dashes, without seconds, time or zone, as software writes it.
 */
const written = new RegExp(
  `^(?:[a-z]+[., ]+)?${day}[ -]*${month}[ ,-]*${year}(?:[ ,]+${time})?(?: ?${zone})?`,
);

/** As C's asctime writes it: `Mon Jan  1 00:00:00 [EST] 2024`. */
const asctime = new RegExp(`^(?:[a-z]+[., ]+)?${month} ${day},? ${time}(?: ${zone})? ${year}`);

/**
 * The instant and zone that a Date field names, or undefined where it names none. An unknown zone
 * counts as UTC (RFC 5322 section 4.3).
 */
export function parseDate(value: string): DateTime | undefined {
  const plain = withoutComments(value.slice(0, 200))
    .replaceAll(/[ \t\r\n]+/g, ' ')
    .trim();
  const text = lower(plain.replaceAll(/ ?: ?/g, ':'));
  const found = (written.exec(text) ?? asctime.exec(text))?.groups;
  if (found === undefined) return undefined;
  const monthIndex = monthNames.findIndex((name) => lower(name) === found['month']);
  const dayNumber = Number(found['day']);
  const hour = Number(found['hour'] ?? 0);
  const minute = Number(found['minute'] ?? 0);
  const second = Math.min(Number(found['second'] ?? 0), 59);
  if (monthIndex < 0 || hour > 23 || minute > 59 || Number(found['second'] ?? 0) > 60)
    return undefined;
  const midnight = new Date(Date.UTC(2000, monthIndex, dayNumber));
  midnight.setUTCFullYear(fullYear(found['year'] ?? ''), monthIndex, dayNumber);
  if (midnight.getUTCDate() !== dayNumber || midnight.getUTCMonth() !== monthIndex)
    return undefined;
  const zoneMinutes = minutesOfZone(found['zone'] ?? '');
  const local = midnight.getTime() / 1000 + hour * 3600 + minute * 60 + second;
  return { epochSeconds: local - zoneMinutes * 60, zoneMinutes };
}

/** Years of two and three digits (RFC 5322 section 4.3). */
function fullYear(digits: string): number {
  const number = Number(digits);
  if (digits.length >= 4) return number;
  return number + (digits.length === 2 && number < 50 ? 2000 : 1900);
}

/** The zones of North America that RFC 5322 section 4.3 gives a meaning, hours east of UTC. */
const zoneHours: ReadonlyMap<string, number> = new Map([
  ['est', -5],
  ['edt', -4],
  ['cst', -6],
  ['cdt', -5],
  ['mst', -7],
  ['mdt', -6],
  ['pst', -8],
  ['pdt', -7],
]);

function minutesOfZone(text: string): number {
  const digits = text.replaceAll(/[^\d]/g, '');
  if (digits === '') return (zoneHours.get(text) ?? 0) * 60;
  const [hours, minutes] =
    digits.length <= 2
      ? [Number(digits), 0]
      : [Number(digits.slice(0, -2)), Number(digits.slice(-2))];
  if (hours > 23 || minutes > 59) return 0;
  const total = hours * 60 + minutes;
  return text.startsWith('-') && total > 0 ? -total : total;
}

function withoutComments(text: string): string {
  let depth = 0;
  let kept = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '(') depth++;
    else if (char === ')') depth = Math.max(0, depth - 1);
    else if (depth === 0) kept += char;
    if (char === '(' || char === ')') kept += ' ';
  }
  return kept;
}
