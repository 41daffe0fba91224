import { setImmediate as nextTurn } from 'node:timers/promises';
import { StoreError } from '../store-error.ts';
import { ifFree, storeError, whenFree } from './database.ts';

/** One open transaction, as the queue sees it. */
export interface Transaction {
  /** Begins a job: what follows can be undone alone. */
  mark(): void;
  release(): void;
  /** Takes back all since `mark`. False when the engine has already undone the whole transaction. */
  undo(): boolean;
  commit(): void;
  /** Takes back everything; also after a commit that failed. */
  rollback(): void;
  /** Whether those who wait must wait for stable storage. */
  readonly needsSync: boolean;
  /** Makes what was committed visible, in order. Synchronous, must not throw. */
  publish(): void;
}

export interface Engine<Tx extends Transaction> {
  /** To be awaited before a transaction that writes. */
  ready(): Promise<void> | undefined;
  /** Begins a transaction that holds the write lock unless it only reads; throws SQLITE_BUSY while another process has it. */
  begin(readsOnly: boolean): Tx;
  /** Brings all that was committed to stable storage. */
  sync(): Promise<void>;
  /** After a failed sync nothing is known of what the disk holds: the account must not be used further. */
  poison(error: StoreError): void;
}

/** A piece of writing: runs at once, or in slices as a generator that yields when it has run long enough. */
export type Job<Tx, T> = (transaction: Tx) => T | Generator<undefined, T, undefined>;

interface Waiting<Tx> {
  readonly run: Job<Tx, unknown>;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  result: unknown;
}

/** Synchronous work of one batch before it commits, milliseconds: what waits longer goes into the next. */
const batchTimeDefaultMs = 4;
const batchJobsMax = 512;

/**
 * All writes of an account, one after another. Whatever is waiting runs as one transaction, each job in its
 * own savepoint; then commit, sync, publish, answer. The next batch begins only after that, so nobody, not
 * even another job, ever sees what is not on stable storage (docs/storage.md has the argument).
 */
export class WriteQueue<Tx extends Transaction> {
  readonly #engine: Engine<Tx>;
  readonly #batchTimeMs: number;
  #waiting: Waiting<Tx>[] = [];
  /** Those who wait for the next transaction only to have what it begins with published. */
  #looking: PromiseWithResolvers<void> | undefined;
  #isRunning = false;
  /** A job of this batch was cut into slices. */
  #isLong = false;
  /** The last batch was one job, and it waited for the disk: without that, one job after the other would leave nobody a turn. */
  #wasAlone = false;
  /** Who waits for the end of what runs. */
  #ended: PromiseWithResolvers<void> | undefined;
  #closed: StoreError | undefined;
  #pauses: (() => Promise<void>)[] = [];

  constructor(engine: Engine<Tx>, batchTimeMs = batchTimeDefaultMs) {
    this.#batchTimeMs = batchTimeMs;
    this.#engine = engine;
  }

  /** Runs a job in the next batch. Aborting helps until it begins. Rejects with what the job threw. */
  submit<T>(run: Job<Tx, T>, signal?: AbortSignal): Promise<T> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({
        run,
        signal,
        resolve: resolve as (value: unknown) => void,
        reject,
        result: undefined,
      });
      this.#start();
    });
  }

  /**
   * Publishes what other processes had committed before the call: the next transaction begins with that, and
   * takes no lock when nobody here writes.
   */
  catchUp(): Promise<void> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    this.#looking ??= Promise.withResolvers();
    this.#start();
    return this.#looking.promise;
  }

  /** Does something between two batches, while no transaction is open. */
  pause(action: () => Promise<void>): void {
    this.#pauses.push(action);
    this.#start();
  }

  /** Brings to stable storage what was committed without anybody waiting for that. */
  settle(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.pause(async () => {
        const failure = this.#closed ?? (await this.#sync());
        if (failure === undefined) resolve();
        else reject(failure);
      });
    });
  }

  /** Takes no more jobs and waits until those taken are done. */
  async close(reason: StoreError): Promise<void> {
    this.#closed ??= reason;
    while (this.#isRunning) await (this.#ended ??= Promise.withResolvers()).promise;
  }

  /** Rejects everything that waits and all that comes. */
  fail(error: StoreError): void {
    this.#closed = error;
    for (const job of this.#waiting.splice(0)) job.reject(error);
    this.#looking?.reject(error);
    this.#looking = undefined;
  }

  #start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    // Let everybody whose bytes have arrived in this turn join the first batch, unless there is hardly anybody else.
    if (this.#wasAlone) queueMicrotask(() => void this.#drain());
    else setImmediate(() => void this.#drain());
  }

  #hasBatch(): boolean {
    return this.#waiting.length > 0 || this.#looking !== undefined;
  }

  async #drain(): Promise<void> {
    while (this.#hasBatch() || this.#pauses.length > 0) {
      for (const action of this.#pauses.splice(0)) await action();
      if (this.#hasBatch()) await this.#batch();
    }
    this.#isRunning = false;
    this.#ended?.resolve();
    this.#ended = undefined;
  }

  async #batch(): Promise<void> {
    const looking = this.#looking;
    this.#looking = undefined;
    let readsOnly = false;
    let transaction: Tx;
    try {
      const ready = this.#waiting.length > 0 ? this.#engine.ready() : undefined;
      if (ready !== undefined) await ready;
      const begin = (): Tx => this.#engine.begin((readsOnly = this.#waiting.length === 0));
      transaction = ifFree(begin) ?? (await whenFree(begin));
    } catch (error) {
      looking?.reject(storeError(error));
      for (const job of this.#waiting.splice(0)) job.reject(storeError(error));
      return;
    }
    this.#isLong = false;
    const done = readsOnly ? [] : await this.#runJobs(transaction);
    if (done === undefined) {
      looking?.resolve(this.catchUp());
      return;
    }
    // What a long job left takes milliseconds to commit, as did its last slice.
    if (this.#isLong) await nextTurn();
    try {
      transaction.commit();
    } catch (error) {
      transaction.rollback();
      looking?.resolve(this.catchUp());
      for (const job of done) job.reject(storeError(error));
      return;
    }
    const { needsSync } = transaction;
    const poison = needsSync ? await this.#sync() : undefined;
    this.#wasAlone = needsSync && done.length === 1;
    if (poison !== undefined) {
      looking?.reject(poison);
      for (const job of done) job.reject(poison);
      this.fail(poison);
      return;
    }
    transaction.publish();
    looking?.resolve();
    for (const job of done) job.resolve(job.result);
  }

  /** Syncs; when that fails the account is poisoned with the error that is returned. */
  async #sync(): Promise<StoreError | undefined> {
    try {
      await this.#engine.sync();
      return undefined;
    } catch (error) {
      // After a failed fsync Linux marks the pages clean: a second try would report success for bytes that
      // never reached the disk. So nothing of this batch is acknowledged and no further sync is trusted.
      const poison = new StoreError('unavailable', 'the disk did not confirm a write', {
        cause: error,
      });
      this.#engine.poison(poison);
      return poison;
    }
  }

  /** Runs what waits; returns the jobs that succeeded, or undefined when the transaction was lost. */
  async #runJobs(transaction: Tx): Promise<Waiting<Tx>[] | undefined> {
    const done: Waiting<Tx>[] = [];
    const deadline = performance.now() + this.#batchTimeMs;
    let taken = 0;
    while (taken < this.#waiting.length && taken < batchJobsMax && performance.now() < deadline) {
      const job = this.#waiting[taken++]!;
      if (job.signal?.aborted === true) {
        job.reject(job.signal.reason);
        continue;
      }
      try {
        transaction.mark();
        const result = job.run(transaction);
        if (isGenerator(result)) {
          // Most are over at once.
          const step = result.next();
          if (step.done !== true) this.#isLong = true;
          job.result = step.done === true ? step.value : await inSlices(result);
        } else job.result = result;
        transaction.release();
        done.push(job);
      } catch (error) {
        job.reject(storeError(error));
        if (transaction.undo()) continue;
        // No space, an I/O error: SQLite has rolled back everything. The others try again without this one.
        transaction.rollback();
        this.#waiting.splice(0, taken, ...done);
        return undefined;
      }
    }
    this.#waiting.splice(0, taken);
    return done;
  }
}

function isGenerator(value: unknown): value is Generator<undefined, unknown, undefined> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value && 'next' in value;
}

/** Runs what is left of a job that has run long enough for now. */
async function inSlices(generator: Generator<undefined, unknown, undefined>): Promise<unknown> {
  for (;;) {
    await nextTurn();
    const step = generator.next();
    if (step.done !== true) continue;
    // What it writes down at its end is another slice.
    await nextTurn();
    return step.value;
  }
}
