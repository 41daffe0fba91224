import type { MailboxName } from '../../model/mailbox-name.ts';
import { Pacer } from '../../search/pacer.ts';
import type { Mailbox } from '../../store/store.ts';
import { parseGetMetadata } from '../../wire/parse/getmetadata.ts';
import { mayAnnotate } from '../../model/rights.ts';
import { defineCommand, ok } from '../command.ts';
import { ListPattern } from '../list-pattern.ts';
import { existingMailbox } from '../mailboxes.ts';
import { metadataIfThere, metadataOf, server } from '../metadata.ts';
import type { Place } from '../place.ts';

/**
 * GETMETADATA: entries of a mailbox, or of the server (RFC 5464 section 4.2).
 *
 *   getmetadata = "GETMETADATA" [SP getmetadata-options] SP mailbox SP entries
 */
export const getmetadata = defineCommand({
  name: 'GETMETADATA',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  mailboxes: { mailbox: 'metadata' },
  parse: parseGetMetadata,

  async run({ places, session, signal, reply }, args) {
    const { entries, depth, bytesMax } = args;
    const { realm } = places.mailbox;
    const { serverMetadata } = session;
    const reading = { entries, depth, bytesMax, signal };
    const read = isPattern(args.mailbox) ? metadataIfThere : metadataOf;
    const pacer = new Pacer(signal);
    let longest = 0;
    for (const mailbox of await annotated(places.mailbox, args.mailbox, signal)) {
      const responses = read({ realm, mailbox, serverMetadata }, reading);
      for (let next = await responses.next(); ; next = await responses.next()) {
        if (pacer.due) await pacer.rest();
        if (next.done === true) {
          longest = Math.max(longest, next.value);
          break;
        }
        await reply(next.value);
      }
    }
    return longest === 0
      ? ok('GETMETADATA completed')
      : ok('larger values were left out', { kind: 'METADATA', what: 'LONGENTRIES', size: longest });
  },
});

/** The mailbox named, undefined for the server; by the draft that Horde was written after, all that match a pattern. */
async function annotated(
  place: Place,
  name: MailboxName,
  signal: AbortSignal,
): Promise<readonly (Mailbox | undefined)[]> {
  if (name === server) return [undefined];
  if (!isPattern(name)) return [existingMailbox(place)];
  const { account, realm } = place;
  const pattern = new ListPattern('', [place.name]);
  const mailboxes = await account.mailboxes({ signal });
  return mailboxes.filter(
    (mailbox) => mayAnnotate(realm.rights(mailbox)) && pattern.matches(mailbox.name),
  );
}

/** No mailbox has a name with wildcards. */
function isPattern(name: MailboxName): boolean {
  return /[*%]/.test(name);
}
