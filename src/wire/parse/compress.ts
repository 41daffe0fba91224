import type { CompressArguments } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';

/**
 *   compress  = "COMPRESS" SP algorithm
 *   algorithm = "DEFLATE"      RFC 4978 section 5
 */
export function parseCompress(c: Cursor): CompressArguments {
  c.space();
  const from = c.offset;
  const algorithm = c.word('algorithm');
  if (algorithm !== 'DEFLATE') throw c.expected('DEFLATE', from);
  c.end();
  return { algorithm };
}
