import type { MailboxName } from '../model/mailbox-name.ts';
import { no, type Refusal } from '../model/refusal.ts';
import {
  includesAny,
  knowingRights,
  mayAnnotate,
  noRights,
  type Right,
  type Rights,
} from '../model/rights.ts';
import type { Account, Mailbox } from '../store/store.ts';

/** An account in one of a user's namespaces (RFC 2342): his own, another user's, or one that is nobody's own. */
export interface Realm {
  readonly kind: 'personal' | 'other' | 'shared';
  /** As this user sees it. */
  readonly account: Account;
  /** What stands before the names of its mailboxes: nothing, or the like of `Other Users/anna@example.org/`. */
  readonly prefix: string;
  /** What the user may do with a mailbox of it. A constant for own mailboxes without a list. */
  readonly rights: (mailbox: Pick<Mailbox, 'acl'> | undefined) => Rights;
}

/** What a mailbox name among a command's arguments means. */
export interface Place {
  readonly realm: Realm;
  readonly account: Account;
  /** What it is called in its account. */
  readonly name: MailboxName;
  /** Undefined where there is none, or none that this user may know of. */
  readonly mailbox: Mailbox | undefined;
  readonly rights: Rights;
}

/**
 * What a command needs of a mailbox that it names (RFC 4314 section 4): this right; `any`: one of those that tell of it;
 * `k above`: that right on the nearest mailbox above a name that is to be made; `metadata`: those that let annotate it.
 */
export type Need = Right | 'any' | 'k above' | 'metadata';

/**
 * The place for a command with this need. NO [NOPERM] to who knows of the mailbox and may not; for who may not know of
 * it there is none, and the command says what it says of those (RFC 4314 section 6).
 */
export function permitted(place: Place, need: Need): Place {
  const { mailbox, rights } = place;
  if (need === 'k above') {
    if (!rights.includes('k')) throw notPermitted();
    return place;
  }
  if (mailbox === undefined) return place;
  if (may(rights, need)) return place;
  if (!rights.includes('l')) return { ...place, mailbox: undefined, rights: noRights };
  throw notPermitted();
}

function may(rights: Rights, need: Exclude<Need, 'k above'>): boolean {
  if (need === 'any') return includesAny(rights, knowingRights);
  return need === 'metadata' ? mayAnnotate(rights) : rights.includes(need);
}

/** A mailbox by the name that the user knows it by. */
export function shown(mailbox: Mailbox, { prefix }: Realm): Mailbox {
  return prefix === '' ? mailbox : { ...mailbox, name: shownName(mailbox.name, prefix) };
}

/** The name of a mailbox in an account as a user knows it who sees the account below this prefix. */
export function shownName(name: MailboxName, prefix: string): MailboxName {
  return (prefix + name) as MailboxName;
}

/** NO [NOPERM] (RFC 5530 section 3). */
export function notPermitted(): Refusal {
  return no('you have no right to do this', { kind: 'NOPERM' });
}

/** The places of a command that names no mailbox. */
export const nowhere: Readonly<Record<string, Place>> = {};
