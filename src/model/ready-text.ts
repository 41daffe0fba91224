import type { Branded } from './ids.ts';

/**
 * A value as it goes to every client alike, whatever that enabled: 7-bit text without CR, LF and NUL, all of its
 * strings quoted. `wire/write/ready.ts` makes it, a store may keep it, and nobody needs the value itself to send it.
 */
export type ReadyText = Branded<string, 'ReadyText'>;

export const asReadyText = (text: string): ReadyText => text as ReadyText;
