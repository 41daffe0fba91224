import { assert } from '../../base/assert.ts';
import type { Limits } from '../../base/limits.ts';
import { asModSeq, type MailboxId, type ModSeq } from '../../model/ids.ts';
import type { MailboxName } from '../../model/mailbox-name.ts';
import type { Mailbox } from '../store.ts';
import { StoreError } from '../store-error.ts';
import type { Columns } from './columns.ts';
import { ComingMailboxes } from './coming-mailboxes.ts';
import type { FlagMark, FlagSets } from './flag-sets.ts';
import { writeRecord } from './log.ts';
import type { MailboxRow, MailboxState } from './mailbox-state.ts';
import { AccountQuota } from './account-quota.ts';
import type { AccountRow } from './opening.ts';
import { Pending } from './pending.ts';
import type { Statements } from './statements.ts';
import { type AccountCounters, type MailboxEvent, newStep, type Step } from './step.ts';
import type { Unfolded } from './unfolded.ts';
import type { Transaction } from './write-queue.ts';
import type { Writer } from './writer.ts';

/** What a transaction needs of its account. */
export interface Host {
  readonly writer: Pick<Writer, 'inTransaction' | 'begun' | 'ended'>;
  readonly statements: Statements;
  readonly state: MailboxState;
  readonly unfolded: Unfolded;
  readonly flagSets: FlagSets;
  readonly limits: Limits;
  /** `sync: 'relaxed'`: flag changes do not wait. */
  readonly relaxed: boolean;
  /** Milliseconds since 1970. */
  now(): number;
  /** Keeps readers on what is published, from just before a commit of rows until `publish` or `unpin`. */
  pin(): void;
  unpin(): void;
  publish(published: Published): void;
  /** What other processes wrote since `state.modSeq`, when the clock shows that they did; with their numbers. */
  foreign(modSeq: ModSeq): { readonly step: Step; readonly numbers: AccountCounters };
  /** What is published of a mailbox's entries, when it is in memory. */
  columns(key: number): Columns | undefined;
}

/** What a transaction leaves for everybody in this process. */
export interface Published {
  readonly steps: readonly Step[];
  /** How far rows have what the log says. */
  readonly folded: number;
  readonly numbers: AccountCounters;
  /** Whether the log alone grew. */
  readonly logOnly: boolean;
}

/** What a job that fails leaves as it was: clock, numbers, how far rows are. */
type Counted = readonly [modSeq: ModSeq, nextMessage: number, uidValidity: number, folded: number];

interface CurrentJob {
  step: Step | undefined;
  origin: object | undefined;
  /** Whether it has a savepoint: the first one of a transaction does without, and takes the transaction with it. */
  readonly isMarked: boolean;
  readonly flags: FlagMark;
  readonly counted: Counted;
}

/** Message numbers fit a column of 32 bits. */
const messagesMax = 0xffff_ffff;
/** How long a job works before it lets others have a turn, milliseconds. */
const sliceMs = 3;

/**
 * One write transaction of an account: the mailboxes as they will be, the clock, and the steps to publish.
 * Each job that writes leaves one row in the log; counters of mailboxes and the account's own are in it.
 */
export class MailTransaction implements Transaction {
  readonly host: Host;
  /** What this transaction and other processes did that is not published yet. */
  readonly pending = new Pending();
  readonly quota: AccountQuota;
  /** All mailboxes as they will be. */
  readonly mailboxes: ComingMailboxes;
  #modSeq: ModSeq;
  #nextMessage: number;
  #uidValidity: number;
  #folded: number;
  /** Numbers that are in the database already, or in a record of this transaction. */
  #recorded: AccountCounters;
  readonly #steps: Step[] = [];
  readonly #flagMark: FlagMark;
  #job: CurrentJob;
  #jobs = 0;
  #sliceEnd = 0;
  /** Whether a job may have written rows, and not in the log alone. */
  #hasRows = false;

  private constructor(host: Host) {
    this.host = host;
    const { state, unfolded } = host;
    let numbers: AccountCounters = unfolded;
    const account = host.statements.account.get() as unknown as AccountRow;
    [this.#folded, this.#nextMessage, this.#uidValidity, this.#modSeq] = account;
    this.quota = new AccountQuota(state, account[4], this.#steps);
    this.mailboxes = new ComingMailboxes(state, () => this.#newestFirst());
    if (this.#modSeq !== state.modSeq) {
      const foreign = host.foreign(this.#modSeq);
      this.#steps.push(foreign.step);
      this.pending.add(foreign.step);
      ({ numbers } = foreign);
    }
    this.#nextMessage = Math.max(this.#nextMessage, numbers.nextMessage);
    this.#uidValidity = Math.max(this.#uidValidity, numbers.uidValidity);
    this.#recorded = { nextMessage: this.#nextMessage, uidValidity: this.#uidValidity };
    this.#flagMark = host.flagSets.mark();
    this.#job = this.#newJob(false);
  }

  /**
   * Takes the write lock, or only a snapshot when nothing will be written. What other processes have written
   * since comes first of what will be published.
   */
  static begin(host: Host, readsOnly: boolean): MailTransaction {
    host.statements[readsOnly ? 'beginRead' : 'begin'].run();
    try {
      if (!readsOnly) host.writer.begun();
      return new MailTransaction(host);
    } catch (error) {
      if (host.writer.inTransaction) host.statements.rollback.run();
      throw error;
    }
  }

  /** What jobs read and write rows with. */
  get statements(): Statements {
    this.#hasRows = true;
    return this.host.statements;
  }

  get modSeq(): ModSeq {
    return this.#modSeq;
  }

  get needsSync(): boolean {
    return this.#steps.some(({ durable }) => durable);
  }

  /** How far rows have what the log says. */
  get folded(): number {
    return this.#folded;
  }

  mark(): void {
    this.#sliceEnd = performance.now() + sliceMs;
    // The first one began with the transaction.
    if (this.#jobs++ === 0) return;
    this.host.statements.mark.run();
    this.quota.begin();
    this.#job = this.#newJob(true);
  }

  #newJob(isMarked: boolean): CurrentJob {
    return {
      step: undefined,
      origin: undefined,
      isMarked,
      flags: this.host.flagSets.mark(),
      counted: [this.#modSeq, this.#nextMessage, this.#uidValidity, this.#folded],
    };
  }

  release(): void {
    const { step, isMarked } = this.#job;
    if (step !== undefined) {
      this.quota.enter(step);
      this.#recorded = this.#numbers();
      const record = writeRecord(step, this.#recorded);
      this.host.statements.addRecord.run(step.modSeq, record);
      step.logged = record.length;
    }
    if (isMarked) this.host.statements.release.run();
    this.#job.step = undefined;
    if (step === undefined) return;
    this.#steps.push(step);
    this.pending.add(step);
  }

  undo(): boolean {
    const { isMarked, flags, counted: before } = this.#job;
    this.host.flagSets.undo(flags);
    this.quota.undo();
    [this.#modSeq, this.#nextMessage, this.#uidValidity, this.#folded] = before;
    this.#job.step = undefined;
    if (!isMarked || !this.host.writer.inTransaction) return false;
    this.host.statements.undo.run();
    this.host.statements.release.run();
    return true;
  }

  #numbers(): AccountCounters {
    return { nextMessage: this.#nextMessage, uidValidity: this.#uidValidity };
  }

  commit(): void {
    const { nextMessage, uidValidity } = this.#recorded;
    // Given out by a job that left no record: the pieces of a large message.
    if (nextMessage !== this.#nextMessage || uidValidity !== this.#uidValidity)
      this.statements.setNumbers.run(this.#nextMessage, this.#uidValidity);
    // A change of flags only adds to the log, and who reads that asks for no more of it than is published.
    if (this.#hasRows && this.needsSync) this.host.pin();
    this.host.statements.commit.run();
    this.host.writer.ended();
    const isLogOnly = !this.#hasRows && this.#steps.every(({ foreign }) => !foreign);
    if (isLogOnly) this.host.state.logged = this.#modSeq;
  }

  rollback(): void {
    if (this.host.writer.inTransaction) this.host.statements.rollback.run();
    this.host.writer.ended();
    this.host.flagSets.undo(this.#flagMark);
    this.host.unpin();
  }

  publish(): void {
    this.host.unpin();
    this.quota.publish();
    const numbers = this.#numbers();
    const logOnly = !this.#hasRows;
    this.host.publish({ steps: this.#steps, folded: this.#folded, numbers, logOnly });
  }

  /** Rows have all that the log says up to here, from the commit on. */
  foldTo(modSeq: number): void {
    this.#folded = Math.max(this.#folded, modSeq);
    this.statements.setFolded.run(this.#folded, this.#nextMessage, this.#uidValidity);
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
    this.#job.step = newStep(this.#modSeq, this.#job.origin, durable);
    return this.#modSeq;
  }

  get #step(): Step {
    const { step } = this.#job;
    assert(step !== undefined, 'a write ticks before it changes anything');
    return step;
  }

  /** Whether the job has run so long that others should have a turn. */
  get isDue(): boolean {
    return performance.now() >= this.#sliceEnd;
  }

  /** Asked between pages of a long job: gives others a turn when it has run long enough. */
  *breathe(): Generator<undefined, void, undefined> {
    if (!this.isDue) return;
    yield undefined;
    this.#sliceEnd = performance.now() + sliceMs;
  }

  /** The steps from the newest to the oldest, this job's own first. */
  *#newestFirst(): Generator<Step, void, undefined> {
    if (this.#job.step !== undefined) yield this.#job.step;
    for (let index = this.#steps.length - 1; index >= 0; index--) yield this.#steps[index]!;
  }

  row(key: number): MailboxRow | undefined {
    return this.mailboxes.get(key);
  }

  byName(name: MailboxName): MailboxRow | undefined {
    return this.mailboxes.byName(name);
  }

  /** A mailbox that messages can be in. */
  selectable(id: MailboxId): MailboxRow {
    const row = this.mailboxes.byId(id);
    if (row === undefined || !row.mailbox.selectable)
      throw new StoreError('mailbox-not-found', 'there is no such mailbox');
    return row;
  }

  isSubscribed(name: MailboxName): boolean {
    for (const step of this.#newestFirst()) {
      const known =
        step.subscriptions.get(name) ?? (step.foreign && step.names ? false : undefined);
      if (known !== undefined) return known;
    }
    return this.host.state.subscriptions.has(name);
  }

  setSubscribed(name: MailboxName, subscribed: boolean): void {
    this.#step.subscriptions.set(name, subscribed);
  }

  /** The mailbox as it is from now on; its counters go into the log. */
  put(
    row: MailboxRow,
    changes: Partial<Mailbox>,
    facts: Partial<Pick<MailboxRow, 'changed' | 'keywordIds'>> = {},
  ): MailboxRow {
    const put = { ...row, ...facts, mailbox: { ...row.mailbox, ...changes } };
    this.#step.puts.set(row.key, put);
    return put;
  }

  /** Whether the log may have later flags of a message than its entry row. */
  isMarked(key: number, uid: number): boolean {
    return (
      this.host.unfolded.overlay.get(key)?.has(uid) === true ||
      this.pending.mark(key, uid) !== undefined
    );
  }

  /** The mailbox is gone for everybody. */
  drop(key: number): void {
    this.#step.puts.delete(key);
    this.#step.removed.add(key);
  }

  /** Metadata was set. */
  note(noted: Step['noted'][number]): void {
    this.#step.noted.push(noted);
  }

  /** INBOX was renamed to this mailbox. */
  inboxBecame(key: number): void {
    this.#step.inboxBecame.push(key);
  }

  event(event: MailboxEvent): void {
    this.#step.events.push(event);
  }

  /** Messages below this number have been given theirs. */
  get nextMessage(): number {
    return this.#nextMessage;
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
