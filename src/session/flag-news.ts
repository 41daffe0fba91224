import type { FetchValue } from '../model/fetch-item.ts';
import type { Uid } from '../model/ids.ts';
import type { NumberSet } from '../model/number-set.ts';
import type { Untagged } from '../model/response.ts';
import type { Changes, Telling } from './change-queue.ts';
import { answerRun, manyMessages, runMessages, type Reader } from './fetch-runs.ts';
import type { Located, Run } from './numbering.ts';
import type { Extension } from './state.ts';

/** Who hears of new flags. */
interface Hearer extends Reader {
  readonly recentCount: number;
  located(uid: Uid): Located | undefined;
  messages(uids: NumberSet<Uid>): Iterable<Located>;
  runs(uids: NumberSet<Uid>, most: number): Iterable<Run | Located>;
}

interface NewsOptions {
  /** Whether it is told with a UID command. */
  readonly uidCommand: boolean;
  readonly enabled: ReadonlySet<Extension>;
  /** Whether the client used NOTIFY. */
  readonly notified?: boolean;
}

/** FETCH of every message whose flags or mod-sequence are news. A ghost's no longer matter to anybody. */
export function flagNews(to: Hearer, changes: Changes, options: NewsOptions): Iterable<Untagged> {
  const uid = changes.flags.min;
  if (uid === undefined || uid !== changes.flags.max || !changes.modSeqs.isEmpty)
    return manyNews(to, changes, options);
  // Mostly one message was changed.
  const message = to.located(uid);
  return message === undefined ? [] : [newsOf(to, message, { ...options, what: 'flags' })];
}

function* manyNews(
  to: Hearer,
  { flags, modSeqs }: Changes,
  options: NewsOptions,
): Generator<Untagged, void, undefined> {
  const { enabled } = options;
  if (modSeqs.isEmpty && flags.count >= manyMessages && !enabled.has('UIDONLY')) {
    const items = newsItems('flags', options);
    const recent = !enabled.has('IMAP4rev2') && to.recentCount > 0;
    for (const run of to.runs(flags, runMessages))
      if ('count' in run) yield answerRun(run, items, { to, recent });
    return;
  }
  for (const message of to.messages(flags.union(modSeqs)))
    if (message.row >= 0)
      yield newsOf(to, message, { ...options, what: flags.has(message.uid) ? 'flags' : 'modseq' });
}

function newsOf(
  to: Reader,
  { sequence, uid, row }: Located,
  { what, ...options }: NewsOptions & { readonly what: Telling },
): Untagged {
  const { view } = to;
  const items = newsItems(what, options).map(({ kind }): FetchValue => {
    if (kind === 'UID') return { kind, uid };
    if (kind === 'MODSEQ') {
      const modSeq = view.modSeq(row);
      to.sendingModSeq(modSeq);
      return { kind, modSeq };
    }
    const recent = !options.enabled.has('IMAP4rev2') && to.isRecent(uid);
    return { kind, flags: view.flags(row), recent };
  });
  return { kind: 'FETCH', sequence, items };
}

function newsItems(
  what: Telling,
  { uidCommand, enabled, notified = false }: NewsOptions,
): { kind: 'UID' | 'FLAGS' | 'MODSEQ' }[] {
  const condstore = enabled.has('CONDSTORE');
  // RFC 9051 sections 6.4.9 and 7.5.2, RFC 7162 section 3.2.4, RFC 5465 section 5.1; not to others, as RFC 3501 shows none.
  const others = enabled.has('IMAP4rev2') || enabled.has('UIDONLY') || notified;
  return [
    ...(uidCommand || condstore || others ? [{ kind: 'UID' } as const] : []),
    ...(what === 'flags' ? [{ kind: 'FLAGS' } as const] : []),
    ...(condstore ? [{ kind: 'MODSEQ' } as const] : []),
  ];
}
