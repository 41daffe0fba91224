import type { CreateArguments } from '../../model/arguments.ts';
import type { Cursor } from '../cursor.ts';

/**
 *   create       = "CREATE" SP mailbox [SP "(" create-param *(SP create-param) ")"]   RFC 4466 section 6
 *   create-param = "USE" SP "(" [use-attr *(SP use-attr)] ")"                          RFC 6154 section 6
 *   use-attr     = "\" atom
 */
export function parseCreate(c: Cursor): CreateArguments {
  c.space();
  const mailbox = c.mailbox();
  const specialUses: string[] = [];
  if (c.trySpace()) {
    c.list(() => {
      if (!c.tryWord('USE', 'create-param')) throw c.expected('create-param');
      c.space();
      const uses = c.list(() => {
        c.char('\\');
        return `\\${c.atom('use-attr')}`;
      }, true);
      specialUses.push(...uses.slice(0, 16));
    });
  }
  c.end();
  return { mailbox, specialUses };
}
