import type { OpenOptions } from '../store.ts';

/** What an account is opened for: to be made, to be looked into first, only to be written to, or for all there is. */
export type Purpose = 'making' | 'looking' | 'writing' | 'any';

export function purposeOf({ soon, toWrite }: OpenOptions): Purpose {
  if (soon !== undefined) return 'looking';
  return toWrite === true ? 'writing' : 'any';
}
