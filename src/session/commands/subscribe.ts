import { parseMailbox } from '../../wire/parse/mailbox.ts';
import { defineCommand, ok } from '../command.ts';
import { demandCreatable } from '../mailboxes.ts';

/**
 * SUBSCRIBE, to any name that a mailbox could have, there or not (RFC 9051 section 6.3.7): Outlook subscribes to what it only means to
 * create.
 *
 *   subscribe = "SUBSCRIBE" SP mailbox
 */
export const subscribe = defineCommand({
  name: 'SUBSCRIBE',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  parse: parseMailbox,

  async run({ account, limits, session, signal }, { mailbox }) {
    demandCreatable(mailbox, limits);
    await account.subscribe(mailbox, true, { signal, origin: session.origin });
    return ok('SUBSCRIBE completed');
  },
});

/**
 * UNSUBSCRIBE; not to have been subscribed is no error (RFC 9051 section 6.3.8).
 *
 *   unsubscribe = "UNSUBSCRIBE" SP mailbox
 */
export const unsubscribe = defineCommand({
  name: 'UNSUBSCRIBE',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  parse: parseMailbox,

  async run({ account, session, signal }, { mailbox }) {
    await account.subscribe(mailbox, false, { signal, origin: session.origin });
    return ok('UNSUBSCRIBE completed');
  },
});
