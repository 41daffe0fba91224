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
  const isNamed = enabled.has('CONDSTORE') || enabled.has('IMAP4rev2');
  // With UIDONLY the first one stands before the list (RFC 9586 section 3.3).
  const uidFirst = enabled.has('UIDONLY') || (isNamed && lacks('UID'));
  const items: readonly FetchItem[] = [
    ...(uidFirst ? [{ kind: 'UID' } as const] : []),
    ...wanted,
    ...(enabled.has('CONDSTORE') && lacks('MODSEQ') ? [{ kind: 'MODSEQ' } as const] : []),
  ];
  await new Fetching({ ...context, selected }, items).run(fresh);
}
