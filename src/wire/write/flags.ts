import type { Flag, FlagSet } from '../../model/flag.ts';
import type { Wire } from './wire.ts';

const texts = new WeakMap<FlagSet, { readonly plain: Wire; readonly recent: Wire }>();

/** `(\Seen \Recent work)`: made once for each flag set. */
export function flagSet(set: FlagSet, recent: boolean): Wire {
  let text = texts.get(set);
  if (text === undefined) {
    text = { plain: flagList(set.flags), recent: flagList([...set.flags, '\\Recent']) };
    texts.set(set, text);
  }
  return recent ? text.recent : text.plain;
}

const lists = new WeakMap<readonly string[], Wire>();

/**
 *   flag-list = "(" [flag *(SP flag)] ")"      RFC 9051 section 9
 *
 * A keyword that is no atom, from a mailbox that was imported, cannot be said and is left out. Made once for each array.
 */
export function flagList(flags: readonly (Flag | '\\Recent')[]): Wire {
  const made = lists.get(flags);
  if (made !== undefined) return made;
  const sayable = flags.filter((name) => /^\\?[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+$/.test(name));
  const text = `(${sayable.join(' ')})` as Wire;
  lists.set(flags, text);
  return text;
}

/** A flag-list that ends with `\*`: keywords can be made by using them. */
export function openFlagList(flags: readonly Flag[]): Wire {
  const inner = flagList(flags).slice(1, -1);
  return `(${inner}${inner === '' ? '' : ' '}\\*)` as Wire;
}
