/** What the primary process and its workers say to each other. Everything here survives JSON. */
import type { AccountId, ModSeq } from '../../model/ids.ts';
import type { BoundAddress } from '../embedded.ts';
import type { Config } from '../config.ts';
import type { TlsTexts } from '../tls-files.ts';

export const tallies = ['byAccount', 'byAddress', 'byService'] as const;
export type TallyName = (typeof tallies)[number];
export type Counts = readonly (readonly [name: string, count: number])[];

/** Between workers, through the primary, which passes it on to those it concerns. */
export type Notice =
  /** Up to here the sender shows everything of this account. */
  | { readonly kind: 'shown'; readonly account: AccountId; readonly modSeq: ModSeq }
  | { readonly kind: 'login failed'; readonly network: string };

/** What a worker asks the primary to know. */
export type Report =
  /** The sender has this account open, or no longer. */
  | { readonly kind: 'open'; readonly account: AccountId; readonly open: boolean }
  /** Counts that have changed, the sender's own. */
  | { readonly kind: 'counts'; readonly tally: TallyName; readonly counts: Counts };

/** What the primary makes of reports. */
export type Conclusion =
  /** Whether anybody else has this account open. */
  | { readonly kind: 'shared'; readonly account: AccountId; readonly shared: boolean }
  /** Counts that have changed, those of all others together. */
  | { readonly kind: 'counts'; readonly tally: TallyName; readonly counts: Counts };

/** With the keys of session tickets, so that a session can go on with another worker. */
export type WorkerTls = TlsTexts & { readonly ticketKeys: string };

export type Question = 'metrics' | 'ready';

export interface Orders {
  readonly config: Config;
  readonly tls: WorkerTls | undefined;
  /** From 1 on, for the log. */
  readonly number: number;
  /** Whether no other worker serves, until `company` says so. */
  readonly alone: boolean;
}

export type ToWorker =
  | Notice
  | Conclusion
  | { readonly kind: 'start'; readonly orders: Orders }
  | { readonly kind: 'tls'; readonly tls: WorkerTls }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  /** From now on other workers serve too. */
  | { readonly kind: 'company' }
  | { readonly kind: 'stop' };

export type FromWorker =
  | Notice
  | Report
  /** The process listens to messages. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'serving'; readonly addresses: readonly BoundAddress[] }
  /** Whether it has had much to do for a while. */
  | { readonly kind: 'busy'; readonly busy: boolean }
  /** It cannot serve, and ends. */
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown };
