/** Why a store could not do what it was asked. Told apart by `code`, never by class. */
export type StoreErrorCode =
  /** No mailbox of this name or id; it may have been removed a moment ago. */
  | 'mailbox-not-found'
  | 'message-not-found'
  | 'mailbox-exists'
  /** A mailbox that must stay, like INBOX, or a name that cannot be made. */
  | 'mailbox-refused'
  /** Another mailbox of the account has this special use. */
  | 'special-use-taken'
  | 'account-not-found'
  | 'account-exists'
  /** A number of ours was exceeded: mailboxes, keywords. */
  | 'limit'
  | 'message-too-large'
  /** The account would have more than its quota allows. */
  | 'over-quota'
  /** No space is left where the store keeps its bytes. */
  | 'full'
  /** The store cannot be reached or written now; trying again may help. */
  | 'unavailable'
  /** What is on disk is not what was written. */
  | 'corrupt';

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, text: string, options?: ErrorOptions) {
    super(text, options);
    this.name = 'StoreError';
    this.code = code;
  }
}
