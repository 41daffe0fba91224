import { parentName, type MailboxName } from '../../model/mailbox-name.ts';
import type { ListAttribute } from '../../model/response.ts';
import { parseLsub } from '../../wire/parse/lsub.ts';
import { defineCommand, ok } from '../command.ts';
import { Hierarchy } from '../hierarchy.ts';
import { ListPattern } from '../list-pattern.ts';
import { visibleMailboxes } from '../visible.ts';
import { listAttributes, root } from './list.ts';

/**
 * LSUB: names subscribed to, there or not (RFC 3501 section 6.3.9; gone from IMAP4rev2).
 *
 *   lsub = "LSUB" SP mailbox SP list-mailbox
 *
 * Outlook takes special uses from here.
 */
export const lsub = defineCommand({
  name: 'LSUB',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  parse: parseLsub,

  async run({ account, realms, signal, reply }, { reference, patterns }) {
    if (patterns[0] === '') {
      await reply({ kind: 'LSUB', attributes: ['\\Noselect'], mailbox: root });
      return ok('LSUB completed');
    }
    const subscriptions = await account.subscriptions({ signal });
    const pattern = new ListPattern(reference, patterns);
    const mailboxes = await visibleMailboxes(realms, pattern, signal);
    const hierarchy = new Hierarchy(mailboxes, subscriptions);
    const names = new Map<MailboxName, 'subscribed' | 'parent'>();
    for (const name of subscriptions) {
      if (pattern.matches(name)) names.set(name, 'subscribed');
      else if (pattern.hasPercent) {
        // `%` stopped above a name that is subscribed: the level it stopped at stands for it.
        for (let at = parentName(name); at !== undefined; at = parentName(at)) {
          if (pattern.matches(at) && !names.has(at)) names.set(at, 'parent');
        }
      }
    }
    for (const mailbox of [...names.keys()].sort()) {
      const attributes: readonly ListAttribute[] =
        names.get(mailbox) === 'parent'
          ? ['\\Noselect', '\\HasChildren']
          : listAttributes(hierarchy.mailbox(mailbox), hierarchy.hasChildren(mailbox));
      await reply({ kind: 'LSUB', attributes, mailbox });
    }
    return ok('LSUB completed');
  },
});
