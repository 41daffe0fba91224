import type { AccountId, ModSeq } from '../../model/ids.ts';
import { asModSeq } from '../../model/ids.ts';
import type { Logger } from '../../base/logger.ts';
import type { Bus, BusSeat } from '../bus.ts';
import type { Freshness } from '../store.ts';
import type { Reader } from './reader.ts';
import { prepare, type Preparer, type Statement } from './statement.ts';
import type { Writer } from './writer.ts';
import { ForeignWatch } from './foreign-watch.ts';
import type { MailboxState } from './mailbox-state.ts';
import { clockSql } from './statements.ts';
import type { Step } from './step.ts';

interface OthersHost {
  /** Its `data_version`, while it is open, changes only when somebody else commits. */
  readonly writer: Writer;
  readonly reader: Reader;
  readonly state: MailboxState;
  /** Whether anybody here is told of changes without asking. */
  readonly isWatched: boolean;
  catchUp(): Promise<void>;
}

interface OthersOptions {
  readonly account: AccountId;
  readonly folder: string;
  readonly bus: Bus | undefined;
  readonly logger: Logger;
  /** The account's files were removed. */
  readonly onGone: () => void;
  /** Whether anybody has the account now. */
  readonly isUsed: () => boolean;
}

/**
 * How long after a sign of writing it is looked whether somebody else has committed. The sign comes with
 * the WAL's bytes, the commit becomes visible an instant later without one: so it is looked twice.
 */
export const looksMs: readonly number[] = [2, 40];
/** Where a bus brings the news, only what came without it is left, and a look at every write of a neighbour would be wasted. */
export const looksBesideBusMs: readonly number[] = [40, 100];

/**
 * While nobody else serves clients: what a command line tool wrote is looked for once in so many milliseconds,
 * in which no tool can have ended and a client been told.
 */
export const aloneMs = 5;

/** How many writes of others an account that nobody watches may miss: they are taken in within a few milliseconds. */
const behindMax = 1000;

/** The other processes that have this account open: learns of their commits, tells them of ours. */
export class Others implements Disposable {
  readonly #host: OthersHost;
  readonly #watch: ForeignWatch;
  readonly #bus: Bus | undefined;
  readonly #seat: BusSeat | undefined;
  readonly #version: Statement;
  readonly #clock: Statement;
  readonly #names: Statement;
  /** The version up to which everything is published here, or will be by `#catchingUp`. */
  #seen: unknown;
  /** The connection that said so: another one counts otherwise. */
  #seenOn: Preparer | undefined;
  #catchingUp: Promise<void> | undefined;
  #lookedAt = -Infinity;
  #shown = asModSeq(0);
  /** A transaction that began with commits of others is under way. */
  #pending = false;

  constructor(host: OthersHost, options: OthersOptions) {
    this.#host = host;
    this.#version = prepare(host.writer.latest, 'PRAGMA data_version').pluck();
    this.#clock = prepare(host.writer.latest, clockSql).pluck();
    this.#names = prepare(
      host.writer.latest,
      'SELECT 1 FROM mailbox WHERE changed > ? OR removed_modseq > ? LIMIT 1',
    );
    this.#bus = options.bus;
    this.#seat = options.bus?.join(options.account, { heard: (modSeq) => this.#heard(modSeq) });
    this.#watch = new ForeignWatch(options.folder, {
      database: 'mail.db',
      looksMs: options.bus === undefined ? looksMs : looksBesideBusMs,
      logger: options.logger,
      look: () => this.#look(),
      onGone: options.onGone,
      isUsed: options.isUsed,
    });
  }

  /** Up to here other processes show everything, so we may too without a sync of our own. */
  get shown(): ModSeq {
    return this.#shown;
  }

  /**
   * Undefined when nobody else has committed what is not published here; otherwise it is published when the promise
   * resolves.
   */
  refresh(what: Freshness): Promise<void> | undefined {
    this.#watch.used();
    if (this.#bus?.alone !== false) {
      const now = performance.now();
      if (now < this.#lookedAt + aloneMs) return this.#catchingUp;
      this.#lookedAt = now;
    }
    return what === 'names' && !this.#hasNewNames() ? undefined : this.#news();
  }

  /** Otherwise it is asked of the file system, and a transaction finds its way however others are just closing. */
  get #isConnected(): boolean {
    const { writer, reader } = this.#host;
    return writer.isOpen || reader.isOpen;
  }

  /** Three microseconds when there are none. */
  #news(): Promise<void> | undefined {
    const { writer, reader, state } = this.#host;
    if (!this.#isConnected) return reader.isWhole ? this.#catchingUp : this.#catchUp();
    // While a transaction of ours is open nobody else commits; what there was before it comes with it.
    if (writer.inTransaction) return this.#pending ? this.#catchUp() : undefined;
    const { connection } = writer.latest;
    const version = this.#version.get();
    if (version === this.#seen && connection === this.#seenOn) return this.#catchingUp;
    this.#seen = version;
    this.#seenOn = connection;
    // Most likely a piece of a large message, or \Recent: no news.
    if (this.#clock.get() === state.modSeq) return this.#catchingUp;
    return this.#catchUp();
  }

  /** Whether mailboxes were made, renamed or removed that are not published. */
  #hasNewNames(): boolean {
    const { writer, reader, state } = this.#host;
    if (!this.#isConnected) return !reader.isWhole;
    const isCurrent = writer.inTransaction
      ? !this.#pending
      : this.#catchingUp === undefined &&
        this.#seenOn === writer.latest.connection &&
        this.#version.get() === this.#seen;
    return !isCurrent && this.#names.get(state.modSeq, state.modSeq) !== undefined;
  }

  /** A transaction begins with what others have committed. */
  found(): void {
    this.#pending = true;
  }

  /** These steps have just been published here. */
  published(steps: readonly Step[]): void {
    this.#pending = false;
    const last = steps.at(-1);
    if (last === undefined || last.foreign) return;
    this.#watch.wrote();
    this.#seat?.publish(last.modSeq);
  }

  #heard(modSeq: ModSeq): void {
    if (modSeq > this.#shown) this.#shown = modSeq;
    const { state, isWatched } = this.#host;
    // Who is not watched is asked again at the next command; but the log should not be cut before that.
    if (modSeq > state.modSeq + (isWatched ? 0 : behindMax)) this.#catchUp().catch(() => undefined);
  }

  /** Whether somebody has committed since; undefined when that cannot be told now. */
  #look(): boolean | undefined {
    if (this.#host.reader.isClosed || this.#host.writer.inTransaction) return undefined;
    const news = this.#news();
    news?.catch(() => undefined);
    return news !== undefined;
  }

  #catchUp(): Promise<void> {
    const catchingUp: Promise<void> = this.#host.catchUp().then(
      () => this.#settle(catchingUp),
      (error: unknown) => {
        this.#seen = undefined;
        this.#settle(catchingUp);
        throw error;
      },
    );
    return (this.#catchingUp = catchingUp);
  }

  #settle(caughtUp: Promise<void>): void {
    if (this.#catchingUp === caughtUp) this.#catchingUp = undefined;
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
    this.#seat?.[Symbol.dispose]();
  }
}
