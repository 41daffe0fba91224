import { lower } from '../base/ascii.ts';
import type { Branded } from './ids.ts';

/**
 * The name of a metadata entry, such as `/private/comment` (RFC 5464 section 3.2), in the case somebody wrote it.
 * Names are compared by `foldedEntry`.
 */
export type EntryName = Branded<string, 'EntryName'>;

/** The special use of a mailbox as an entry (RFC 6154 section 4). */
export const specialUseEntry = '/private/specialuse' as EntryName;

/** Printable ASCII without wildcards, in components that are not empty: so no slash is doubled or last. */
const shape = /^(?:\/[ -$&-)+-.0-~]+)+$/;
const scopes: readonly string[] = ['private', 'shared'];

/**
 * Whether this names an entry: `/private` or `/shared` and at least one component more, or three below `vendor`
 * (RFC 5464 section 3.2).
 */
export function isEntryName(text: string): text is EntryName {
  const components = componentsOf(text);
  return (
    components !== undefined &&
    components.length >= (lower(components[1] ?? '') === 'vendor' ? 4 : 2)
  );
}

/** Whether entries may lie below this name, which need not be one itself: `/private`, `/shared/vendor/acme`. */
export function isAboveEntries(text: string): text is EntryName {
  return componentsOf(text) !== undefined;
}

function componentsOf(text: string): readonly string[] | undefined {
  if (!shape.test(text)) return undefined;
  const components = text.slice(1).split('/');
  return scopes.includes(lower(components[0] ?? '')) ? components : undefined;
}

/** A name in the form that equal names share: they differ in case alone. */
export function foldedEntry(name: EntryName): string {
  return lower(name);
}

/** Whether each user has his own of it, and of those below it (RFC 5464 section 3.2). */
export function isPrivate(name: EntryName): boolean {
  return `${foldedEntry(name)}/`.startsWith('/private/');
}
