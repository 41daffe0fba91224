import { lower, sameText } from '../base/ascii.ts';
import type { Branded } from './ids.ts';

/** A flag of a message: a system flag `\Seen` in its canonical spelling, or a keyword as first written. */
export type Flag = Branded<string, 'Flag'>;

/** The system flags a client may set (RFC 9051 section 2.3.2); `\Recent` is a session's own and never stored. */
export const systemFlags = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'].map(
  (name) => name as Flag,
) as readonly Flag[];

export const seen = '\\Seen' as Flag;
export const deleted = '\\Deleted' as Flag;
export const answered = '\\Answered' as Flag;
export const flagged = '\\Flagged' as Flag;
export const draft = '\\Draft' as Flag;
const recent = '\\Recent' as Flag;

/** The flag of this spelling: system flags become canonical, keywords keep their case. */
export function flag(text: string): Flag {
  if (text.startsWith('\\')) {
    const known = systemFlags.find((name) => sameText(name, text));
    if (known !== undefined) return known;
    if (sameText(text, recent)) return recent;
  }
  return text as Flag;
}

/** Flags are equal without regard to case (RFC 9051 section 2.3.2); this is their common key. */
export function flagKey(name: Flag): string {
  return lower(name);
}

export function isSystemFlag(name: Flag): boolean {
  return name.startsWith('\\');
}

/**
 * One combination of flags, made once and shared by every message that has it, so that a writer may
 * keep its ready-made text in a WeakMap. Order: system flags as in `systemFlags`, then keywords as added.
 */
export class FlagSet {
  readonly flags: readonly Flag[];
  readonly #keys: ReadonlySet<string>;

  constructor(flags: Iterable<Flag>) {
    const byKey = new Map<string, Flag>();
    for (const name of flags) {
      const key = flagKey(name);
      if (name !== recent && !byKey.has(key)) byKey.set(key, name);
    }
    const all = [...byKey.values()];
    this.flags = [
      ...systemFlags.filter((name) => byKey.has(flagKey(name))),
      ...all.filter((name) => !systemFlags.includes(name)),
    ];
    this.#keys = new Set(byKey.keys());
  }

  static readonly none = new FlagSet([]);

  has(name: Flag): boolean {
    return this.#keys.has(flagKey(name));
  }
}

/** What STORE does to a flag set (RFC 9051 section 6.4.6). */
export interface FlagEdit {
  readonly mode: 'replace' | 'add' | 'remove';
  readonly flags: readonly Flag[];
  /** Only with `replace`: what is left as it is. */
  readonly keeps?: readonly FlagClass[];
}

/** Flags that one right is for (RFC 4314 section 4): \Seen, \Deleted, and all others. */
export type FlagClass = 'seen' | 'deleted' | 'others';
