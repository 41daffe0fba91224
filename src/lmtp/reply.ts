import { StoreError } from '../store/store-error.ts';

/** One reply: RFC 5321 section 4.2 with an enhanced status code (RFC 2034). */
export interface Reply {
  readonly code: number;
  /** RFC 3463; undefined for the greeting, LHLO and 354, which have none (RFC 2034 section 4). */
  readonly status: string | undefined;
  readonly text: string;
}

export function reply(code: number, status: string | undefined, text: string): Reply {
  return { code, status, text };
}

export function formatReply({ code, status, text }: Reply): string {
  return `${code} ${status === undefined ? '' : `${status} `}${text}\r\n`;
}

/** What is answered for an account that is over its quota: 452, so that the MTA tries again for some days, or 552. */
export type OverQuotaReply = 'defer' | 'reject';

/** Why a store's failure keeps a message from this recipient, so that the MTA does what fits: try again, or give up. */
export function failureReply(
  error: unknown,
  { address, overQuota }: { readonly address: string; readonly overQuota: OverQuotaReply },
): Reply {
  const code = error instanceof StoreError ? error.code : undefined;
  switch (code) {
    case 'account-not-found':
      return reply(550, '5.1.1', `<${address}> no such user here`);
    case 'message-too-large':
      return tooLarge;
    case 'over-quota':
      // RFC 3463 section 3.3: mailbox full.
      return overQuota === 'reject'
        ? reply(552, '5.2.2', `<${address}> mailbox is full`)
        : reply(452, '4.2.2', `<${address}> mailbox is full, try again later`);
    case 'full':
      return reply(452, '4.3.1', `<${address}> no space left, try again later`);
    case 'limit':
      return reply(452, '4.2.2', `<${address}> mailbox is over its limits, try again later`);
    default:
      return reply(451, '4.3.0', `<${address}> cannot be stored now, try again later`);
  }
}

export const tooLarge = reply(552, '5.3.4', 'Message is larger than we take');
