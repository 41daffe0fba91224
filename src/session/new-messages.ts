import { type FetchContext, Fetching } from './commands/fetch-messages.ts';
import type { FetchItem } from '../model/fetch-item.ts';
import type { Selected } from './selected.ts';

/**
 * Sends of every message that was just announced what NOTIFY asked for (RFC 5465 section 5.2), with what an extension has in
 * every FETCH that no FETCH command asked for (RFC 7162 sections 3.1 and 3.2.4, RFC 9051 section 7.5.2).
 */
export async function sendNew(
  selected: Selected,
  context: Omit<FetchContext, 'selected'>,
): Promise<void> {
  const fresh = selected.takeFresh();
  const wanted = selected.events?.messageNew ?? [];
  if (fresh.isEmpty || wanted.length === 0) return;
  const { enabled } = context;
  const lacks = (kind: FetchItem['kind']): boolean => !wanted.some((item) => item.kind === kind);
  const isNamed = enabled.has('UIDONLY') || enabled.has('CONDSTORE') || enabled.has('IMAP4rev2');
  const items: readonly FetchItem[] = [
    ...(isNamed && lacks('UID') ? [{ kind: 'UID' } as const] : []),
    ...wanted,
    ...(enabled.has('CONDSTORE') && lacks('MODSEQ') ? [{ kind: 'MODSEQ' } as const] : []),
  ];
  await new Fetching({ ...context, selected }, items).run(fresh);
}
