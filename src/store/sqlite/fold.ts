import type { MailboxState } from './mailbox-state.ts';
import { flagsText } from './flags-text.ts';
import type { MarkRun } from './marks.ts';
import type { MailTransaction } from './transaction.ts';
import type { Unfolded } from './unfolded.ts';
import type { WriteQueue } from './write-queue.ts';

/** Rows of the log folded in one transaction: some milliseconds when each changed another message. */
const foldRows = 500;
/** Rows of the log that may wait for folding: opening the account reads them in a few milliseconds. */
const unfoldedRowsMax = 2000;
/** Changes of messages that may wait: they are kept in memory, about 100 bytes for neighbours that got the same flags, and read by an opening. */
const unfoldedChangesMax = 50_000;
/** What closing an account leaves unfolded: so much is read by the next opening in a tenth of a millisecond. */
const leftRowsMax = 50;
const leftChangesMax = 500;
/** Nobody writes for so long: then everything is folded. */
const idleMs = 5000;
/** What the log keeps: enough for column files, and processes that were away, to follow step by step. */
const logKept: Kept = { rows: 20_000, bytes: 16 * 1024 * 1024 };
/** How much it grows until it is looked whether it has too much. */
const growthRows = 2000;
const growthBytes = 2 * 1024 * 1024;
/** Rows of the log looked at, or cut off, in one step. */
const cutRows = 1000;

interface Kept {
  readonly rows: number;
  readonly bytes: number;
}

type Sliced = Generator<undefined, void, undefined>;

/** Brings rows to where the log is, up to a mod-sequence that is published. */
export function* fold(tx: MailTransaction, upTo: number): Sliced {
  const { unfolded, state } = tx.host;
  const to = Math.min(upTo, state.modSeq);
  if (to <= tx.folded) return;
  const { overlay } = unfolded;
  for (const key of overlay.keys) {
    const runs = overlay.get(key)?.runs ?? [];
    yield* settle(
      tx,
      key,
      runs.filter(([, , , modSeq]) => modSeq <= to),
    );
  }
  for (const key of unfolded.mailboxes) {
    const row = tx.row(key);
    if (row === undefined) continue;
    const { uidNext, highestModSeq, messages, unseen, deleted, size, deletedSize } = row.mailbox;
    tx.statements.setCounters.run(
      uidNext,
      highestModSeq,
      messages,
      unseen,
      deleted,
      size,
      deletedSize,
      key,
    );
  }
  tx.foldTo(to);
}

/** Gives entry rows the flags and mod-sequences that the log has for them. */
export function* settle(tx: MailTransaction, key: number, runs: readonly MarkRun[]): Sliced {
  for (const [first, last, flags, modSeq] of runs) {
    for (let from = first; from <= last; from += foldRows) {
      const to = Math.min(last, from + foldRows - 1);
      if (typeof flags === 'number') tx.statements.settle.run(flags, modSeq, key, from, to, modSeq);
      else {
        const each = flagsText(flags.subarray(from - first, to - first + 1));
        tx.statements.settleEach.run(each, from, modSeq, key, from, to, modSeq);
      }
      if (tx.isDue) yield* tx.breathe();
    }
  }
}

/** Cuts off the oldest of the log where it has more than it keeps; what is not folded stays. */
export function* cutLog(tx: MailTransaction, { rows: rowsMax, bytes: bytesMax } = logKept): Sliced {
  // The last row is the clock and stays, however long it is.
  let kept = 0;
  let bytes = 0;
  let before: number = tx.modSeq;
  for (;;) {
    const rows = tx.statements.recordSizes.all(before, cutRows) as unknown as [number, number][];
    for (const [modSeq, length] of rows) {
      kept++;
      bytes += length;
      if (kept > rowsMax || bytes > bytesMax) {
        yield* cut(tx, Math.min(modSeq, tx.folded));
        return;
      }
      before = modSeq;
    }
    if (rows.length < cutRows) return;
    yield* tx.breathe();
  }
}

function* cut(tx: MailTransaction, upTo: number): Sliced {
  while (tx.statements.cutLog.run(upTo, cutRows).changes === cutRows) yield* tx.breathe();
}

interface FolderHost {
  readonly queue: WriteQueue<MailTransaction>;
  readonly state: MailboxState;
  readonly unfolded: Unfolded;
}

/** Has an account's log folded and cut: a piece between the writes of a busy account, all when nobody writes. */
export class Folder {
  readonly #host: FolderHost;
  #wroteAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #folding = false;
  #stopped = false;

  constructor(host: FolderHost) {
    this.#host = host;
  }

  get #isDone(): boolean {
    const { state, unfolded } = this.#host;
    return unfolded.folded >= state.modSeq;
  }

  /** Looks after each write whether there is something to do. */
  look(): void {
    if (this.#isDone || this.#stopped) return;
    this.#wroteAt = performance.now();
    if (this.#folding) return;
    this.#timer ??= this.#wait(idleMs);
    const { state, unfolded } = this.#host;
    if (unfolded.changes > unfoldedChangesMax) this.#fold(state.modSeq);
    else if (state.modSeq - unfolded.folded > unfoldedRowsMax)
      this.#fold(Math.max(unfolded.folded + foldRows, state.modSeq - unfoldedRowsMax));
  }

  #wait(delay: number): NodeJS.Timeout {
    return setTimeout(() => {
      const left = this.#wroteAt + idleMs - performance.now();
      this.#timer = left > 0 ? this.#wait(left) : undefined;
      if (left <= 0) this.#fold(this.#host.state.modSeq);
    }, delay).unref();
  }

  #fold(upTo: number): void {
    this.#folding = true;
    this.#run(upTo)
      // A full disk, a closed account: what is not folded stays in the log.
      .catch(() => undefined)
      .finally(() => {
        this.#folding = false;
        this.look();
      });
  }

  async #run(upTo: number): Promise<void> {
    const { queue, unfolded } = this.#host;
    await queue.submit((tx) => fold(tx, upTo));
    if (unfolded.grownRows < growthRows && unfolded.grownBytes < growthBytes) return;
    unfolded.grownRows = unfolded.grownBytes = 0;
    await queue.submit((tx) => cutLog(tx));
  }

  /** Folds everything that is published. */
  async all(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isDone) await this.#run(this.#host.state.modSeq);
  }

  /** Whether what waits is so little that the next opening may as well read it. */
  get isLittle(): boolean {
    const { state, unfolded } = this.#host;
    return state.modSeq - unfolded.folded <= leftRowsMax && unfolded.changes <= leftChangesMax;
  }

  /** Begins nothing more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#stopped = true;
  }
}
