import type { FlagSet } from '../model/flag.ts';
import type { DateTime } from '../model/date-time.ts';
import type { MessageRef, ModSeq, Uid } from '../model/ids.ts';
import type { Abortable, MessageContent, MessageFacts } from '../store/store.ts';

/**
 * A mailbox as one session sees it, by position: position 0 is sequence number 1. What stands at a
 * position must not change while a search runs; flags may.
 */
export interface SearchSource {
  readonly count: number;
  uid(position: number): Uid;
  flags(position: number): FlagSet;
  modSeq(position: number): ModSeq;
  message(position: number): MessageRef;
  /** Bytes. */
  size(position: number): number;
  internalDate(position: number): DateTime;
  saveDate(position: number): DateTime;
  /** Whether this session may show \Recent (RFC 3501 section 2.3.2). */
  recent(position: number): boolean;
  /** As in `Account`. */
  facts(
    messages: readonly MessageRef[],
    options?: Abortable,
  ): Promise<readonly (MessageFacts | undefined)[]>;
  /** As in `Account`. */
  content(message: MessageRef, options?: Abortable): Promise<MessageContent>;
}
