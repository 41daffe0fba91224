import { monthNames, type DateTime } from '../../model/date-time.ts';
import type { Wire } from './wire.ts';

/** date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE      RFC 9051 section 9 */
export function dateTime({ epochSeconds, zoneMinutes }: DateTime): Wire {
  const local = new Date((epochSeconds + zoneMinutes * 60) * 1000);
  const day = String(local.getUTCDate()).padStart(2, ' ');
  const month = monthNames[local.getUTCMonth()];
  // The grammar has four digits for the year.
  const year = String(Math.min(9999, Math.max(0, local.getUTCFullYear()))).padStart(4, '0');
  const time = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()]
    .map(two)
    .join(':');
  const east = Math.abs(zoneMinutes);
  const zone = `${zoneMinutes < 0 ? '-' : '+'}${two(Math.floor(east / 60))}${two(east % 60)}`;
  return `"${day}-${month}-${year} ${time} ${zone}"` as Wire;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
