import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFromLineDate, parseHeaderDate } from './dates.ts';

const show = (date: ReturnType<typeof parseHeaderDate>): string | undefined =>
  date === undefined
    ? undefined
    : `${new Date(date.epochSeconds * 1000).toISOString().slice(0, 19)} ${date.zoneMinutes}`;

test('dates of header fields, kept and broken rules alike', () => {
  const cases: [text: string, shown: string | undefined][] = [
    ['Fri, 21 Nov 1997 09:55:06 -0600', '1997-11-21T15:55:06 -360'],
    ['21 Nov 97 09:55:06 GMT', '1997-11-21T09:55:06 0'],
    ['Thu, 13 Feb 1969 23:32 -0330 (Newfoundland Time)', '1969-02-14T03:02:00 -210'],
    ['Tue,  1 Jul   2003 10:52:37 +0200', '2003-07-01T08:52:37 120'],
    ['Thu,\r\n 13 (a day)\r\n Feb 1999\r\n 23:32:00 EDT', '1999-02-14T03:32:00 -240'],
    ['Mon, 31 Dec 2012 23:59:60 +0000', '2012-12-31T23:59:59 0'],
    ['1 January 2020 1:02:03 +0530', '2019-12-31T19:32:03 330'],
    ['Wed, 30 Feb 2020 10:00:00 +0000', undefined],
    ['yesterday', undefined],
    ['', undefined],
    ['10 Foo 2020 10:00:00', undefined],
    ['10 Mar 2020 25:00:00', undefined],
  ];
  for (const [text, shown] of cases) assert.equal(show(parseHeaderDate(text)), shown, text);
});

test('dates of mbox separators', () => {
  const cases: [text: string, shown: string | undefined][] = [
    ['From a@b Fri Jul  8 12:08:34 2011', '2011-07-08T12:08:34 0'],
    ['From a@b Fri Jul  8 12:08 2011', '2011-07-08T12:08:00 0'],
    ['From 12345@xxx Thu Jan 01 01:02:03 +0200 2015', '2014-12-31T23:02:03 120'],
    ['From a@b Fri Jul  8 12:08:34 PDT 2011', '2011-07-08T19:08:34 -420'],
    ['From a@b Fri Jul  8 12:08:34 2011 -0700', '2011-07-08T19:08:34 -420'],
    ['From "a b"@c Fri, 8 Jul 2011 12:08:34 +0000', '2011-07-08T12:08:34 0'],
    ['From -', undefined],
    ['From Russia with love', undefined],
  ];
  for (const [text, shown] of cases) assert.equal(show(parseFromLineDate(text)), shown, text);
});
