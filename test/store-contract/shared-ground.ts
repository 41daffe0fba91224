import { asAccountId, type MailboxId } from '../../src/model/ids.ts';
import { noRights, type Rights } from '../../src/model/rights.ts';
import type { Account } from '../../src/store/store.ts';

/** Users with whom something is shared; nobody need have heard of them. */
export const bert = asAccountId('bert');
export const chris = asAccountId('chris');

/** A mailbox, its owner's account, and the account as somebody else has it. */
export interface SharedGround {
  readonly account: Account;
  readonly guest: Account;
  readonly id: MailboxId;
}

export const grant = (identifier: string, letters: string) =>
  ({ identifier, mode: 'replace', rights: letters as Rights, otherwise: noRights }) as const;
