import { type FetchContext, Fetching } from './commands/fetch-messages.ts';
import type { Selected } from './selected.ts';

/** Sends of every message that was just announced what NOTIFY asked for (RFC 5465 section 5.2). */
export async function sendNew(
  selected: Selected,
  context: Omit<FetchContext, 'selected'>,
): Promise<void> {
  const fresh = selected.takeFresh();
  const items = selected.events?.messageNew ?? [];
  if (fresh.isEmpty || items.length === 0) return;
  await new Fetching({ ...context, selected }, items).run(fresh);
}
