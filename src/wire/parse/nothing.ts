import type { Cursor } from '../cursor.ts';

/** CAPABILITY, NOOP, LOGOUT, STARTTLS, CHECK, CLOSE, UNSELECT, IDLE, NAMESPACE: nothing follows the name. */
export function parseNothing(c: Cursor): void {
  c.end();
}
