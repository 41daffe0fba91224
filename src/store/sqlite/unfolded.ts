import type { Counters } from './counters.ts';
import { type LogRecord, readRecord } from './log.ts';
import { Marks, messagesIn } from './marks.ts';
import { Overlay } from './overlay.ts';
import type { AccountCounters, Step } from './step.ts';

/** How far the rows of an account are behind its log, as of what is published. */
export class Unfolded implements AccountCounters {
  readonly overlay = new Overlay();
  /** Mailboxes whose counters in `mailbox` may be behind. */
  readonly mailboxes = new Set<number>();
  nextMessage: number;
  uidValidity: number;
  /** Rows have all that the log says up to here. */
  #folded: number;
  /** Changes of messages logged since all was folded: what an opening has to read at most. */
  #changes = 0;
  /** Rows and bytes that the log grew by since it was cut. */
  grownRows = 0;
  grownBytes = 0;

  constructor(folded: number, { nextMessage, uidValidity }: AccountCounters) {
    this.#folded = folded;
    this.nextMessage = nextMessage;
    this.uidValidity = uidValidity;
  }

  get folded(): number {
    return this.#folded;
  }

  get changes(): number {
    return this.#changes;
  }

  /** Takes in what the log has beyond the rows at the opening. */
  begin(replay: Replay): void {
    for (const [key, { changed, settled }] of replay.mailboxes) {
      this.mailboxes.add(key);
      this.#changes += messagesIn(changed.runs);
      if (!settled) this.overlay.put(key, changed.runs);
    }
    this.advance(replay);
  }

  /** Takes in a write; the account's numbers are told apart, once for all writes of a transaction. */
  add(step: Step): void {
    this.overlay.add(step);
    for (const key of step.puts.keys()) this.mailboxes.add(key);
    for (const { changed } of step.events) this.#changes += messagesIn(changed);
    this.grownRows++;
    this.grownBytes += step.logged;
  }

  /** Numbers given out up to here. */
  advance({ nextMessage, uidValidity }: AccountCounters): void {
    this.nextMessage = Math.max(this.nextMessage, nextMessage);
    this.uidValidity = Math.max(this.uidValidity, uidValidity);
  }

  /** Somebody, here or in another process, has folded up to here; `shown` is the mod-sequence of all that was added. */
  foldedTo(modSeq: number, shown: number): void {
    if (modSeq <= this.#folded) return;
    this.#folded = modSeq;
    this.overlay.drop(modSeq);
    if (modSeq < shown) return;
    this.#changes = 0;
    this.mailboxes.clear();
  }
}

/** What some writes together did to a mailbox. */
interface ReplayedMailbox {
  counters: Counters;
  /** The last flags of messages that changed and are there. */
  readonly changed: Marks;
  settled: boolean;
  readonly gone: Set<number>;
}

/** A row of the log. */
export type LogRow = readonly [modSeq: number, record: string];

/** Records of the log, one after another, folded into what is at their end. */
export class Replay implements AccountCounters {
  readonly mailboxes = new Map<number, ReplayedMailbox>();
  names = false;
  /** Mailboxes that INBOX was renamed to. */
  readonly inboxBecame: number[] = [];
  /** Mailboxes with metadata that was set, 0 for the account itself. */
  readonly noted = new Set<number>();
  nextMessage = 0;
  uidValidity = 0;
  /** Bytes of the records. */
  bytes = 0;

  constructor(rows: readonly LogRow[]) {
    for (const [modSeq, text] of rows) {
      this.#add(modSeq, readRecord(text));
      this.bytes += text.length;
    }
  }

  #add(modSeq: number, record: LogRecord): void {
    this.names ||= record.names;
    if (record.inboxBecame !== undefined) this.inboxBecame.push(record.inboxBecame);
    for (const { key } of record.noted) this.noted.add(key);
    this.nextMessage = record.nextMessage;
    this.uidValidity = record.uidValidity;
    for (const { key, gone, changed, settled, ...numbers } of record.mailboxes) {
      const { uidNext, messages, unseen, deleted, size, deletedSize } = numbers;
      const sums = { messages, unseen, deleted, size, deletedSize };
      const counters = { uidNext, highestModSeq: modSeq, ...sums } as Counters;
      let mailbox = this.mailboxes.get(key);
      if (mailbox === undefined) {
        mailbox = { counters, changed: new Marks(), settled: true, gone: new Set() };
        this.mailboxes.set(key, mailbox);
      }
      mailbox.counters = counters;
      for (const [flags, uids] of changed) {
        mailbox.changed.put(uids.marks(flags, modSeq));
        mailbox.settled &&= settled;
      }
      for (const uid of gone.values()) {
        mailbox.gone.add(uid);
        mailbox.changed.remove(uid);
      }
    }
  }
}
