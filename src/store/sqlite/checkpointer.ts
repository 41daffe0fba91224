import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { StoreError } from '../store-error.ts';
import { checkpointThread } from './checkpoint-thread.ts';
import type { CheckpointAction, CheckpointReply, CheckpointRequest } from './checkpoint-thread.ts';

/** It holds next to nothing: SQLite's memory is not V8's. */
const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 };

/**
 * The thread that checkpoints for all accounts of a store, one after another: a checkpoint of 250 MB would
 * stop the main thread for a third of a second. Begun when first needed.
 */
export class Checkpointer {
  #worker: Worker | undefined;
  #next = 1;
  readonly #waiting = new Map<
    number,
    { resolve: (complete: boolean) => void; reject: (error: Error) => void }
  >();

  /** Begins the thread, so that its memory is there before anybody counts on what is left. */
  warm(): void {
    this.#worker ??= this.#begin();
  }

  /** Asks for one action on the database at a path: whether all of the WAL is in the database now. Rejects with `unavailable`. */
  run(path: string, action: CheckpointAction): Promise<boolean> {
    const worker = (this.#worker ??= this.#begin());
    const request: CheckpointRequest = { id: this.#next++, path, action };
    return new Promise<boolean>((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject });
      // Only a checkpoint that somebody waits for keeps the process alive.
      worker.ref();
      worker.postMessage(request);
    });
  }

  #begin(): Worker {
    const sqlite = JSON.stringify(createRequire(import.meta.url).resolve('better-sqlite3'));
    const source = `(${checkpointThread.toString()})(require('node:worker_threads').parentPort, require(${sqlite}), require('node:fs'))`;
    const worker = new Worker(source, {
      eval: true,
      name: 'checkpoints',
      execArgv: [],
      env: {},
      resourceLimits,
    });
    worker.on('message', (reply: CheckpointReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) worker.unref();
      if (reply.error === undefined) waiting?.resolve(reply.complete);
      else waiting?.reject(new StoreError('unavailable', `a checkpoint failed: ${reply.error}`));
    });
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', () => this.#fail(new Error('the checkpoint thread ended')));
    worker.unref();
    return worker;
  }

  #fail(error: unknown): void {
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) {
      reject(new StoreError('unavailable', 'a checkpoint failed', { cause: error }));
    }
    this.#waiting.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate();
  }
}
