import { monthNames, type DateTime } from '../../model/date-time.ts';
import type { Wire } from './wire.ts';

const daySeconds = 86_400;
/** The day written last: mail of one day stands together, and a Date costs more than all the rest. */
let lastDay = NaN;
let lastDayText = '';

/** date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE      RFC 9051 section 9 */
export function dateTime({ epochSeconds, zoneMinutes }: DateTime): Wire {
  const seconds = epochSeconds + zoneMinutes * 60;
  const day = Math.floor(seconds / daySeconds);
  if (day !== lastDay) {
    lastDayText = dayText(day);
    lastDay = day;
  }
  const ofDay = Math.floor(seconds - day * daySeconds);
  const minutes = Math.floor(ofDay / 60);
  const time = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(ofDay % 60)}`;
  const east = Math.abs(zoneMinutes);
  const zone = `${zoneMinutes < 0 ? '-' : '+'}${two(Math.floor(east / 60))}${two(east % 60)}`;
  return `"${lastDayText} ${time} ${zone}"` as Wire;
}

function dayText(day: number): string {
  const date = new Date(day * daySeconds * 1000);
  const month = monthNames[date.getUTCMonth()];
  // The grammar has four digits for the year.
  const year = String(Math.min(9999, Math.max(0, date.getUTCFullYear()))).padStart(4, '0');
  return `${String(date.getUTCDate()).padStart(2, ' ')}-${month}-${year}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
