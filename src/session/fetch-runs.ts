import type { FetchItem } from '../model/fetch-item.ts';
import type { FlagSet } from '../model/flag.ts';
import type { ModSeq, Uid } from '../model/ids.ts';
import type { FetchColumn, Untagged } from '../model/response.ts';
import type { MailboxView } from '../store/store.ts';
import type { Run } from './numbering.ts';

/** Who is answered. */
export interface Reader {
  readonly view: MailboxView;
  isRecent(uid: Uid): boolean;
  sendingModSeq(modSeq: ModSeq): void;
}

/** Items of which many messages are answered at once. */
export type RunItem = Extract<FetchItem, { kind: 'UID' | 'FLAGS' | 'RFC822.SIZE' | 'MODSEQ' }>;

/** Messages answered in one step, before the clock and the client are looked at: about a tenth of a millisecond. */
export const runMessages = 1000;

/** Fewer messages are told one by one: what makes many of them quick has its price too. */
export const manyMessages = 32;

export function isRunItem(item: FetchItem): item is RunItem {
  const { kind } = item;
  return kind === 'UID' || kind === 'FLAGS' || kind === 'RFC822.SIZE' || kind === 'MODSEQ';
}

/** The answer about messages that follow each other; `recent`: some message is \Recent, and that is told. */
export function answerRun(
  run: Run,
  items: readonly Pick<RunItem, 'kind'>[],
  { to, recent }: { readonly to: Reader; readonly recent: boolean },
): Untagged {
  const { sequence, count } = run;
  const columns = items.map(({ kind }) => {
    if (kind === 'FLAGS') return flags(run, to, recent);
    return { kind, values: numbers(run, to, kind) };
  });
  return { kind: 'FETCH run', sequence, count, columns };
}

function numbers(
  { row, count }: Run,
  to: Reader,
  kind: Exclude<RunItem['kind'], 'FLAGS'>,
): Float64Array {
  const { view } = to;
  const values = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    if (kind === 'UID') values[index] = view.uid(row + index);
    else if (kind === 'RFC822.SIZE') values[index] = view.size(row + index);
    else {
      const modSeq = view.modSeq(row + index);
      to.sendingModSeq(modSeq);
      values[index] = modSeq;
    }
  }
  return values;
}

function flags({ row, count }: Run, to: Reader, anyRecent: boolean): FetchColumn {
  const { view } = to;
  const recent = anyRecent ? new Uint8Array(count) : undefined;
  const values: FlagSet[] = [];
  for (let at = row; at < row + count; at++) {
    values.push(view.flags(at));
    if (recent !== undefined && to.isRecent(view.uid(at))) recent[at - row] = 1;
  }
  return { kind: 'FLAGS', values, recent };
}
