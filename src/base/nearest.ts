import { upper } from './ascii.ts';

/** The one of these that a mistyped word is most like, in any case; undefined when it is like none. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  let best: string | undefined;
  // Longer words may have more mistakes.
  let least = 1 + Math.floor(word.length / 4);
  for (const candidate of words) {
    const count = mistakes(upper(word), upper(candidate));
    if (count > least || (best !== undefined && count === least)) continue;
    best = candidate;
    least = count;
  }
  return best;
}

/** How many letters have to be added, left out or changed to make one word of the other. */
function mistakes(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
