import type { MailboxName } from '../model/mailbox-name.ts';
import type { Rights } from '../model/rights.ts';
import { Pacer } from '../search/pacer.ts';
import type { SharedMailbox } from '../store/directory.ts';
import type { Mailbox } from '../store/store.ts';
import type { ListPattern } from './list-pattern.ts';
import { namespacePrefixes } from './namespaces.ts';
import { shownName, type Place } from './place.ts';
import type { Realms } from './realms.ts';
import type { Sharer } from './sharer.ts';

/** A mailbox of somebody else, by the name that the user knows it by. */
export interface TheirMailbox extends SharedMailbox {
  /** Those are for one's own mailboxes. */
  readonly specialUse: undefined;
  readonly sharer: Sharer;
}

export type VisibleMailbox = Mailbox | TheirMailbox;

/**
 * The mailboxes that a user may look up (RFC 4314 section 4) of what a pattern may match, by the names he knows them by,
 * ordered. What others share is known without their accounts.
 */
export async function visibleMailboxes(
  realms: Realms,
  pattern: ListPattern,
  signal: AbortSignal,
): Promise<readonly VisibleMailbox[]> {
  const own = await realms.own.account.mailboxes({ signal });
  if (!namespacePrefixes.some((prefix) => pattern.reaches(prefix))) return own;
  const pacer = new Pacer(signal);
  const mailboxes: TheirMailbox[] = [];
  const names = new Set<MailboxName>();
  for (const sharer of await realms.sharedByOthers()) {
    if (!pattern.reaches(sharer.prefix)) continue;
    for (const mailbox of await sharer.mailboxes()) {
      const { id, selectable, acl } = mailbox;
      if (!sharer.rights(mailbox).includes('l')) continue;
      const name = shownName(mailbox.name, sharer.prefix);
      mailboxes.push({ id, name, selectable, acl, specialUse: undefined, sharer });
      names.add(name);
    }
    if (pacer.due) await pacer.rest();
  }
  if (mailboxes.length === 0) return own;
  const mine = own.filter(({ name }) => !names.has(name));
  return [...mine, ...mailboxes].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What the user may do with it. */
export function rightsOn(mailbox: VisibleMailbox, { own }: Pick<Realms, 'own'>): Rights {
  return ('sharer' in mailbox ? mailbox.sharer : own).rights(mailbox);
}

/** Where such a mailbox is, and the mailbox by its own name there; undefined when it has just been removed. */
export async function placeOf(
  mailbox: VisibleMailbox,
  { realms, signal }: { readonly realms: Realms; readonly signal: AbortSignal },
): Promise<(Pick<Place, 'realm'> & { readonly mailbox: Mailbox }) | undefined> {
  if (!('sharer' in mailbox)) return { realm: realms.own, mailbox };
  const realm = await mailbox.sharer.open();
  if (realm === undefined) return undefined;
  await realm.account.refresh?.('all');
  const found = (await realm.account.mailboxes({ signal })).find(({ id }) => id === mailbox.id);
  return found && { realm, mailbox: found };
}
