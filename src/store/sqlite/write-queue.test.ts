import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreError } from '../store-error.ts';
import { type Engine, type Transaction, WriteQueue } from './write-queue.ts';

/** An engine that only writes down what is asked of it. */
class Recorder implements Engine<FakeTransaction> {
  readonly log: string[] = [];
  busy = 0;
  failCommit: Error | undefined;
  failSync: Error | undefined;
  poisoned: StoreError | undefined;

  ready(): undefined {}

  begin(): FakeTransaction {
    if (this.busy-- > 0) throw Object.assign(new Error('locked'), { code: 'SQLITE_BUSY' });
    this.log.push('begin');
    return new FakeTransaction(this);
  }

  async sync(): Promise<void> {
    this.log.push('sync');
    await sleep(1);
    if (this.failSync !== undefined) throw this.failSync;
    this.log.push('synced');
  }

  poison(error: StoreError): void {
    this.poisoned = error;
  }
}

class FakeTransaction implements Transaction {
  needsSync = true;
  lost = false;
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  write(text: string): void {
    this.#recorder.log.push(text);
  }

  mark(): void {
    this.lost = false;
  }

  release(): void {
    this.#recorder.log.push('release');
  }

  undo(): boolean {
    this.#recorder.log.push('undo');
    return !this.lost;
  }

  commit(): void {
    if (this.#recorder.failCommit !== undefined) throw this.#recorder.failCommit;
    this.#recorder.log.push('commit');
  }

  rollback(): void {
    this.#recorder.log.push('rollback');
  }

  publish(): void {
    this.#recorder.log.push('publish');
  }
}

/** So long that a busy machine never splits a batch in the middle of a test. */
const batchTimeMs = 60_000;

describe('the write queue', () => {
  test('waiting jobs share a transaction; answers come after sync and publication', async () => {
    const engine = new Recorder();
    const queue = new WriteQueue<FakeTransaction>(engine, batchTimeMs);
    const jobs = ['a', 'b'].map(async (name) => {
      assert.equal(await queue.submit((tx) => (tx.write(name), name)), name);
      engine.log.push(`answered ${name}`);
    });
    await Promise.all(jobs);
    assert.deepEqual(engine.log, [
      'begin',
      'a',
      'release',
      'b',
      'release',
      'commit',
      'sync',
      'synced',
      'publish',
      'answered a',
      'answered b',
    ]);
  });

  test('the next batch begins only when the last one is published', async () => {
    const engine = new Recorder();
    const queue = new WriteQueue<FakeTransaction>(engine, batchTimeMs);
    const first = queue.submit((tx) => tx.write('a'));
    await sleep(0);
    const second = queue.submit((tx) => tx.write('b'));
    await Promise.all([first, second]);
    assert.ok(engine.log.indexOf('b') > engine.log.indexOf('publish'));
  });

  test('who writes alone waits for nobody; but jobs that need no sync leave others a turn, one by one', async () => {
    const engine = new Recorder();
    const queue = new WriteQueue<FakeTransaction>(engine, batchTimeMs);
    let turns = 0;
    const write = async (synced: boolean): Promise<void> => {
      const turn = setImmediate(() => turns++);
      await queue.submit((tx) => {
        tx.needsSync = synced;
        engine.log.push(`after ${turns}`);
      });
      clearImmediate(turn);
    };
    for (const synced of [true, true, false, false, false]) {
      turns = 0;
      await write(synced);
    }
    const begun = engine.log.filter((line) => line.startsWith('after'));
    assert.deepEqual(begun, ['after 1', 'after 0', 'after 0', 'after 1', 'after 1']);
  });

  test('a failing job undoes only itself', async () => {
    const engine = new Recorder();
    const queue = new WriteQueue<FakeTransaction>(engine, batchTimeMs);
    const results = await Promise.allSettled([
      queue.submit((tx) => tx.write('a')),
      queue.submit(() => {
        throw new StoreError('limit', 'no');
      }),
      queue.submit((tx) => tx.write('c')),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(engine.log.slice(0, 6), ['begin', 'a', 'release', 'undo', 'c', 'release']);
  });

  test('when the engine lost the transaction, the others run again without the one that failed', async () => {
    const engine = new Recorder();
    const queue = new WriteQueue<FakeTransaction>(engine, batchTimeMs);
    let runs = 0;
    const results = await Promise.allSettled([
      queue.submit((tx) => (tx.write('a'), ++runs)),
      queue.submit((tx) => {
        tx.lost = true;
        throw Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' });
      }),
      queue.submit((tx) => tx.write('c')),
    ]);
    assert.equal(runs, 2);
    const [, failed] = results;
    assert.ok(
      failed?.status === 'rejected' &&
        failed.reason instanceof StoreError &&
        failed.reason.code === 'full',
    );
    assert.equal(engine.log.filter((line) => line === 'commit').length, 1);
  });

  test('a commit that fails answers nobody and harms nothing after it', async () => {
    const engine = new Recorder();
    const queue = new WriteQueue<FakeTransaction>(engine, batchTimeMs);
    engine.failCommit = Object.assign(new Error('i/o'), { code: 'SQLITE_IOERR_WRITE' });
    await assert.rejects(
      queue.submit((tx) => tx.write('a')),
      { code: 'unavailable' },
    );
    engine.failCommit = undefined;
    await queue.submit((tx) => tx.write('b'));
    assert.equal(engine.log.filter((line) => line === 'publish').length, 1);
  });

  test('a sync that fails is never acknowledged, and ends the account', async () => {
    const engine = new Recorder();
    const queue = new WriteQueue<FakeTransaction>(engine, batchTimeMs);
    engine.failSync = new Error('EIO');
    const first = queue.submit((tx) => tx.write('a'));
    const second = sleep(0).then(() => queue.submit((tx) => tx.write('b')));
    await assert.rejects(first, { code: 'unavailable' });
    await assert.rejects(second, { code: 'unavailable' });
    await assert.rejects(
      queue.submit((tx) => tx.write('c')),
      { code: 'unavailable' },
    );
    assert.ok(engine.poisoned);
    assert.ok(!engine.log.includes('publish'));
    assert.ok(!engine.log.includes('b'));
  });

  test('a lock of another process is awaited', async () => {
    const engine = new Recorder();
    const queue = new WriteQueue<FakeTransaction>(engine, batchTimeMs);
    engine.busy = 4;
    await queue.submit((tx) => tx.write('a'));
    assert.ok(engine.log.includes('publish'));
  });

  test('an aborted job does not run, a running one is not stopped', async () => {
    const engine = new Recorder();
    const queue = new WriteQueue<FakeTransaction>(engine, batchTimeMs);
    const aborter = new AbortController();
    const running = queue.submit(
      (tx) => (aborter.abort(new Error('late')), tx.write('a')),
      aborter.signal,
    );
    const waiting = queue.submit((tx) => tx.write('b'), aborter.signal);
    await Promise.all([running, assert.rejects(waiting, /late/)]);
    assert.ok(!engine.log.includes('b'));
  });

  test('a long job runs in slices, others have turns, its writes stay together', async () => {
    const engine = new Recorder();
    const queue = new WriteQueue<FakeTransaction>(engine, batchTimeMs);
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const result = await queue.submit(function* (tx) {
      for (let slice = 0; slice < 5; slice++) {
        const until = performance.now() + 2;
        while (performance.now() < until);
        tx.write('slice');
        yield undefined;
      }
      return 'done';
    });
    clearInterval(timer);
    assert.equal(result, 'done');
    assert.ok(turns > 0);
    assert.deepEqual(engine.log.slice(0, 8), [
      'begin',
      'slice',
      'slice',
      'slice',
      'slice',
      'slice',
      'release',
      'commit',
    ]);
  });

  test('the last slice of a long job, its record and the commit are turns of their own', async () => {
    const engine = new Recorder();
    const queue = new WriteQueue<FakeTransaction>(engine, batchTimeMs);
    const done = queue.submit(function* (tx) {
      tx.write('slice');
      yield undefined;
      tx.write('last slice');
    });
    const turn = (): void => {
      if (engine.log.at(-1) !== 'turn') engine.log.push('turn');
      if (!engine.log.includes('commit')) setImmediate(turn);
    };
    setImmediate(turn);
    await done;
    const from = engine.log.indexOf('last slice');
    assert.deepEqual(engine.log.slice(from, from + 5), [
      'last slice',
      'turn',
      'release',
      'turn',
      'commit',
    ]);
  });

  test('close finishes what was taken and refuses more', async () => {
    const engine = new Recorder();
    const queue = new WriteQueue<FakeTransaction>(engine, batchTimeMs);
    const taken = queue.submit((tx) => tx.write('a'));
    await queue.close(new StoreError('unavailable', 'closed'));
    await taken;
    await assert.rejects(
      queue.submit((tx) => tx.write('b')),
      { code: 'unavailable' },
    );
  });
});
