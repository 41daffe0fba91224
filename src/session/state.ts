import type { AccountRecord } from '../model/account.ts';
import type { Account } from '../store/store.ts';
import type { Realm } from './place.ts';
import type { Realms } from './realms.ts';
import type { Selected } from './selected.ts';

/** Where a connection stands (RFC 9051 section 3): one value, so that no two flags can disagree. */
export type SessionState =
  | { readonly kind: 'not authenticated' }
  | ({ readonly kind: 'authenticated' } & Known)
  | ({
      readonly kind: 'selected';
      readonly selected: Selected;
      /** Where the selected mailbox is. */
      readonly realm: Realm;
    } & Known)
  | { readonly kind: 'logout' };

/** Who has logged in. */
interface Known {
  readonly user: AccountRecord;
  /** His own account. */
  readonly account: Account;
  readonly realms: Realms;
}

export type StateName = SessionState['kind'];

/** What a client switched on with ENABLE or by a CONDSTORE enabling command; off again only by UNAUTHENTICATE. */
export type Extension =
  | 'CONDSTORE'
  | 'IMAP4rev2'
  | 'METADATA'
  | 'METADATA-SERVER'
  | 'QRESYNC'
  | 'UIDONLY'
  | 'UTF8=ACCEPT';
