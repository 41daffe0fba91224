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

/** The date-time of a moment in this process's clock, in UTC. */
export function utc(epochMs: number): DateTime {
  return { epochSeconds: Math.floor(epochMs / 1000), zoneMinutes: 0 };
}
