import { no, type Refusal } from '../model/refusal.ts';
import type { SimpleCode } from '../model/response.ts';
import type { StoreErrorCode } from '../store/store-error.ts';

/** What a client is told when the store could not: code of RFC 5530 and words, never the store's own message. */
const refusals: Record<StoreErrorCode, readonly [SimpleCode, string]> = {
  'mailbox-not-found': ['NONEXISTENT', 'there is no mailbox of this name'],
  'message-not-found': ['EXPUNGEISSUED', 'some of these messages are no longer there'],
  'mailbox-exists': ['ALREADYEXISTS', 'there is a mailbox of this name already'],
  'mailbox-refused': ['CANNOT', 'this cannot be done with a mailbox of this name'],
  'special-use-taken': ['USEATTR', 'another mailbox has this special use'],
  'account-not-found': ['UNAVAILABLE', 'the account is gone'],
  'account-exists': ['ALREADYEXISTS', 'there is such an account already'],
  limit: ['LIMIT', 'there are too many of these already'],
  'message-too-large': ['TOOBIG', 'the message is too large'],
  'over-quota': ['OVERQUOTA', 'that is more than the quota allows'],
  full: ['OVERQUOTA', 'there is no space left'],
  unavailable: ['UNAVAILABLE', 'the mail store cannot be reached now, try again later'],
  corrupt: ['CORRUPTION', 'the mail store holds damaged data; the operator has been told'],
};

export function storeRefusal(code: StoreErrorCode): Refusal {
  const [kind, text] = refusals[code];
  return no(text, { kind });
}
