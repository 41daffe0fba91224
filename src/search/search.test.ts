import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asModSeq } from '../model/ids.ts';
import { NumberSet } from '../model/number-set.ts';
import type { SearchKey } from '../model/search-key.ts';
import { and, day, find, has, mailbox, not, or, plain, ranges } from './fake-mailbox.ts';

describe('keys that columns decide', () => {
  const source = mailbox([
    { text: plain, uid: 3, flags: ['\\Seen'], modSeq: 5, recent: true },
    { text: `${plain}${'x'.repeat(100)}`, uid: 7, flags: ['\\Seen', '$Work'], modSeq: 9 },
    { text: plain, uid: 8, modSeq: 2 },
  ]);
  const cases: readonly (readonly [string, SearchKey, readonly number[]])[] = [
    ['all', { kind: 'all' }, [1, 2, 3]],
    ['no keys at all', and(), [1, 2, 3]],
    ['flag', has('\\seen'), [1, 2]],
    ['keyword, any case', has('$WORK'), [2]],
    ['not flag', not(has('\\Seen')), [3]],
    ['recent', { kind: 'recent' }, [1]],
    ['sequence', { kind: 'sequence', set: ranges([2, '*']) }, [2, 3]],
    ['sequence beyond the end', { kind: 'sequence', set: ranges([3, 99]) }, [3]],
    ['sequence reversed', { kind: 'sequence', set: ranges(['*', 2]) }, [2, 3]],
    ['uid', { kind: 'uid', set: ranges([4, 7]) }, [2]],
    ['uid *', { kind: 'uid', set: ranges(['*', 100]) }, [3]],
    ['larger', { kind: 'larger', size: 60 }, [2]],
    ['larger is not equal', { kind: 'larger', size: 50 }, [2]],
    ['smaller', { kind: 'smaller', size: 60 }, [1, 3]],
    ['modseq includes the value', { kind: 'modseq', modSeq: asModSeq(5) }, [1, 2]],
    ['or', or(has('$Work'), not(has('\\Seen'))), [2, 3]],
    ['and', and(has('\\Seen'), not(has('$Work'))), [1]],
    ['save dates are kept', { kind: 'savedatesupported' }, [1, 2, 3]],
  ];
  for (const [name, key, expected] of cases) {
    test(name, async () => {
      assert.deepEqual(await find(key, source), expected);
    });
  }

  test('nothing is read for them', () => {
    assert.deepEqual(source.reads, { facts: 0, contents: 0, bytes: 0 });
  });

  test('$ is the saved result, as numbers and as UIDs', async () => {
    const saved = NumberSet.of([7, 99]) as NumberSet<never>;
    const set = { kind: 'saved' } as const;
    assert.deepEqual(await find({ kind: 'sequence', set }, source, { saved }), [2]);
    assert.deepEqual(await find({ kind: 'uid', set }, source, { saved }), [2]);
    assert.deepEqual(await find({ kind: 'uid', set }, source), []);
  });

  test('an empty mailbox has nothing, not even *', async () => {
    assert.deepEqual(await find({ kind: 'uid', set: ranges(['*', '*']) }, mailbox([])), []);
  });
});

describe('dates', () => {
  const source = mailbox([
    { text: plain, received: { at: '2026-01-09T23:30:00Z' } },
    // The same moment, written where it is tomorrow already.
    { text: plain, received: { at: '2026-01-09T23:30:00Z', zoneMinutes: 60 } },
    { text: plain, received: { at: '2026-01-20T11:59:00Z' }, saved: '2026-01-01T00:00:00Z' },
  ]);
  const received = (relation: 'before' | 'on' | 'since', date: number): SearchKey => ({
    kind: 'date',
    of: 'received',
    relation,
    date: day(2026, 1, date),
  });

  test('the written day counts, zone disregarded', async () => {
    assert.deepEqual(await find(received('on', 9), source), [1]);
    assert.deepEqual(await find(received('on', 10), source), [2]);
    assert.deepEqual(await find(received('before', 10), source), [1]);
    assert.deepEqual(await find(received('since', 10), source), [2, 3]);
  });

  test('save dates', async () => {
    const key = { kind: 'date', of: 'saved', relation: 'before', date: day(2026, 1, 2) } as const;
    assert.deepEqual(await find(key, source), [3]);
  });

  test('older and younger include the border', async () => {
    assert.deepEqual(await find({ kind: 'younger', seconds: 60 }, source), [3]);
    assert.deepEqual(await find({ kind: 'younger', seconds: 59 }, source), []);
    assert.deepEqual(await find({ kind: 'older', seconds: 60 }, source), [1, 2, 3]);
    assert.deepEqual(await find({ kind: 'older', seconds: 61 }, source), [1, 2]);
  });

  test('sent dates come from the Date field; without one nothing matches', async () => {
    const sent = mailbox([
      { text: 'Date: Mon, 5 Jan 2026 23:00:00 -0800\n\nx' },
      { text: 'Subject: no date\n\nx' },
      { text: 'Date: yesterday or so\n\nx' },
    ]);
    const key = (relation: 'before' | 'on' | 'since', date: number): SearchKey => ({
      kind: 'date',
      of: 'sent',
      relation,
      date: day(2026, 1, date),
    });
    assert.deepEqual(await find(key('on', 5), sent), [1]);
    assert.deepEqual(await find(key('on', 6), sent), []);
    assert.deepEqual(await find(key('before', 7), sent), [1]);
    assert.deepEqual(await find(key('since', 1), sent), [1]);
    assert.equal(sent.reads.contents, 0);
  });
});
