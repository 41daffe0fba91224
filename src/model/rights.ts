import type { Branded } from './ids.ts';
import { deleted, flagKey, seen, type Flag, type FlagClass, type FlagEdit } from './flag.ts';

/** One right (RFC 4314 section 2.1): lookup, read, seen, write, insert, post, make mailboxes, remove them, \Deleted, expunge, administer. */
export type Right = 'l' | 'r' | 's' | 'w' | 'i' | 'p' | 'k' | 'x' | 't' | 'e' | 'a';

/** A set of rights: its letters, each once, in the order of `allRights`. */
export type Rights = Branded<string, 'Rights'>;

export const allRights = 'lrswipkxtea' as Rights;
export const noRights = '' as Rights;
/** What an owner keeps whatever a list says, so that nobody is locked out of his own account. */
export const ownersRights = 'la' as Rights;
/** Any of these lets a user ask for his rights (RFC 4314 section 4). */
export const knowingRights = 'lrikxa' as Rights;

/** With `l`, any of these lets a user read and set metadata (RFC 5464 section 3.3). */
const annotatingRights = 'rswip' as Rights;

/** Rights of RFC 2086 that stand for several (RFC 4314 section 2.1.1). */
const virtual: Readonly<Record<string, string>> = { c: 'kx', d: 'te' };

/** The rights that these letters name, or the first letter that names none. */
export function parseRights(letters: string): { rights: Rights } | { unknown: string } {
  let found = '';
  for (const letter of letters) {
    if (!allRights.includes(letter) && virtual[letter] === undefined) return { unknown: letter };
    found += virtual[letter] ?? letter;
  }
  return { rights: inOrder((right) => found.includes(right)) };
}

export function union(a: Rights, b: Rights): Rights {
  if (a === b || b === noRights) return a;
  if (a === noRights) return b;
  return inOrder((right) => a.includes(right) || b.includes(right));
}

export function without(a: Rights, b: Rights): Rights {
  if (b === noRights) return a;
  return inOrder((right) => a.includes(right) && !b.includes(right));
}

/** Whether all of these rights are there. */
export function includesAll(rights: Rights, needed: Rights): boolean {
  if (rights === allRights) return true;
  for (const right of needed) if (!rights.includes(right)) return false;
  return true;
}

export function includesAny(rights: Rights, wanted: Rights): boolean {
  for (const right of wanted) if (rights.includes(right)) return true;
  return false;
}

/** Whether metadata may be read and set. */
export function mayAnnotate(rights: Rights): boolean {
  return rights.includes('l') && includesAny(rights, annotatingRights);
}

/** The letters that a client is told, with the virtual rights behind them. */
export function shownRights(rights: Rights): string {
  const also = Object.entries(virtual).filter(([, members]) =>
    includesAny(rights, members as Rights),
  );
  return rights + also.map(([letter]) => letter).join('');
}

function inOrder(has: (right: string) => boolean): Rights {
  return Array.from(allRights).filter(has).join('') as Rights;
}

/** Which right each class of flags takes (RFC 4314 section 4). */
const classRights: readonly (readonly [FlagClass, Right])[] = [
  ['deleted', 't'],
  ['seen', 's'],
  ['others', 'w'],
];

/** Of these rights those that let a user change flags. */
export function flagRights(rights: Rights): Rights {
  return inOrder((right) => rights.includes(right) && 'swt'.includes(right));
}

export function mayChange(rights: Rights, flag: Flag): boolean {
  const key = flagKey(flag);
  if (key === flagKey(deleted)) return rights.includes('t');
  return rights.includes(key === flagKey(seen) ? 's' : 'w');
}

/**
 * What is left of an edit for who has these rights: flags that he may not change stay as they are. Undefined when
 * nothing is left (RFC 4314 section 4).
 */
export function permittedEdit(edit: FlagEdit, rights: Rights): FlagEdit | undefined {
  if (includesAll(rights, 'swt' as Rights)) return edit;
  const keeps = classRights.filter(([, right]) => !rights.includes(right)).map(([name]) => name);
  const flags = edit.flags.filter((flag) => mayChange(rights, flag));
  const isNothing = flags.length === 0 && edit.flags.length > 0;
  if (keeps.length === classRights.length || isNothing) return undefined;
  return edit.mode === 'replace' ? { ...edit, flags, keeps } : { ...edit, flags };
}

/** What is done to the flags of copies where these are the rights; undefined when all may be there. */
export function copyEdit(rights: Rights): FlagEdit | undefined {
  if (includesAll(rights, 'swt' as Rights)) return undefined;
  const keeps = classRights.filter(([, right]) => rights.includes(right)).map(([name]) => name);
  return { mode: 'replace', flags: [], keeps };
}
