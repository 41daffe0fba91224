import type { IdArguments } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';

/**
 *   id             = "ID" SP id-params-list
 *   id-params-list = "(" #(string SP nstring) ")" / nil      RFC 2971 section 4
 */
export function parseId(c: Cursor): IdArguments {
  c.space();
  if (c.tryWord('NIL')) {
    c.end();
    return { fields: null };
  }
  const fields = c.list((): readonly [string, string | null] => {
    const name = c.string();
    c.space();
    return [name, c.nstring()];
  }, true);
  c.end();
  return { fields };
}
