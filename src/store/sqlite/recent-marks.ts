import { asUid, type Uid } from '../../model/ids.ts';
import type { Reader } from './reader.ts';
import { prepare, type Statement } from './statement.ts';
import type { MailboxRow, MailboxState } from './mailbox-state.ts';
import type { MailTransaction } from './transaction.ts';
import type { Views } from './views.ts';
import type { WriteQueue } from './write-queue.ts';

/**
 * What a crash may take: messages of so long ago are \Recent once more, which RFC 3501 section 2.3.2 prefers to never. So a
 * client that looks into its mailbox and goes does not wait for the disk, nor does the one after it, and most often it is written
 * together with something else: at the sweep that follows an opening, or at the closing.
 */
const writeAfterMs = 30_000;

interface RecentHost {
  readonly queue: WriteQueue<MailTransaction>;
  readonly reader: Reader;
  readonly state: MailboxState;
  readonly views: Views;
}

/** Above every UID. */
const uidAbove = asUid(2 ** 32);

/**
 * Which messages have been \Recent for somebody, on its way to the disk. A session in IDLE takes each message as it is
 * delivered: written at once, that would be a second transaction before the delivery is answered.
 */
export class RecentMarks {
  readonly #host: RecentHost;
  readonly #isAlone: () => boolean;
  /** Where a neighbour's mark is read, which ticks no clock. */
  readonly #stored: Statement;
  /** The first UID that is still \Recent, of each mailbox that somebody took from. */
  #taken = new Map<number, number>();
  #timer: NodeJS.Timeout | undefined;

  /** `isAlone`: whether no neighbour takes from the same mailboxes. */
  constructor(host: RecentHost, { isAlone }: { readonly isAlone: () => boolean }) {
    this.#host = host;
    this.#isAlone = isAlone;
    this.#stored = prepare(
      host.reader,
      'SELECT first_recent_uid FROM mailbox WHERE id = ?',
    ).pluck();
  }

  /** The first message that is \Recent for whoever takes them now. */
  first(key: number): Uid {
    const row = this.#host.state.get(key);
    // Of a mailbox that is gone none is new.
    return row === undefined ? uidAbove : asUid(this.#firstOf(row));
  }

  /** Takes what is \Recent: at once for this process, and written without anybody waiting. */
  take(key: number): Uid {
    const { state, views } = this.#host;
    const row = state.get(key);
    const firstRecentUid = this.first(key);
    if (row === undefined || firstRecentUid >= row.mailbox.uidNext) return firstRecentUid;
    const { uidNext } = row.mailbox;
    const taken = { ...row, mailbox: { ...row.mailbox, firstRecentUid: uidNext } };
    state.put(taken);
    views.refresh(taken);
    this.#taken.set(key, uidNext);
    // A neighbour reads it from the disk.
    if (!this.#isAlone()) this.write();
    else this.#timer ??= setTimeout(() => this.write(), writeAfterMs).unref();
    return firstRecentUid;
  }

  #firstOf({ key, mailbox }: MailboxRow): number {
    const taken = this.#taken.get(key) ?? 0;
    const stored = this.#isAlone() ? 0 : this.#host.reader.atOnce(() => this.#stored.get(key) ?? 0);
    return Math.max(mailbox.firstRecentUid, taken, stored as number);
  }

  /** Writes what was taken with the next batch; nobody waits for it. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#taken.size === 0) return;
    const taken = this.#taken;
    this.#taken = new Map();
    this.#host.queue
      .submit(({ statements }) => {
        for (const [key, uid] of taken) statements.setRecent.run(uid, key);
      })
      .catch(() => undefined);
  }
}
