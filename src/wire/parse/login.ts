import type { LoginArguments } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';

/** login = "LOGIN" SP userid SP password      RFC 9051 section 9 */
export function parseLogin(c: Cursor): LoginArguments {
  c.space();
  const user = c.astring('userid');
  c.space();
  const password = c.astring('password');
  c.end();
  return { user, password };
}
