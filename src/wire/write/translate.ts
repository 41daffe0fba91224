import type { Language } from '../../model/language.ts';
import { german } from './german.ts';

/** Sentences that hold words of the protocol, which no language changes. */
const germanPatterns: readonly (readonly [RegExp, string])[] = [
  [/^([A-Z]+) completed$/, '$1 ausgeführt'],
  [/^expected (.+) at (\d+)$/s, '$1 erwartet bei $2'],
  [/^expected (.+)$/s, '$1 erwartet'],
  [/^not a valid response: (.+)$/s, 'keine gültige Antwort: $1'],
];

/**
 * Words for a human in another language (RFC 5255 section 3). What there is no translation of stays English, so that
 * nothing is ever left unsaid.
 */
export function translate(text: string, language: Language): string {
  if (language !== 'de') return text;
  const whole = german.get(text) ?? withNumbers(text);
  if (whole !== undefined) return whole;
  for (const [english, translation] of germanPatterns) {
    if (english.test(text)) return text.replace(english, translation);
  }
  return text;
}

function withNumbers(text: string): string | undefined {
  const numbers = text.match(/\d+/g);
  if (numbers === null) return undefined;
  let next = 0;
  return german.get(text.replaceAll(/\d+/g, '#'))?.replaceAll('#', () => numbers[next++] ?? '');
}
