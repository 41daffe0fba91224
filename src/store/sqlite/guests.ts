import type { AccountId } from '../../model/ids.ts';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Mailbox, MailboxView } from '../store.ts';
import type { Reader } from './reader.ts';
import { GuestMailbox, GuestView } from './guest-view.ts';
import type { MailboxState } from './mailbox-state.ts';
import { prepare, type Statement } from './statement.ts';
import type { SharedView } from './shared-view.ts';
import type { ViewHost } from './view.ts';

interface GuestsHost extends ViewHost {
  readonly reader: Reader;
  readonly state: MailboxState;
}

/** Marks read in one step: about two milliseconds. */
const pageRows = 2000;

/** So many users are told the same value of a mailbox until it changes: those who were told last. Who has it open keeps his own. */
const toldMax = 16;

/** A row of `seen`. */
export type SeenRow = readonly [uid: number, seen: number, modSeq: number];

/**
 * What others than the owner see of an account's mailboxes: each has \Seen of his own, kept here for all his sessions
 * of the process.
 */
export class Guests {
  readonly #host: GuestsHost;
  readonly #statements: Record<'page' | 'since' | 'count', Statement>;
  readonly #views = new Map<string, GuestMailbox>();
  readonly #told = new WeakMap<Mailbox, Map<AccountId, Mailbox>>();

  constructor(host: GuestsHost) {
    this.#host = host;
    const { reader } = host;
    const columns = 'SELECT uid, seen, modseq FROM seen WHERE mailbox = ? AND user = ?';
    this.#statements = {
      page: prepare(reader, `${columns} AND uid > ? ORDER BY uid LIMIT ${pageRows}`).raw(),
      since: prepare(reader, `${columns} AND modseq > ? AND modseq <= ? ORDER BY uid`).raw(),
      count: prepare(reader, 'SELECT seen FROM guest WHERE mailbox = ? AND user = ?').pluck(),
    };
  }

  /** A mailbox as this user is told of it; mostly the same value as long as nothing changes. */
  mailbox(mailbox: Mailbox, user: AccountId): Mailbox {
    let ofUsers = this.#told.get(mailbox);
    if (ofUsers === undefined) this.#told.set(mailbox, (ofUsers = new Map()));
    let told = ofUsers.get(user);
    if (told === undefined) {
      const { messages, uidNext: firstRecentUid } = mailbox;
      const unseen = messages - this.#seenCount(mailbox, user);
      told = { ...mailbox, unseen, firstRecentUid, specialUse: undefined };
      const [oldest] = ofUsers.size < toldMax ? [] : ofUsers.keys();
      if (oldest !== undefined) ofUsers.delete(oldest);
      ofUsers.set(user, told);
    }
    return told;
  }

  #seenCount({ id, acl }: Mailbox, user: AccountId): number {
    const key = acl === undefined ? undefined : this.#host.state.byId(id)?.key;
    return key === undefined
      ? 0
      : ((this.#host.reader.atOnce(() => this.#statements.count.get(key, user)) as number) ?? 0);
  }

  /** Takes a place in the shared view; the view's disposal gives it back. */
  async view(shared: SharedView, user: AccountId): Promise<MailboxView> {
    const name = `${shared.key} ${user}`;
    let guest = this.#views.get(name);
    if (guest?.shared !== shared) {
      guest = new GuestMailbox(shared, {
        mailbox: (mailbox) => this.mailbox(mailbox, user),
        since: (from, to) => this.#statements.since.all(shared.key, user, from, to) as SeenRow[],
        onUnused: (unused) => {
          if (this.#views.get(name) === unused) this.#views.delete(name);
        },
      });
      this.#views.set(name, guest);
      guest.ready = this.#load(guest, shared, user);
    }
    const view = new GuestView(guest, this.#host);
    try {
      await guest.ready;
      return view;
    } catch (error) {
      await view[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Reads all marks, in slices; what is written meanwhile is read once more at the end. */
  async #load(guest: GuestMailbox, { key }: SharedView, user: AccountId): Promise<void> {
    await this.#host.reader.ready();
    const since = this.#host.state.modSeq;
    for (let last = 0; ;) {
      const rows = this.#statements.page.all(key, user, last) as SeenRow[];
      guest.take(rows);
      if (rows.length < pageRows) break;
      last = rows.at(-1)![0];
      await nextTurn();
    }
    guest.begin(since, this.#host.state.modSeq);
  }
}
