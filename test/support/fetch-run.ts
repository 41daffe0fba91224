import type { FetchValue } from '../../src/model/fetch-item.ts';
import { asModSeq, asSequenceNumber, asUid } from '../../src/model/ids.ts';
import type { FetchColumn, FetchResponse, FetchRunResponse } from '../../src/model/response.ts';

/** The FETCH responses that a run stands for. */
export function singly({ sequence, count, columns }: FetchRunResponse): FetchResponse[] {
  return Array.from({ length: count }, (_, index) => ({
    kind: 'FETCH',
    sequence: asSequenceNumber(sequence + index),
    items: columns.map((column) => value(column, index)),
  }));
}

function value(column: FetchColumn, index: number): FetchValue {
  if (column.kind === 'FLAGS') {
    const flags = column.values[index];
    if (flags === undefined) throw new Error(`no flags at ${index}`);
    return { kind: 'FLAGS', flags, recent: column.recent?.[index] === 1 };
  }
  const number = column.values[index] ?? Number.NaN;
  if (column.kind === 'UID') return { kind: 'UID', uid: asUid(number) };
  if (column.kind === 'MODSEQ') return { kind: 'MODSEQ', modSeq: asModSeq(number) };
  return { kind: 'RFC822.SIZE', size: number };
}
