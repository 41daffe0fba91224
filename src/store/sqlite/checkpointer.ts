import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { StoreError } from '../store-error.ts';
import type { CheckpointAction, CheckpointReply, CheckpointRequest } from './checkpoint-worker.ts';

/** The thread that checkpoints for all accounts of a store, one after another; begun when first needed. */
export class Checkpointer {
  #worker: Worker | undefined;
  #next = 1;
  readonly #waiting = new Map<
    number,
    { resolve: (complete: boolean) => void; reject: (error: Error) => void }
  >();

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
    const worker = new Worker(
      new URL(`./checkpoint-worker${extname(import.meta.filename)}`, import.meta.url),
      { name: 'checkpoints' },
    );
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
