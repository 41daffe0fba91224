import { type FetchContext, Fetching } from './commands/fetch-messages.ts';
import type { Selected } from './selected.ts';

/** Sends of every message that was just announced what NOTIFY asked for (RFC 5465 section 5.2). */
export async function sendNew(
  selected: Selected,
  context: Omit<FetchContext, 'selected'>,
): Promise<void> {
  const fresh = selected.takeFresh();
  const wanted = selected.events?.messageNew ?? [];
  const items = context.enabled.has('UIDONLY') ? [{ kind: 'UID' } as const, ...wanted] : wanted;
  if (fresh.isEmpty || wanted.length === 0) return;
  await new Fetching({ ...context, selected }, items).run(fresh);
}
