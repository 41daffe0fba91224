import type { ListAttribute, XlistUse } from '../../model/response.ts';
import { parseLsub } from '../../wire/parse/lsub.ts';
import { defineCommand, ok } from '../command.ts';
import { Hierarchy } from '../hierarchy.ts';
import { ListPattern } from '../list-pattern.ts';
import { visibleMailboxes } from '../visible.ts';
import { matches, root } from './list.ts';

const names: Readonly<Partial<Record<ListAttribute, XlistUse>>> = {
  '\\All': '\\AllMail',
  '\\Flagged': '\\Starred',
  '\\Junk': '\\Spam',
};

/**
 * XLIST: LIST with special uses as they were called before RFC 6154, for mail programs that know no other. No RFC has
 * it.
 *
 *   xlist = "XLIST" SP mailbox SP list-mailbox
 */
export const xlist = defineCommand({
  name: 'XLIST',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  parse: parseLsub,

  async run({ realms, signal, reply }, args) {
    if (args.patterns[0] === '') {
      await reply({ kind: 'XLIST', attributes: ['\\Noselect'], mailbox: root });
      return ok('XLIST completed');
    }
    const pattern = new ListPattern(args.reference, args.patterns);
    const mailboxes = await visibleMailboxes(realms, pattern, signal);
    for (const { response } of matches(args, new Hierarchy(mailboxes, []))) {
      const attributes = response.attributes.map((attribute) => names[attribute] ?? attribute);
      if (response.mailbox === 'INBOX') attributes.push('\\Inbox');
      await reply({ kind: 'XLIST', attributes, mailbox: response.mailbox });
    }
    return ok('XLIST completed');
  },
});
