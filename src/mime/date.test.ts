import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDate } from './date.ts';

function reads(value: string, iso: string, zoneMinutes: number): void {
  assert.deepEqual(parseDate(value), { epochSeconds: Date.parse(iso) / 1000, zoneMinutes }, value);
}

describe('parseDate', () => {
  it('reads RFC 5322 dates', () => {
    reads('Mon, 6 Jun 2005 22:21:22 +0200', '2005-06-06T20:21:22Z', 120);
    reads('Thu, 1 Jan 1970 00:00:00 -0330 (NDT)', '1970-01-01T03:30:00Z', -210);
    reads('29 Feb 2024 23:59 GMT', '2024-02-29T23:59:00Z', 0);
    reads('Fri,\t21\tNov 1997 09(comment):   55  :  06 -0600', '1997-11-21T15:55:06Z', -360);
    reads('1 Jul 2012 23:59:60 +0000', '2012-07-01T23:59:59Z', 0);
  });

  it('reads obsolete years and zones (RFC 5322 section 4.3)', () => {
    reads('21 Nov 97 09:55:06 GMT', '1997-11-21T09:55:06Z', 0);
    reads('1 Jan 49 00:00 UT', '2049-01-01T00:00:00Z', 0);
    reads('1 Jan 103 00:00 EDT', '2003-01-01T04:00:00Z', -240);
    reads('Wed, 9 Jan 2002 19:47:50 MST', '2002-01-10T02:47:50Z', -420);
    reads('9 Jan 2002 19:47:50 QQQ', '2002-01-09T19:47:50Z', 0);
  });

  it('reads what software makes of it', () => {
    reads('Thu Jun 16 00:41:19 2016', '2016-06-16T00:41:19Z', 0);
    reads('Tuesday, 03-Jan-1995 08:00:00 PST', '1995-01-03T16:00:00Z', -480);
    reads('3 Jan 1995', '1995-01-03T00:00:00Z', 0);
    reads('Mon, 6 June 2005 22.21.22 +02:00', '2005-06-06T20:21:22Z', 120);
    reads('Mon, 6 Jun 2005 22:21:22 +0200 garbage', '2005-06-06T20:21:22Z', 120);
  });

  it('refuses what is no date', () => {
    for (const value of [
      '',
      'now',
      '<HR>',
      '31 Feb 2005 00:00:00 +0000',
      '1 Foo 2005',
      '1 Jan 2005 25:00',
      'Jan',
    ]) {
      assert.equal(parseDate(value), undefined, value);
    }
  });
});
