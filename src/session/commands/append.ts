import { utc } from '../../model/date-time.ts';
import { NumberSet } from '../../model/number-set.ts';
import { mayChange } from '../../model/rights.ts';
import { parseAppend } from '../../wire/parse/append.ts';
import { defineCommand, ok } from '../command.ts';
import { destinationMailbox } from '../mailboxes.ts';
import { arrivals } from '../arrivals.ts';
import { intoDestination } from '../destination.ts';

/**
 * APPEND: messages from the client into a mailbox, streamed to the store as they come; all of them or none
 * (RFC 3502 section 6.3.11).
 *
 *   append          = "APPEND" SP mailbox 1*append-message       RFC 3502, formal syntax
 *   append-message  = [SP flag-list] [SP date-time] SP append-data
 *   append-data     = literal / literal8 / append-data-ext       RFC 9051 section 6.3.12, section 9
 *   append-data-ext =/ "UTF8" SP "(" literal8 ")"                RFC 6855 section 4
 *   append-data-ext =/ "CATENATE" SP "(" cat-part *(SP cat-part) ")"      RFC 4469 section 5
 *
 * What can be refused is refused before the continuation, so that a message is not sent in vain. 8-bit header
 * fields are taken from every client: RFC 9051 section 6.3.12 permits them, and a mailbox that moves between
 * servers must arrive as it was. Only NUL, which BODY[] cannot carry, is changed: RFC 3516 section 4.4 allows
 * another transfer encoding for the parts that hold it, and section 6 demands it.
 */
export const append = defineCommand({
  name: 'APPEND',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  tellsOldName: true,
  knows: 'names',
  mailboxes: { mailbox: 'i' },
  parse: parseAppend,

  async run(context, args) {
    const { places, session, signal } = context;
    const { account, rights } = places.mailbox;
    const { id } = destinationMailbox(places.mailbox);
    await using staged = new AsyncDisposableStack();
    const messages = [];
    for await (const { message, facts } of arrivals({ ...context, account }, args.pieces)) {
      staged.use(message);
      const internalDate = facts.date ?? utc(Date.now());
      const flags = facts.flags.filter((flag) => mayChange(rights, flag));
      messages.push({ staged: message, flags, internalDate });
    }
    const appended = await intoDestination(
      account.append(id, messages, { signal, origin: session.origin }),
    );
    if (session.isOff('UIDPLUS')) return ok('APPEND completed');
    return ok('APPEND completed', {
      kind: 'APPENDUID',
      uidValidity: appended.uidValidity,
      uids: NumberSet.of(appended.uids),
    });
  },
});
