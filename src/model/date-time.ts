/** An instant with the offset it was written in, since INTERNALDATE gives both back (RFC 9051 section 2.3.3). */
export interface DateTime {
  /** Whole seconds since 1970-01-01T00:00:00Z. */
  readonly epochSeconds: number;
  /** Minutes east of UTC. */
  readonly zoneMinutes: number;
}

/** A day without time and zone, as search keys compare them (RFC 9051 section 6.4.4). */
export interface CalendarDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

export const monthNames = [
  'Jan',
  'Feb',
  'Mar',
  'Apr',
  'May',
  'Jun',
  'Jul',
  'Aug',
  'Sep',
  'Oct',
  'Nov',
  'Dec',
] as const;

/** The written day: the day in the date-time's own zone. */
export function calendarDate(when: DateTime): CalendarDate {
  const shifted = new Date((when.epochSeconds + when.zoneMinutes * 60) * 1000);
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
  };
}

/** A number that orders days: 2026-11-23 is 20261123. */
export function dayNumber(date: CalendarDate): number {
  return date.year * 10_000 + date.month * 100 + date.day;
}

/** The date-time of a moment in this process's clock, in UTC. */
export function utc(epochMs: number): DateTime {
  return { epochSeconds: Math.floor(epochMs / 1000), zoneMinutes: 0 };
}
