import { inbox, isBelow } from '../../model/mailbox-name.ts';
import { no } from '../../model/refusal.ts';
import { parseMailbox } from '../../wire/parse/mailbox.ts';
import { defineCommand, ok } from '../command.ts';
import { existingMailbox } from '../mailboxes.ts';

/**
 * DELETE (RFC 9051 section 6.3.5). A mailbox with others below it stays as a name that cannot be selected.
 *
 *   delete = "DELETE" SP mailbox
 *
 * Sessions that have it selected are told that all its messages were expunged and keep an empty mailbox until
 * they select another one (RFC 2180 section 3.3): nothing that a client knows how to handle breaks off.
 */
export const deleteMailbox = defineCommand({
  name: 'DELETE',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  tellsOldName: true,
  mailboxes: { mailbox: 'x' },
  parse: parseMailbox,

  async run({ places, oldName, reply, session, signal }, args) {
    const { account, name } = places.mailbox;
    const mailbox = existingMailbox(places.mailbox);
    if (name === inbox) throw no('INBOX cannot be deleted', { kind: 'CANNOT' });
    const mailboxes = await account.mailboxes({ signal });
    if (!mailbox.selectable && mailboxes.some((other) => isBelow(other.name, name))) {
      throw no('there are mailboxes below this name', { kind: 'HASCHILDREN' });
    }
    await account.remove(name, { signal, origin: session.origin });
    if (oldName !== undefined) {
      await reply({ kind: 'LIST', attributes: ['\\NonExistent'], mailbox: args.mailbox, oldName });
    }
    return ok('DELETE completed');
  },
});
