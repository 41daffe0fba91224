import type { SelectedEvents } from '../model/notify.ts';
import { allRights, type Rights } from '../model/rights.ts';
import type { Glance, Mailbox } from '../store/store.ts';
import type { Extension } from './state.ts';

export interface SelectedOptions {
  /** Opened by EXAMINE. */
  readonly readOnly: boolean;
  readonly enabled: ReadonlySet<Extension>;
  /** What NOTIFY asked for, if it did. */
  readonly events?: SelectedEvents | undefined;
  /** The `origin` of this client's writes. */
  readonly origin?: object;
  /** What the client was told when the view was not there yet; otherwise it is told what is there now. */
  readonly told?: Glance;
  readonly limits: { readonly queuedChangesMax: number; readonly keywordsMax: number };
  /** What the user may do with the mailbox as it is now; everything where nothing is said. */
  readonly rights?: (mailbox: Mailbox) => Rights;
}

/** Of a mailbox that nothing is said of. */
export const ownRights = (): Rights => allRights;
