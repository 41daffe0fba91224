import type { MailboxId, UidValidity } from '../model/ids.ts';
import type { MailboxName } from '../model/mailbox-name.ts';
import type { Mailbox } from '../store/store.ts';
import type { Compared, Names } from './notified-names.ts';

/** Mailboxes of which the client knows that it may not have what it asked for of them (RFC 5465 sections 3.1 and 5.9). */
export class RefusedMailboxes {
  /** With the names under which it was told. */
  readonly #refused = new Map<MailboxId, MailboxName>();
  readonly #isRefused: (mailbox: Mailbox) => boolean;

  /** `isRefused`: whether something is wanted of a mailbox that may be looked up, and may not be had. */
  constructor(isRefused: (mailbox: Mailbox) => boolean) {
    this.#isRefused = isRefused;
  }

  get names(): ReadonlySet<MailboxName> {
    return new Set(this.#refused.values());
  }

  /** Takes what there is at the beginning. */
  begin({ mailboxes }: Names): void {
    for (const { id, name } of [...mailboxes.values()].filter(this.#isRefused))
      this.#refused.set(id, name);
  }

  /** Takes what changed: the names of which the client has to be told that it has less or more of them now. */
  compare(
    { before, now }: Compared,
    isWanted: (name: MailboxName) => boolean,
  ): ReadonlySet<MailboxName> {
    const names = new Set<MailboxName>();
    for (const [id, { name }] of before.mailboxes) {
      if (!now.hidden.has(id) || !isWanted(name)) continue;
      this.#refused.set(id, name);
      names.add(name);
    }
    for (const [id, mailbox] of now.mailboxes) {
      const isRefused = this.#isRefused(mailbox);
      if (isRefused !== this.#refused.has(id)) names.add(mailbox.name);
      if (isRefused) this.#refused.set(id, mailbox.name);
      else this.#refused.delete(id);
    }
    for (const id of this.#refused.keys())
      if (!now.mailboxes.has(id) && !now.hidden.has(id)) this.#refused.delete(id);
    return names;
  }
}

/** Which UIDVALIDITY names had that are gone: who watches flags has to hear of another one (RFC 5465 section 5.1). */
export class FormerValidities {
  readonly #of = new Map<MailboxName, UidValidity>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  /** Takes what changed: mailboxes whose names had another UIDVALIDITY. */
  compare(
    { before, now }: Compared,
    isWatched: (mailbox: Mailbox) => boolean,
  ): ReadonlySet<MailboxId> {
    for (const mailbox of before.mailboxes.values()) {
      const { name, uidValidity } = mailbox;
      if (now.hierarchy.mailbox(name)?.uidValidity === uidValidity || !isWatched(mailbox)) continue;
      this.#of.set(name, uidValidity);
      const [oldest] = this.#of.size > this.#max ? this.#of.keys() : [];
      if (oldest !== undefined) this.#of.delete(oldest);
    }
    const renewed = new Set<MailboxId>();
    for (const [name, former] of this.#of) {
      const mailbox = now.hierarchy.mailbox(name);
      if (mailbox === undefined || !isWatched(mailbox)) continue;
      this.#of.delete(name);
      if (mailbox.uidValidity !== former) renewed.add(mailbox.id);
    }
    return renewed;
  }
}
