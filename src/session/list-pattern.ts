import { sameText } from '../base/ascii.ts';
import { normalForm } from '../base/normal-form.ts';
import { inbox, separator, type MailboxName } from '../model/mailbox-name.ts';

/**
 * The canonical patterns of a LIST: each is the reference followed by a pattern (RFC 9051 section 6.3.9). `*` is
 * anything, `%` anything but the separator.
 */
export class ListPattern {
  readonly #patterns: readonly string[];
  /** Whether a `%` may have stopped above deeper names. */
  readonly hasPercent: boolean;

  constructor(reference: string, patterns: readonly string[]) {
    this.#patterns = patterns
      .filter((pattern) => pattern !== '')
      .map((pattern) => collapse(normalForm(reference + pattern, 'NFC')));
    this.hasPercent = this.#patterns.some((pattern) => pattern.includes('%'));
  }

  /** Whether a name that begins so, or stands above such names, may match. */
  reaches(prefix: string): boolean {
    return this.#patterns.some((pattern) => {
      const literal = /^[^*%]*/.exec(pattern)?.[0] ?? '';
      return literal.startsWith(prefix) || prefix.startsWith(literal);
    });
  }

  matches(name: MailboxName): boolean {
    return this.#patterns.some((pattern) => matchesPattern(pattern, name));
  }
}

/** Runs of wildcards that mean one: with a `*` in it `*`, else `%`. */
function collapse(pattern: string): string {
  return pattern.replaceAll(/[*%]{2,}/g, (run) => (run.includes('*') ? '*' : '%'));
}

/**
 * Whether the name matches. INBOX as the whole name or the first level matches in any case. Follows all
 * possible positions in the pattern at once, so that no pattern makes it slow: the time is at most
 * the product of both lengths, and a pattern's letters cannot be more than the name's.
 */
function matchesPattern(pattern: string, name: MailboxName): boolean {
  if (pattern === '*') return true;
  if (pattern === '%') return !name.includes(separator);
  const letters = pattern.length - wildcards(pattern);
  if (letters > name.length) return false;
  if (letters === pattern.length && letters !== name.length) return false;
  const folded = name === inbox || name.startsWith(inbox + separator) ? inbox.length : 0;
  // at[i]: the name read so far fits the first i characters of the pattern.
  let at = new Uint8Array(pattern.length + 1);
  let next = new Uint8Array(pattern.length + 1);
  at[0] = 1;
  passWildcards(pattern, at);
  for (let position = 0; position < name.length; position++) {
    const letter = name[position]!;
    next.fill(0);
    let alive = false;
    for (let i = 0; i < pattern.length; i++) {
      if (at[i] === 0) continue;
      const wanted = pattern[i]!;
      const wild = wanted === '*' || (wanted === '%' && letter !== separator);
      if (wild) next[i] = 1;
      else if (wanted !== '%' && fits(wanted, letter, position < folded)) next[i + 1] = 1;
      else continue;
      alive = true;
    }
    if (!alive) return false;
    passWildcards(pattern, next);
    [at, next] = [next, at];
  }
  return at[pattern.length] === 1;
}

/** A wildcard may stand for nothing. */
function passWildcards(pattern: string, at: Uint8Array): void {
  for (let i = 0; i < pattern.length; i++) {
    if (at[i] === 1 && (pattern[i] === '*' || pattern[i] === '%')) at[i + 1] = 1;
  }
}

function fits(wanted: string, letter: string, anyCase: boolean): boolean {
  return wanted === letter || (anyCase && sameText(wanted, letter));
}

function wildcards(pattern: string): number {
  let count = 0;
  for (const letter of pattern) if (letter === '*' || letter === '%') count++;
  return count;
}
