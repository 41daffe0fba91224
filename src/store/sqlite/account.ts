import type { Acl, AclChange } from '../../model/acl.ts';
import type { FlagEdit } from '../../model/flag.ts';
import type { AccountId, MailboxId, MessageRef, ModSeq, Uid } from '../../model/ids.ts';
import type { MailboxName } from '../../model/mailbox-name.ts';
import type { NumberSet } from '../../model/number-set.ts';
import type { Quota, QuotaRule } from '../../model/quota.ts';
import type { Change, Hint } from '../change.ts';
import type { MetadataEdit, MetadataEntry, MetadataQuery } from '../metadata.ts';
import type {
  Abortable,
  Account,
  Appended,
  AppendOptions,
  ChangesOptions,
  Copied,
  CopyOptions,
  CreateOptions,
  FactsOptions,
  Flagged,
  FlagOptions,
  Freshness,
  Glance,
  GlanceOptions,
  Mailbox,
  MailboxView,
  MessageContent,
  MessageFacts,
  NewMessage,
  Slice,
  StagedMessage,
  StageOptions,
  WriteOptions,
} from '../store.ts';
import { StoreError } from '../store-error.ts';
import { GuestAccount } from './guest-account.ts';
import { Guests } from './guests.ts';
import type { MailEngine } from './mail-engine.ts';
import { setRule } from './account-quota.ts';
import * as mailboxWrites from './mailbox-writes.ts';
import { flag } from './flag-writes.ts';
import * as messageWrites from './message-writes.ts';
import { MetadataReader } from './metadata-reader.ts';
import { dropUser } from './metadata-rows.ts';
import { setMetadata } from './metadata-writes.ts';
import { type Staged, stage } from './staged.ts';
import type { MailTransaction } from './transaction.ts';
import { View } from './view.ts';
import type { Job } from './write-queue.ts';

/** An account over its engine: each verb is one job of the write queue or one read of what is published. */
export class SqliteAccount implements Account {
  readonly id: AccountId;
  readonly engine: MailEngine;
  readonly #dispose: () => Promise<void>;
  readonly #metadata: MetadataReader;
  readonly #guests: Guests;

  constructor(id: AccountId, engine: MailEngine, dispose: () => Promise<void>) {
    this.id = id;
    this.engine = engine;
    this.#dispose = dispose;
    this.#guests = new Guests(engine);
    this.#metadata = new MetadataReader(engine);
  }

  get modSeq(): ModSeq {
    return this.engine.state.modSeq;
  }

  refresh(what: Freshness = 'all'): Promise<void> | undefined {
    this.engine.check();
    return this.engine.refresh(what);
  }

  get quota(): Quota {
    return this.engine.state.quota;
  }

  setQuota(rule: QuotaRule, options: WriteOptions = {}): Promise<void> {
    return this.write(options, (tx) => setRule(tx, rule));
  }

  async mailboxes(options: Abortable = {}): Promise<readonly Mailbox[]> {
    this.#ready(options);
    return this.engine.state.list();
  }

  async mailbox(name: MailboxName, options: Abortable = {}): Promise<Mailbox | undefined> {
    this.#ready(options);
    return this.engine.state.byName(name)?.mailbox;
  }

  async subscriptions(options: Abortable = {}): Promise<readonly MailboxName[]> {
    this.#ready(options);
    return [...this.engine.state.subscriptions].sort((a, b) => (a < b ? -1 : 1));
  }

  create(name: MailboxName, options: CreateOptions = {}): Promise<Mailbox> {
    return this.write(options, (tx) => mailboxWrites.create(tx, name, options));
  }

  rename(from: MailboxName, to: MailboxName, options: WriteOptions = {}): Promise<Mailbox> {
    return this.write(options, (tx) => mailboxWrites.rename(tx, from, to));
  }

  remove(name: MailboxName, options: WriteOptions = {}): Promise<void> {
    return this.write(options, (tx) => mailboxWrites.remove(tx, name));
  }

  subscribe(name: MailboxName, subscribed: boolean, options: WriteOptions = {}): Promise<void> {
    return this.write(options, (tx) => mailboxWrites.subscribe(tx, name, subscribed));
  }

  setAcl(id: MailboxId, change: AclChange, options: WriteOptions = {}): Promise<Acl | undefined> {
    return this.write(options, (tx) => mailboxWrites.setAcl(tx, id, change));
  }

  as(user: AccountId): Account {
    return new GuestAccount(this, this.#guests, user);
  }

  glance(id: MailboxId, options: GlanceOptions): Glance | undefined {
    this.engine.check();
    const row = this.engine.state.byId(id);
    const facts = row && this.engine.glances.of(row, options);
    return facts && { ...facts, view: (abortable) => this.view(id, abortable) };
  }

  metadata(mailbox: MailboxId | undefined, query: MetadataQuery): AsyncIterable<MetadataEntry> {
    this.#ready(query);
    return this.#metadata.read({ id: mailbox, who: '' }, query);
  }

  setMetadata(
    mailbox: MailboxId | undefined,
    edit: MetadataEdit,
    options: WriteOptions = {},
  ): Promise<void> {
    return this.write(options, (tx) => setMetadata(tx, { ...edit, id: mailbox, user: '' }));
  }

  /** `metadata`, with the private entries of a user who is not the owner. */
  metadataAs(
    who: AccountId,
    id: MailboxId | undefined,
    query: MetadataQuery,
  ): AsyncIterable<MetadataEntry> {
    this.#ready(query);
    return this.#metadata.read({ id, who }, query);
  }

  /** Forgets what a user who is not the owner noted. */
  forgetUser(user: AccountId): Promise<void> {
    return this.write({}, (tx) => dropUser(tx, user));
  }

  async view(id: MailboxId, options: Abortable = {}): Promise<MailboxView> {
    this.#ready(options);
    const row = this.engine.state.byId(id);
    if (row === undefined || !row.mailbox.selectable)
      throw new StoreError('mailbox-not-found', 'there is no such mailbox');
    const shared = await this.engine.views.open(row.key);
    if (options.signal?.aborted === true) this.engine.views.release(shared);
    options.signal?.throwIfAborted();
    return new View(shared, this.engine);
  }

  async stage(
    content: AsyncIterable<Uint8Array>,
    options: StageOptions = {},
  ): Promise<StagedMessage> {
    this.#ready(options);
    return await stage(this.engine, content, options);
  }

  append(
    id: MailboxId,
    messages: readonly NewMessage[],
    options: AppendOptions = {},
  ): Promise<Appended> {
    return this.appendBy(options, (tx, placed) =>
      messageWrites.append(tx, { id, messages, placed, replaces: options.replaces }),
    );
  }

  /** Appends by a job that puts down where it placed what was staged. */
  async appendBy(
    options: WriteOptions,
    job: (
      tx: MailTransaction,
      placed: Map<Staged, number>,
    ) => ReturnType<Job<MailTransaction, Appended>>,
  ): Promise<Appended> {
    const placed = new Map<Staged, number>();
    const appended = await this.write(options, (tx) => job(tx, placed));
    // Only now: until it is durable the message may have to be stored again.
    for (const [staged, message] of placed) staged.message = message;
    return appended;
  }

  // oxlint-disable-next-line eslint/max-params -- the contract has four
  flag(
    id: MailboxId,
    uids: NumberSet<Uid>,
    edit: FlagEdit,
    options: FlagOptions = {},
  ): Promise<Flagged> {
    const { unchangedSince } = options;
    return this.write(options, (tx) => flag(tx, { id, uids, edit, unchangedSince }));
  }

  expunge(
    id: MailboxId,
    uids: NumberSet<Uid>,
    options: WriteOptions = {},
  ): Promise<NumberSet<Uid>> {
    return this.write(options, (tx) => messageWrites.expunge(tx, id, uids));
  }

  // oxlint-disable-next-line eslint/max-params -- the contract has four
  copy(
    from: MailboxId,
    uids: NumberSet<Uid>,
    to: MailboxId,
    options: CopyOptions = {},
  ): Promise<Copied> {
    const { edit } = options;
    return this.write(options, (tx) =>
      messageWrites.copy(tx, { from, to, uids, edit, remove: false }),
    );
  }

  // oxlint-disable-next-line eslint/max-params -- the contract has four
  move(
    from: MailboxId,
    uids: NumberSet<Uid>,
    to: MailboxId,
    options: CopyOptions = {},
  ): Promise<Copied> {
    const { edit } = options;
    return this.write(options, (tx) =>
      messageWrites.copy(tx, { from, to, uids, edit, remove: true }),
    );
  }

  changes(since: ModSeq, options: ChangesOptions = {}): AsyncIterable<Change> {
    this.#ready(options);
    return this.engine.feed.changes(since, { ...options, who: '' });
  }

  /** `changes`, with the private entries of a user who is not the owner. */
  changesAs(who: AccountId, since: ModSeq, options: ChangesOptions = {}): AsyncIterable<Change> {
    this.#ready(options);
    return this.engine.feed.changes(since, { ...options, who });
  }

  watch(listener: (hint: Hint) => void): Disposable {
    const { watchers } = this.engine;
    const own = (hint: Hint): void => listener(hint);
    watchers.add(own);
    return { [Symbol.dispose]: () => void watchers.delete(own) };
  }

  async facts(
    messages: readonly MessageRef[],
    options: FactsOptions = {},
  ): Promise<readonly (MessageFacts | undefined)[]> {
    this.#ready(options);
    await this.engine.reader.ready();
    return await this.engine.messages.facts(messages, options);
  }

  async content(message: MessageRef, options: Abortable = {}): Promise<MessageContent> {
    this.#ready(options);
    await this.engine.reader.ready();
    return this.engine.messages.content(message);
  }

  lend(message: MessageRef, slice: Slice): Uint8Array | undefined {
    this.engine.check();
    return this.engine.reader.isOpen ? this.engine.messages.lend(message, slice) : undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#dispose();
  }

  #ready({ signal }: Abortable): void {
    this.engine.check();
    signal?.throwIfAborted();
  }

  /** One job of the write queue; also for those who share the account. */
  write<T>(options: WriteOptions, job: Job<MailTransaction, T>): Promise<T> {
    try {
      this.#ready(options);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    return this.engine.queue.submit<T>((tx) => {
      tx.by(options.origin);
      tx.quota.beyond = options.beyondQuota ?? false;
      return job(tx);
    }, options.signal);
  }
}
