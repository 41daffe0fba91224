import { parentName, type MailboxName } from '../model/mailbox-name.ts';
import type { Mailbox } from '../store/store.ts';

/** What LIST tells of a mailbox. */
export type ListedMailbox = Pick<Mailbox, 'name' | 'selectable' | 'specialUse'>;

/** An account's names, existing and subscribed, as LIST asks about them. */
export class Hierarchy<Known extends ListedMailbox = Mailbox> {
  readonly #mailboxes: ReadonlyMap<MailboxName, Known>;
  readonly #subscribed: ReadonlySet<MailboxName>;
  readonly #parents: ReadonlySet<MailboxName>;
  /** Names above mailboxes that are no mailboxes themselves, or none that may be looked up. */
  readonly levels: ReadonlySet<MailboxName>;

  constructor(mailboxes: readonly Known[], subscriptions: readonly MailboxName[]) {
    this.#mailboxes = new Map(mailboxes.map((mailbox) => [mailbox.name, mailbox]));
    this.#subscribed = new Set(subscriptions);
    const parents = new Set<MailboxName>();
    for (const { name } of mailboxes) {
      // Above a name that is known already, all are.
      for (let at = parentName(name); at !== undefined && !parents.has(at); at = parentName(at)) {
        parents.add(at);
      }
    }
    this.#parents = parents;
    this.levels = new Set([...parents].filter((name) => !this.#mailboxes.has(name)));
  }

  mailbox(name: MailboxName): Known | undefined {
    return this.#mailboxes.get(name);
  }

  isSubscribed(name: MailboxName): boolean {
    return this.#subscribed.has(name);
  }

  /** Whether a mailbox exists below it; a subscription alone is none (RFC 9051 section 6.3.9.8 example 9). */
  hasChildren(name: MailboxName): boolean {
    return this.#parents.has(name);
  }

  /** Names of mailboxes, ordered. */
  get existing(): readonly MailboxName[] {
    return [...this.#mailboxes.keys()];
  }

  /** Names of mailboxes and subscriptions, ordered. */
  get names(): readonly MailboxName[] {
    return this.with(this.#subscribed);
  }

  /** Names of mailboxes, of subscriptions and these, ordered, each once. */
  with(others: Iterable<MailboxName>): readonly MailboxName[] {
    return [...new Set([...this.#mailboxes.keys(), ...this.#subscribed, ...others])].sort();
  }
}
