import { sameText } from '../base/ascii.ts';

/** What a mailbox is for (RFC 6154 section 2, RFC 8457 section 4). `\All` and `\Flagged` are for virtual mailboxes. */
export const specialUses = [
  '\\All',
  '\\Archive',
  '\\Drafts',
  '\\Flagged',
  '\\Important',
  '\\Junk',
  '\\Sent',
  '\\Trash',
] as const;

export type SpecialUse = (typeof specialUses)[number];

/** The special use of this spelling in any case, or undefined. */
export function specialUse(text: string): SpecialUse | undefined {
  return specialUses.find((use) => sameText(use, text));
}
