import type { Connection } from './database.ts';
import { prepare, type Statement } from './statement.ts';
import type { MailboxRow } from './mailbox-state.ts';
import type { MailTransaction } from './transaction.ts';
import type { WriteQueue } from './write-queue.ts';

/**
 * What a crash may take: messages of so long ago are \Recent once more, which RFC 3501 section 2.3.2 prefers to never. So a
 * client that looks into its mailbox and goes does not wait for the disk, nor does the one after it.
 */
const writeAfterMs = 2000;

interface RecentHost {
  readonly queue: WriteQueue<MailTransaction>;
  readonly reader: Connection;
}

/**
 * Which messages have been \Recent for somebody, on its way to the disk. A session in IDLE takes each message as it is
 * delivered: written at once, that would be a second transaction before the delivery is answered.
 */
export class RecentMarks {
  readonly #queue: WriteQueue<MailTransaction>;
  readonly #isAlone: () => boolean;
  /** Where a neighbour's mark is read, which ticks no clock. */
  readonly #stored: Statement;
  /** The first UID that is still \Recent, of each mailbox that somebody took from. */
  #taken = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;

  /** `isAlone`: whether no neighbour takes from the same mailboxes. */
  constructor({ queue, reader }: RecentHost, { isAlone }: { readonly isAlone: () => boolean }) {
    this.#queue = queue;
    this.#isAlone = isAlone;
    this.#stored = prepare(reader, 'SELECT first_recent_uid FROM mailbox WHERE id = ?').pluck();
  }

  /** The first UID that is still \Recent. */
  first({ key, mailbox }: MailboxRow): number {
    const taken = this.#taken.get(key) ?? 0;
    const stored = this.#isAlone() ? 0 : ((this.#stored.get(key) ?? 0) as number);
    return Math.max(mailbox.firstRecentUid, taken, stored);
  }

  /** Everything below this UID was taken. */
  take(key: number, uid: number): void {
    this.#taken.set(key, uid);
    // A neighbour reads it from the disk.
    if (!this.#isAlone()) this.write();
    else this.#timer ??= setTimeout(() => this.write(), writeAfterMs);
  }

  /** Writes what was taken with the next batch; nobody waits for it. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#taken.size === 0) return;
    const taken = this.#taken;
    this.#taken = new Map();
    this.#queue
      .submit(({ statements }) => {
        for (const [key, uid] of taken) statements.setRecent.run(uid, key);
      })
      .catch(() => undefined);
  }
}
