import type { MailboxName } from '../model/mailbox-name.ts';
import type { Mailbox } from '../store/store.ts';
import type { ListPattern } from './list-pattern.ts';
import { namespacePrefixes } from './namespaces.ts';
import { shown, type Place } from './place.ts';
import type { Realms } from './realms.ts';

/** The mailboxes that a user may look up (RFC 4314 section 4), by the names he knows them by, ordered. */
export interface Visible {
  readonly mailboxes: readonly Mailbox[];
  /** Where such a mailbox is, and the mailbox by its own name there. */
  readonly place: (mailbox: Mailbox) => Pick<Place, 'realm'> & { readonly mailbox: Mailbox };
}

/** What is visible of what a pattern may match: others' accounts are opened only for one that reaches their names. */
export async function visibleMailboxes(
  realms: Realms,
  pattern: ListPattern,
  signal: AbortSignal,
): Promise<Visible> {
  const own = await realms.own.account.mailboxes({ signal });
  const onlyOwn: Visible = {
    mailboxes: own,
    place: (mailbox) => ({ realm: realms.own, mailbox }),
  };
  if (!namespacePrefixes.some((prefix) => pattern.reaches(prefix))) return onlyOwn;
  const theirs = new Map<MailboxName, ReturnType<Visible['place']>>();
  const mailboxes: Mailbox[] = [];
  for await (const realm of realms.others()) {
    await realm.account.refresh?.('all');
    for (const mailbox of await realm.account.mailboxes({ signal })) {
      if (!realm.rights(mailbox).includes('l')) continue;
      const visible = shown(mailbox, realm);
      mailboxes.push(visible);
      theirs.set(visible.name, { realm, mailbox });
    }
  }
  if (mailboxes.length === 0) return onlyOwn;
  const mine = own.filter(({ name }) => !theirs.has(name));
  return {
    mailboxes: [...mine, ...mailboxes].sort((a, b) => (a.name < b.name ? -1 : 1)),
    place: (mailbox) => theirs.get(mailbox.name) ?? { realm: realms.own, mailbox },
  };
}
