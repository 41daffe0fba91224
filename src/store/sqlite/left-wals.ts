import { existsSync } from 'node:fs';
import type { Logger } from '../../base/logger.ts';
import type { AccountId, ModSeq } from '../../model/ids.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { LeftOpen } from './mail-engine.ts';

/**
 * A longer WAL is brought into the database at once: the next opening reads and checks what was written to it, a millisecond
 * for a MiB. Half of it may be room that nobody has written to.
 */
const walBytesMax = 1024 * 1024;
/** How long a WAL is left for the next opening of its account: then, or up to twice as long after, all of its account is in one file again. */
const leftMs = 30_000;
/** So many accounts may have a WAL left; the longest closed are tidied first. */
const leftMax = 1000;

interface Left extends LeftOpen {
  readonly path: string;
  readonly since: number;
}

interface LeftOptions {
  readonly checkpointer: Checkpointer;
  readonly logger: Logger;
}

/**
 * The WALs of accounts that were closed. Each stays for a while, since an account that is used again soon finds it and
 * bringing it into the database costs two syncs; then the checkpoint thread does that, one account after another, and leaves it empty:
 * making the two files takes as long as many writes.
 */
export class LeftWals implements AsyncDisposable {
  readonly #options: LeftOptions;
  /** The longest closed first. */
  readonly #left = new Map<AccountId, Left>();
  readonly #urgent = new Set<AccountId>();
  #tidying: { readonly id: AccountId; readonly done: Promise<void> } | undefined;
  #working: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ending = false;

  constructor(options: LeftOptions) {
    this.#options = options;
  }

  /** An account was closed. */
  add(id: AccountId, path: string, left: LeftOpen): void {
    this.#left.set(id, { ...left, path, since: performance.now() });
    if (left.walBytes > walBytesMax || left.synced === undefined) this.#urgent.add(id);
    this.#timer ??= setInterval(() => this.#work(), leftMs).unref();
    this.#work();
  }

  /** The account is opened again: up to where this process has synced it, as far as that is known. */
  take(id: AccountId): ModSeq | undefined {
    const left = this.#left.get(id);
    this.#left.delete(id);
    this.#urgent.delete(id);
    return left?.synced;
  }

  /** Whether the thread has it open. */
  isTidying(id: AccountId): boolean {
    return this.#tidying?.id === id;
  }

  /** The account is removed: resolves when nothing is done with its files any longer. */
  async forget(id: AccountId): Promise<void> {
    this.take(id);
    if (this.#tidying?.id === id) await this.#tidying.done;
  }

  #work(): void {
    this.#working ??= this.#tidyDue().finally(() => {
      this.#working = undefined;
    });
  }

  async #tidyDue(): Promise<void> {
    for (let due = this.#due(); due !== undefined; due = this.#due()) {
      const [id, { path }] = due;
      this.take(id);
      this.#tidying = { id, done: this.#tidy(id, path) };
      await this.#tidying.done;
      this.#tidying = undefined;
    }
    if (this.#left.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #due(): readonly [AccountId, Left] | undefined {
    for (const id of this.#urgent) return [id, this.#left.get(id)!];
    const before = this.#ending ? Infinity : performance.now() - leftMs;
    for (const [id, left] of this.#left) {
      const isDue = left.since <= before;
      if (!isDue && this.#left.size <= leftMax) return undefined;
      if (left.walBytes > 0) return [id, left];
      // Two empty files: the next opening will use them.
      this.#left.delete(id);
    }
    return undefined;
  }

  async #tidy(id: AccountId, path: string): Promise<void> {
    // Another process has removed the account meanwhile.
    if (!existsSync(path)) return;
    try {
      await this.#options.checkpointer.run(path, 'empty');
    } catch (error) {
      this.#options.logger.warn({ error, account: id }, 'an account could not be closed cleanly');
    }
  }

  /** All of each is in its one file when it resolves. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending = true;
    await this.#working;
    this.#work();
    await this.#working;
    clearInterval(this.#timer);
  }
}
