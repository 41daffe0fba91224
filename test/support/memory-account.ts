/**
 * An account in memory, for tests of what stands above the store: the same contract as a real one, with
 * nothing in it but what the contract says, so that it can be a model to compare with.
 */
import { FlagSet, flagKey, isSystemFlag, type Flag, type FlagEdit } from '../../src/model/flag.ts';
import {
  asAccountId,
  asMessageRef,
  asModSeq,
  asUid,
  type AccountId,
  type MailboxId,
  type ModSeq,
  type Uid,
} from '../../src/model/ids.ts';
import { inbox, isBelow, parentName, type MailboxName } from '../../src/model/mailbox-name.ts';
import { NumberSet } from '../../src/model/number-set.ts';
import { deleted } from '../../src/model/flag.ts';
import type { Entry } from '../../src/store/change.ts';
import { goneOf } from '../../src/store/gone.ts';
import { StoreError } from '../../src/store/store-error.ts';
import type {
  Account,
  Appended,
  Copied,
  CreateOptions,
  Flagged,
  FlagOptions,
  Mailbox,
  MailboxView,
  WriteOptions,
} from '../../src/store/store.ts';
import { MemoryMailbox } from './memory-mailbox.ts';

const moment = { epochSeconds: 1_000_000_000, zoneMinutes: 0 };

/** Writes are done at once; the promises are there because the contract has them. */
export class MemoryAccount {
  readonly id: AccountId = asAccountId('A1');
  #clock = 0;
  readonly #mailboxes = new Map<MailboxName, MemoryMailbox>();
  readonly #subscriptions = new Set<MailboxName>();

  constructor(names: readonly string[] = [inbox]) {
    for (const name of names) this.make(name as MailboxName);
  }

  /** As the contract's type: what is missing here no test asks for. */
  asAccount(): Account {
    return this as unknown as Account;
  }

  get modSeq(): ModSeq {
    return asModSeq(this.#clock);
  }

  readonly quota = { usage: { storage: 0, messages: 0, mailboxes: 0 }, limits: {}, rule: {} };

  named(name: string): MemoryMailbox {
    const mailbox = this.#mailboxes.get(name as MailboxName);
    if (mailbox === undefined) throw new StoreError('mailbox-not-found', name);
    return mailbox;
  }

  make(name: MailboxName): MemoryMailbox {
    const above = parentName(name);
    if (above !== undefined && !this.#mailboxes.has(above)) this.make(above);
    const mailbox = new MemoryMailbox(name, this.#tick());
    this.#mailboxes.set(name, mailbox);
    return mailbox;
  }

  /** New messages, each with these flags; their UIDs. */
  put(name: string, flags: readonly Flag[] = [], count: number = 1): Uid[] {
    const mailbox = this.named(name);
    const modSeq = this.#tick();
    const uids: Uid[] = [];
    for (let i = 0; i < count; i++) {
      const uid = mailbox.uidNext;
      mailbox.uidNext = asUid(uid + 1);
      uids.push(uid);
      mailbox.entries.push(entryOf(uid, asMessageRef(uid), { flags: new FlagSet(flags), modSeq }));
    }
    this.#note(mailbox, flags, modSeq);
    mailbox.tell({ modSeq, added: count });
    return uids;
  }

  mailboxes(): Promise<readonly Mailbox[]> {
    const names = [...this.#mailboxes.keys()].sort();
    return Promise.resolve(
      names.map((name) => this.named(name).facts(this.#subscriptions.has(name))),
    );
  }

  mailbox(name: MailboxName): Promise<Mailbox | undefined> {
    const there = this.#mailboxes.get(name);
    return Promise.resolve(there?.facts(this.#subscriptions.has(name)));
  }

  subscriptions(): Promise<readonly MailboxName[]> {
    return Promise.resolve([...this.#subscriptions].sort());
  }

  subscribe(name: MailboxName, subscribed: boolean): Promise<void> {
    if (subscribed) this.#subscriptions.add(name);
    else this.#subscriptions.delete(name);
    return Promise.resolve();
  }

  async create(name: MailboxName, { specialUse }: CreateOptions = {}): Promise<Mailbox> {
    const there = this.#mailboxes.get(name);
    if (there?.selectable === true) throw new StoreError('mailbox-exists', name);
    const taken = [...this.#mailboxes.values()].some((other) => other.specialUse === specialUse);
    if (specialUse !== undefined && taken) throw new StoreError('special-use-taken', specialUse);
    const mailbox = this.make(name);
    mailbox.specialUse = specialUse;
    return mailbox.facts(false);
  }

  async rename(from: MailboxName, to: MailboxName): Promise<Mailbox> {
    const mailbox = this.named(from);
    const names = Array.from(this.#mailboxes.keys());
    for (const name of names) {
      if (name !== from && !isBelow(name, from)) continue;
      const moved = this.named(name);
      this.#mailboxes.delete(name);
      moved.name = (to + name.slice(from.length)) as MailboxName;
      this.#mailboxes.set(moved.name, moved);
    }
    return mailbox.facts(false);
  }

  async remove(name: MailboxName): Promise<void> {
    const mailbox = this.named(name);
    const modSeq = this.#tick();
    const expunged = goneOf(mailbox.entries);
    mailbox.entries = [];
    if ([...this.#mailboxes.keys()].some((other) => isBelow(other, name)))
      mailbox.selectable = false;
    else this.#mailboxes.delete(name);
    mailbox.tell({ modSeq, expunged, removed: true });
  }

  async view(id: MailboxId): Promise<MailboxView> {
    return this.#byId(id).view();
  }

  async append(
    id: MailboxId,
    messages: readonly { readonly flags: readonly Flag[] }[],
  ): Promise<Appended> {
    const mailbox = this.#byId(id);
    const uids = messages.flatMap(({ flags }) => this.put(mailbox.name, flags));
    return { modSeq: this.modSeq, uidValidity: mailbox.uidValidity, uids };
  }

  // oxlint-disable-next-line max-params -- the contract's
  async flag(
    id: MailboxId,
    uids: NumberSet<Uid>,
    edit: FlagEdit,
    { unchangedSince, origin }: FlagOptions = {},
  ): Promise<Flagged> {
    const mailbox = this.#byId(id);
    const modified: Uid[] = [];
    const changed: Uid[] = [];
    const modSeq = asModSeq(this.#clock + 1);
    mailbox.entries = mailbox.entries.map((entry) => {
      if (!uids.has(entry.uid)) return entry;
      if (unchangedSince !== undefined && entry.modSeq > unchangedSince) {
        modified.push(entry.uid);
        return entry;
      }
      const flags = edited(entry.flags, edit);
      if (flags.flags.join() === entry.flags.flags.join()) return entry;
      changed.push(entry.uid);
      return { ...entry, flags, modSeq };
    });
    if (changed.length > 0) {
      this.#tick();
      this.#note(mailbox, edit.mode === 'remove' ? [] : edit.flags, modSeq);
      mailbox.tell({ modSeq, changed: NumberSet.of(changed), origin });
    }
    return {
      modSeq: this.modSeq,
      changed: NumberSet.of(changed),
      modified: NumberSet.of(modified),
    };
  }

  async expunge(
    id: MailboxId,
    uids: NumberSet<Uid>,
    { origin }: WriteOptions = {},
  ): Promise<NumberSet<Uid>> {
    const mailbox = this.#byId(id);
    const gone = mailbox.entries.filter(({ uid, flags }) => uids.has(uid) && flags.has(deleted));
    this.#drop(mailbox, gone, origin);
    return NumberSet.of(gone.map(({ uid }) => uid));
  }

  async copy(from: MailboxId, uids: NumberSet<Uid>, to: MailboxId): Promise<Copied> {
    const target = this.#byId(to);
    const copied = this.#byId(from).entries.filter(({ uid }) => uids.has(uid));
    const targets = copied.map(({ flags }) => this.put(target.name, flags.flags)[0] ?? asUid(1));
    return {
      modSeq: this.modSeq,
      uidValidity: target.uidValidity,
      from: copied.map(({ uid }) => uid),
      to: targets,
    };
  }

  // oxlint-disable-next-line max-params -- the contract's
  async move(
    from: MailboxId,
    uids: NumberSet<Uid>,
    to: MailboxId,
    { origin }: WriteOptions = {},
  ): Promise<Copied> {
    const source = this.#byId(from);
    const moved = source.entries.filter(({ uid }) => uids.has(uid));
    const copied = await this.copy(from, uids, to);
    this.#drop(source, moved, origin);
    return copied;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #drop(mailbox: MemoryMailbox, gone: readonly Entry[], origin: object | undefined): void {
    if (gone.length === 0) return;
    const modSeq = this.#tick();
    const uids = new Set(gone.map(({ uid }) => uid));
    mailbox.entries = mailbox.entries.filter(({ uid }) => !uids.has(uid));
    mailbox.highestModSeq = modSeq;
    for (const entry of gone) mailbox.vanished.push({ uid: entry.uid, modSeq, entry });
    mailbox.tell({ modSeq, expunged: goneOf(gone), origin });
  }

  #note(mailbox: MemoryMailbox, flags: readonly Flag[], modSeq: ModSeq): void {
    mailbox.highestModSeq = modSeq;
    for (const flag of flags) {
      const known = mailbox.keywords.some((other) => flagKey(other) === flagKey(flag));
      if (!isSystemFlag(flag) && !known) mailbox.keywords.push(flag);
    }
  }

  #byId(id: MailboxId): MemoryMailbox {
    for (const mailbox of this.#mailboxes.values()) if (mailbox.id === id) return mailbox;
    throw new StoreError('mailbox-not-found', id);
  }

  #tick(): ModSeq {
    this.#clock += 1;
    return this.modSeq;
  }
}

function edited(flags: FlagSet, { mode, flags: named }: FlagEdit): FlagSet {
  const keys = new Set(named.map(flagKey));
  if (mode === 'replace') return new FlagSet(named);
  if (mode === 'add') return new FlagSet([...flags.flags, ...named]);
  return new FlagSet(flags.flags.filter((flag) => !keys.has(flagKey(flag))));
}

function entryOf(
  uid: Uid,
  message: Entry['message'],
  state: Pick<Entry, 'flags' | 'modSeq'>,
): Entry {
  return { uid, message, size: 100 + uid, internalDate: moment, saveDate: moment, ...state };
}
