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
import type { SqliteAccount } from './account.ts';
import { appendAs, copyAs, flagAs } from './guest-writes.ts';
import type { Guests } from './guests.ts';
import { setMetadata } from './metadata-writes.ts';

/** An account as somebody sees it who is not its owner: \Seen and private metadata are his own. */
export class GuestAccount implements Account {
  readonly id: AccountId;
  readonly #account: SqliteAccount;
  readonly #guests: Guests;
  readonly #user: AccountId;

  // oxlint-disable-next-line eslint/max-params -- none of them belongs to another
  constructor(account: SqliteAccount, guests: Guests, user: AccountId) {
    this.id = account.id;
    this.#account = account;
    this.#guests = guests;
    this.#user = user;
  }

  get modSeq(): ModSeq {
    return this.#account.modSeq;
  }

  get quota(): Quota {
    return this.#account.quota;
  }

  setQuota(rule: QuotaRule, options?: WriteOptions): Promise<void> {
    return this.#account.setQuota(rule, options);
  }

  refresh(what?: Freshness): Promise<void> | undefined {
    return this.#account.refresh(what);
  }

  async mailboxes(options?: Abortable): Promise<readonly Mailbox[]> {
    const mailboxes = await this.#account.mailboxes(options);
    return mailboxes.map((mailbox) => this.#guests.mailbox(mailbox, this.#user));
  }

  async mailbox(name: MailboxName, options?: Abortable): Promise<Mailbox | undefined> {
    const mailbox = await this.#account.mailbox(name, options);
    return mailbox && this.#guests.mailbox(mailbox, this.#user);
  }

  subscriptions(options?: Abortable): Promise<readonly MailboxName[]> {
    return this.#account.subscriptions(options);
  }

  async create(name: MailboxName, options?: CreateOptions): Promise<Mailbox> {
    return this.#guests.mailbox(await this.#account.create(name, options), this.#user);
  }

  async rename(from: MailboxName, to: MailboxName, options?: WriteOptions): Promise<Mailbox> {
    return this.#guests.mailbox(await this.#account.rename(from, to, options), this.#user);
  }

  remove(name: MailboxName, options?: WriteOptions): Promise<void> {
    return this.#account.remove(name, options);
  }

  subscribe(name: MailboxName, subscribed: boolean, options?: WriteOptions): Promise<void> {
    return this.#account.subscribe(name, subscribed, options);
  }

  setAcl(id: MailboxId, change: AclChange, options?: WriteOptions): Promise<Acl | undefined> {
    return this.#account.setAcl(id, change, options);
  }

  as(user: AccountId): Account {
    return this.#account.as(user);
  }

  metadata(mailbox: MailboxId | undefined, query: MetadataQuery): AsyncIterable<MetadataEntry> {
    return this.#account.metadataAs(this.#user, mailbox, query);
  }

  setMetadata(
    mailbox: MailboxId | undefined,
    edit: MetadataEdit,
    options: WriteOptions = {},
  ): Promise<void> {
    const change = { entries: edit.entries, id: mailbox, user: this.#user };
    return this.#account.write(options, (tx) => setMetadata(tx, change));
  }

  async view(id: MailboxId, options: Abortable = {}): Promise<MailboxView> {
    const { engine } = this.#account;
    engine.check();
    options.signal?.throwIfAborted();
    const row = engine.state.byId(id);
    if (row === undefined || !row.mailbox.selectable)
      throw new StoreError('mailbox-not-found', 'there is no such mailbox');
    return await this.#guests.view(await engine.views.open(row.key), this.#user);
  }

  stage(content: AsyncIterable<Uint8Array>, options?: StageOptions): Promise<StagedMessage> {
    return this.#account.stage(content, options);
  }

  append(
    id: MailboxId,
    messages: readonly NewMessage[],
    options: AppendOptions = {},
  ): Promise<Appended> {
    const { replaces } = options;
    return this.#account.appendBy(options, (tx, placed) =>
      appendAs(tx, this.#user, { id, messages, placed, replaces }),
    );
  }

  // oxlint-disable-next-line eslint/max-params -- the contract has four
  flag(
    id: MailboxId,
    uids: NumberSet<Uid>,
    edit: FlagEdit,
    options: FlagOptions = {},
  ): Promise<Flagged> {
    const { unchangedSince } = options;
    return this.#account.write(options, (tx) =>
      flagAs(tx, this.#user, { id, uids, edit, unchangedSince }),
    );
  }

  expunge(id: MailboxId, uids: NumberSet<Uid>, options?: WriteOptions): Promise<NumberSet<Uid>> {
    return this.#account.expunge(id, uids, options);
  }

  // oxlint-disable-next-line eslint/max-params -- the contract has four
  copy(
    from: MailboxId,
    uids: NumberSet<Uid>,
    to: MailboxId,
    options: CopyOptions = {},
  ): Promise<Copied> {
    const { edit } = options;
    return this.#account.write(options, (tx) =>
      copyAs(tx, this.#user, { from, to, uids, edit, remove: false }),
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
    return this.#account.write(options, (tx) =>
      copyAs(tx, this.#user, { from, to, uids, edit, remove: true }),
    );
  }

  changes(since: ModSeq, options?: ChangesOptions): AsyncIterable<Change> {
    return this.#account.changesAs(this.#user, since, options);
  }

  watch(listener: (hint: Hint) => void): Disposable {
    return this.#account.watch(listener);
  }

  facts(
    messages: readonly MessageRef[],
    options?: FactsOptions,
  ): Promise<readonly (MessageFacts | undefined)[]> {
    return this.#account.facts(messages, options);
  }

  content(message: MessageRef, options?: Abortable): Promise<MessageContent> {
    return this.#account.content(message, options);
  }

  lend(message: MessageRef, slice: Slice): Uint8Array | undefined {
    return this.#account.lend(message, slice);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#account[Symbol.asyncDispose]();
  }
}
