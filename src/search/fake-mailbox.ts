/** A mailbox in memory and short names for search keys, for the tests of this folder. */
import assert from 'node:assert/strict';
import { defaultLimits } from '../base/limits.ts';
import { flag, FlagSet } from '../model/flag.ts';
import { asEmailId, asMessageRef, asModSeq, asThreadId, asUid } from '../model/ids.ts';
import { NumberSet } from '../model/number-set.ts';
import type { SearchKey } from '../model/search-key.ts';
import { MessageIndexer } from '../mime/indexer.ts';
import { StoreError } from '../store/store-error.ts';
import type { MessageFacts } from '../store/store.ts';
import { searchMessages } from './search.ts';
import type { SearchSource } from './source.ts';

const nowMs = Date.UTC(2026, 0, 20, 12, 0, 0);

export interface FakeMessage {
  /** With LF; the source has CRLF. */
  readonly text: string;
  readonly uid?: number;
  readonly flags?: readonly string[];
  readonly modSeq?: number;
  readonly received?: { readonly at: string; readonly zoneMinutes?: number };
  readonly saved?: string;
  readonly recent?: boolean;
  /** Its bytes cannot be read back. */
  readonly broken?: boolean;
  /** Its retention has passed. */
  readonly gone?: boolean;
}

/** What a search read, to see that it read no more than it had to. */
export interface Reads {
  facts: number;
  contents: number;
  bytes: number;
}

export interface FakeMailbox extends SearchSource {
  readonly reads: Reads;
}

export function mailbox(
  messages: readonly FakeMessage[],
  { chunkBytes = 16 }: { readonly chunkBytes?: number } = {},
): FakeMailbox {
  const all = messages.map((message, index) => {
    const bytes = Buffer.from(message.text.replaceAll('\n', '\r\n'), 'latin1');
    return { ...message, bytes, facts: factsOf(bytes, index) };
  });
  const sets = new Map<string, FlagSet>();
  const flagsOf = (names: readonly string[] = []): FlagSet => {
    const key = names.join(' ');
    const known = sets.get(key) ?? new FlagSet(names.map(flag));
    sets.set(key, known);
    return known;
  };
  const seconds = (text = '2026-01-10T12:00:00Z'): number => Date.parse(text) / 1000;
  const reads: Reads = { facts: 0, contents: 0, bytes: 0 };
  return {
    reads,
    count: all.length,
    uid: (position) => asUid(all[position]?.uid ?? (position + 1) * 10),
    flags: (position) => flagsOf(all[position]?.flags),
    modSeq: (position) => asModSeq(all[position]?.modSeq ?? position + 1),
    message: (position) => asMessageRef(position + 1),
    size: (position) => all[position]?.bytes.length ?? 0,
    internalDate: (position) => ({
      epochSeconds: seconds(all[position]?.received?.at),
      zoneMinutes: all[position]?.received?.zoneMinutes ?? 0,
    }),
    saveDate: (position) => ({ epochSeconds: seconds(all[position]?.saved), zoneMinutes: 0 }),
    recent: (position) => all[position]?.recent ?? false,
    facts: (refs) => {
      reads.facts += refs.length;
      return Promise.resolve(
        refs.map((ref) => (all[ref - 1]?.gone === true ? undefined : all[ref - 1]?.facts)),
      );
    },
    content: (ref) => {
      const message = all[ref - 1];
      assert(message !== undefined);
      reads.contents++;
      if (message.broken === true) return Promise.reject(new StoreError('corrupt', 'broken'));
      return Promise.resolve({
        size: message.bytes.length,
        async *read(from: number, to: number) {
          for (let at = from; at < to; at += chunkBytes) {
            const chunk = message.bytes.subarray(at, Math.min(to, at + chunkBytes));
            reads.bytes += chunk.length;
            yield await Promise.resolve(chunk);
          }
        },
      });
    },
  };
}

function factsOf(bytes: Uint8Array, index: number): MessageFacts {
  const indexer = new MessageIndexer(defaultLimits);
  indexer.write(bytes);
  const { envelope, headers, preview, size, structure } = indexer.end();
  const emailId = asEmailId(`E${index + 1}`);
  const threadId = index % 2 === 0 ? asThreadId('T1') : null;
  return { emailId, threadId, size, envelope, structure, headers, preview };
}

/** Sequence numbers of the messages that match. */
export async function find(
  key: SearchKey,
  source: SearchSource,
  { saved = NumberSet.empty, signal }: { saved?: NumberSet<never>; signal?: AbortSignal } = {},
): Promise<number[]> {
  const options = {
    saved,
    nowMs,
    ...(signal !== undefined && { signal }),
  };
  const found: number[] = [];
  for await (const batch of searchMessages(key, source, options)) {
    for (const position of batch) found.push(position + 1);
  }
  return found;
}

export const not = (key: SearchKey): SearchKey => ({ kind: 'not', key });
export const or = (left: SearchKey, right: SearchKey): SearchKey => ({ kind: 'or', left, right });
export const and = (...keys: SearchKey[]): SearchKey => ({ kind: 'and', keys });
export const has = (name: string): SearchKey => ({ kind: 'flag', flag: flag(name) });
export const ranges = (...pairs: readonly (readonly [number | '*', number | '*'])[]) => ({
  kind: 'ranges' as const,
  ranges: pairs.map(([first, last]) => ({ first, last })),
});
export const header = (name: string, text: string): SearchKey => ({ kind: 'header', name, text });
export const body = (text: string): SearchKey => ({ kind: 'body', text });
export const text = (sought: string): SearchKey => ({ kind: 'text', text: sought });
export const from = (sought: string): SearchKey => ({
  kind: 'address',
  field: 'from',
  text: sought,
});
export const day = (year: number, month: number, date: number) => ({ year, month, day: date });

export const plain = 'From: anna@example.org\nSubject: hello\n\nbody\n';
