import { assert } from '../../base/assert.ts';
import type { Limits } from '../../base/limits.ts';
import { asModSeq, asUid, type MailboxId, type ModSeq } from '../../model/ids.ts';
import type { MailboxName } from '../../model/mailbox-name.ts';
import type { Mailbox } from '../store.ts';
import { StoreError } from '../store-error.ts';
import type { EntryRow } from './columns.ts';
import type { Connection } from './database.ts';
import { deletedBit, type FlagMark, type FlagSets, seenBit } from './flag-sets.ts';
import type { MailboxRow, MailboxState } from './mailbox-state.ts';
import type { Statements } from './statements.ts';
import type { Transaction } from './write-queue.ts';

/** What one write did to one mailbox, in rows. */
export interface MailboxEvent {
  readonly key: number;
  readonly added: readonly EntryRow[];
  /** UID and new flags, ascending; the mod-sequence where it is not the step's. */
  readonly changed: readonly (readonly [uid: number, flags: number, modSeq?: number])[];
  readonly expunged: readonly EntryRow[];
}

/** What one write did, to be published whole. */
export interface Step {
  readonly modSeq: ModSeq;
  readonly origin: object | undefined;
  /** Whether it must be on stable storage before anybody hears of it. */
  durable: boolean;
  readonly puts: Map<number, MailboxRow>;
  readonly removed: Set<number>;
  readonly subscriptions: Map<MailboxName, boolean>;
  readonly events: MailboxEvent[];
  /** Written by other processes, and read: `subscriptions` is all of them. */
  readonly foreign: boolean;
}

/** What a transaction needs of its account. */
export interface Host {
  readonly writer: Connection;
  readonly statements: Statements;
  readonly state: MailboxState;
  readonly flagSets: FlagSets;
  readonly limits: Limits;
  /** `sync: 'relaxed'`: flag changes do not wait. */
  readonly relaxed: boolean;
  /** Milliseconds since 1970. */
  now(): number;
  /** Keeps readers on what is published, from just before a commit until `publish` or `unpin`. */
  pin(): void;
  unpin(): void;
  publish(steps: readonly Step[]): void;
  /** What other processes wrote since `state.modSeq`, when the clock shows that they did. */
  foreign(): Step;
}

type AccountRow = readonly [modSeq: ModSeq, nextMessage: number, uidValidity: number];

/** Message numbers fit a column of 32 bits. */
const messagesMax = 0xffff_ffff;
const uidMax = 0xffff_ffff;
/** How long a job works before it lets others have a turn, milliseconds. */
const sliceMs = 3;

/**
 * One write transaction of an account: the mailboxes as they will be, the clock, and the steps to publish.
 * Mailbox counters are kept here and written once at commit, however many jobs touched them.
 */
export class MailTransaction implements Transaction {
  readonly host: Host;
  #modSeq: ModSeq;
  #nextMessage: number;
  #uidValidity: number;
  readonly #account: AccountRow;
  readonly #steps: Step[] = [];
  readonly #flagMark: FlagMark;
  #job: {
    step: Step | undefined;
    origin: object | undefined;
    flags: FlagMark;
    counters: [ModSeq, number, number];
  };
  #sliceEnd = 0;

  private constructor(host: Host, account: AccountRow) {
    this.host = host;
    this.#account = account;
    [this.#modSeq, this.#nextMessage, this.#uidValidity] = account;
    this.#flagMark = host.flagSets.mark();
    this.#job = {
      step: undefined,
      origin: undefined,
      flags: this.#flagMark,
      counters: [account[0], account[1], account[2]],
    };
  }

  /**
   * Takes the write lock, or only a snapshot when nothing will be written. What other processes have written
   * since comes first of what will be published.
   */
  static begin(host: Host, readsOnly: boolean): MailTransaction {
    host.statements[readsOnly ? 'beginRead' : 'begin'].run();
    try {
      const transaction = new MailTransaction(
        host,
        host.statements.account.get() as unknown as AccountRow,
      );
      if (transaction.#modSeq !== host.state.modSeq) transaction.#steps.push(host.foreign());
      return transaction;
    } catch (error) {
      if (host.writer.inTransaction) host.statements.rollback.run();
      throw error;
    }
  }

  get statements(): Statements {
    return this.host.statements;
  }

  get modSeq(): ModSeq {
    return this.#modSeq;
  }

  get needsSync(): boolean {
    return this.#steps.some(({ durable }) => durable);
  }

  mark(): void {
    this.statements.mark.run();
    this.#sliceEnd = performance.now() + sliceMs;
    this.#job = {
      step: undefined,
      origin: undefined,
      flags: this.host.flagSets.mark(),
      counters: [this.#modSeq, this.#nextMessage, this.#uidValidity],
    };
  }

  release(): void {
    this.statements.release.run();
    if (this.#job.step !== undefined) this.#steps.push(this.#job.step);
    this.#job.step = undefined;
  }

  undo(): boolean {
    this.host.flagSets.undo(this.#job.flags);
    [this.#modSeq, this.#nextMessage, this.#uidValidity] = this.#job.counters;
    this.#job.step = undefined;
    if (!this.host.writer.inTransaction) return false;
    this.statements.undo.run();
    this.statements.release.run();
    return true;
  }

  commit(): void {
    const rows = new Map<number, MailboxRow>();
    for (const step of this.#steps)
      if (!step.foreign) for (const [key, row] of step.puts) rows.set(key, row);
    for (const { key, mailbox } of rows.values()) {
      const { uidNext, highestModSeq, messages, unseen, deleted, size } = mailbox;
      this.statements.setCounters.run(uidNext, highestModSeq, messages, unseen, deleted, size, key);
    }
    const [modSeq, nextMessage, uidValidity] = this.#account;
    if (
      modSeq !== this.#modSeq ||
      nextMessage !== this.#nextMessage ||
      uidValidity !== this.#uidValidity
    ) {
      this.statements.setAccount.run(this.#modSeq, this.#nextMessage, this.#uidValidity);
    }
    if (this.#steps.length > 0) this.host.pin();
    this.statements.commit.run();
  }

  rollback(): void {
    if (this.host.writer.inTransaction) this.statements.rollback.run();
    this.host.flagSets.undo(this.#flagMark);
    this.host.unpin();
  }

  publish(): void {
    this.host.unpin();
    this.host.publish(this.#steps);
  }

  /** Says who writes, before the first `tick`. */
  by(origin: object | undefined): void {
    this.#job.origin = origin;
  }

  /** The mod-sequence of this write: taken at its first call in a job, the same at every further one. */
  tick(durable = true): ModSeq {
    const { step } = this.#job;
    if (step !== undefined) {
      step.durable ||= durable;
      return step.modSeq;
    }
    this.#modSeq = asModSeq(this.#modSeq + 1);
    this.#job.step = {
      modSeq: this.#modSeq,
      origin: this.#job.origin,
      durable,
      puts: new Map(),
      removed: new Set(),
      subscriptions: new Map(),
      events: [],
      foreign: false,
    };
    return this.#modSeq;
  }

  get #step(): Step {
    const { step } = this.#job;
    assert(step !== undefined, 'a write ticks before it changes anything');
    return step;
  }

  /** Asked between pages of a long job: gives others a turn when it has run long enough. */
  *breathe(): Generator<undefined, void, undefined> {
    if (performance.now() < this.#sliceEnd) return;
    yield undefined;
    this.#sliceEnd = performance.now() + sliceMs;
  }

  /** The steps from the newest to the oldest, this job's own first. */
  *#newestFirst(): Generator<Step> {
    if (this.#job.step !== undefined) yield this.#job.step;
    for (let index = this.#steps.length - 1; index >= 0; index--) yield this.#steps[index]!;
  }

  row(key: number): MailboxRow | undefined {
    for (const step of this.#newestFirst()) {
      if (step.removed.has(key)) return undefined;
      const row = step.puts.get(key);
      if (row !== undefined) return row;
    }
    return this.host.state.get(key);
  }

  /** A mailbox that messages can be in. */
  selectable(id: MailboxId): MailboxRow {
    const key = this.host.state.byId(id)?.key ?? this.#newKey(id);
    const row = key === undefined ? undefined : this.row(key);
    if (row === undefined || !row.mailbox.selectable)
      throw new StoreError('mailbox-not-found', 'there is no such mailbox');
    return row;
  }

  /** The key of a mailbox that this transaction made. */
  #newKey(id: MailboxId): number | undefined {
    for (const step of this.#newestFirst()) {
      for (const { key, mailbox } of step.puts.values()) if (mailbox.id === id) return key;
    }
    return undefined;
  }

  /** Every mailbox as this transaction has it. */
  rows(): MailboxRow[] {
    const all = new Map(this.host.state.rows);
    const steps = [...this.#newestFirst()].reverse();
    for (const step of steps) {
      for (const [key, row] of step.puts) all.set(key, row);
      for (const key of step.removed) all.delete(key);
    }
    return [...all.values()];
  }

  byName(name: MailboxName): MailboxRow | undefined {
    if (this.#steps.length === 0 && this.#job.step === undefined)
      return this.host.state.byName(name);
    return this.rows().find(({ mailbox }) => mailbox.name === name);
  }

  isSubscribed(name: MailboxName): boolean {
    for (const step of this.#newestFirst()) {
      const known = step.subscriptions.get(name) ?? (step.foreign ? false : undefined);
      if (known !== undefined) return known;
    }
    return this.host.state.subscriptions.has(name);
  }

  setSubscribed(name: MailboxName, subscribed: boolean): void {
    this.#step.subscriptions.set(name, subscribed);
  }

  /** The mailbox as it is from now on; its counters are written at commit. */
  put(
    row: MailboxRow,
    changes: Partial<Mailbox>,
    facts: Partial<Pick<MailboxRow, 'changed' | 'keywordIds'>> = {},
  ): MailboxRow {
    const put = { ...row, ...facts, mailbox: { ...row.mailbox, ...changes } };
    this.#step.puts.set(row.key, put);
    return put;
  }

  /** The mailbox is gone for everybody. */
  drop(key: number): void {
    this.#step.puts.delete(key);
    this.#step.removed.add(key);
  }

  event(event: MailboxEvent): void {
    this.#step.events.push(event);
  }

  takeMessage(): number {
    if (this.#nextMessage >= messagesMax)
      throw new StoreError('limit', 'the account has no message numbers left');
    return this.#nextMessage++;
  }

  /** Seconds since 1970, or more when mailboxes were made faster than one a second; never one given before. */
  takeUidValidity(): number {
    this.#uidValidity = Math.max(Math.floor(this.host.now() / 1000), this.#uidValidity + 1);
    return this.#uidValidity;
  }

  /** Makes room for keywords in a mailbox's list; the row with them. */
  withKeywords(row: MailboxRow, flagNumbers: Iterable<number>): MailboxRow {
    const { flagSets, limits } = this.host;
    const fresh = new Set<number>();
    for (const number of flagNumbers) {
      for (const id of flagSets.keywordsOf(number)) if (!row.keywordIds.includes(id)) fresh.add(id);
    }
    if (fresh.size === 0) return row;
    const known = [...row.keywordIds, ...fresh];
    if (known.length > limits.keywordsMax)
      throw new StoreError('limit', `a mailbox may have ${limits.keywordsMax} keywords`);
    for (const id of fresh) this.statements.addMailboxKeyword.run(row.key, id);
    const keywordIds = [...known].sort((a, b) => a - b);
    return this.put(
      row,
      { keywords: keywordIds.map((id) => flagSets.keyword(id)) },
      { keywordIds },
    );
  }
}

/** Counters of a mailbox after entries came (`sign` 1) or went (-1). */
export function counted(
  mailbox: Mailbox,
  entries: readonly EntryRow[],
  sign: 1 | -1,
): Partial<Mailbox> {
  let { messages, unseen, deleted, size } = mailbox;
  for (const [, flags, , , bytes] of entries) {
    messages += sign;
    size += sign * bytes;
    if ((flags & seenBit) === 0) unseen += sign;
    if ((flags & deletedBit) !== 0) deleted += sign;
  }
  return { messages, unseen, deleted, size };
}

/** The UID after `count` more messages; `limit` at the end of all UIDs. */
export function uidAfter(mailbox: Mailbox, count: number): Mailbox['uidNext'] {
  if (mailbox.uidNext + count > uidMax)
    throw new StoreError('limit', 'the mailbox has no UIDs left');
  return asUid(mailbox.uidNext + count);
}
