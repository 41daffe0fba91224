import { lower } from '../base/ascii.ts';

/** Languages for the words behind responses, by their tags. `i-default` is plain English, what everybody gets unasked. */
export const languages = ['en', 'de', 'i-default'] as const;

export type Language = (typeof languages)[number];

/**
 * The language for the first of these ranges that names one of ours, as RFC 4647 section 3.4 looks it up: `de-AT`
 * finds `de`. `default` is what we speak unasked (RFC 5255 section 3.2).
 */
export function lookUpLanguage(ranges: readonly string[]): Language | undefined {
  for (const range of ranges) {
    const wanted = lower(range);
    if (wanted === 'default') return 'i-default';
    if (wanted === '*') return languages[0];
    for (let tag = wanted; tag !== ''; tag = withoutLastSubtag(tag)) {
      const found = languages.find((language) => language === tag);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** A single letter or digit never stands last (RFC 4647 section 3.4). */
function withoutLastSubtag(tag: string): string {
  const shorter = tag.slice(0, Math.max(0, tag.lastIndexOf('-')));
  return /(?:^|-)[a-z0-9]$/.test(shorter) ? withoutLastSubtag(shorter) : shorter;
}
