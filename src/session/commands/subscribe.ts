import { no } from '../../model/refusal.ts';
import { parseMailbox } from '../../wire/parse/mailbox.ts';
import { defineCommand, ok } from '../command.ts';

/**
 * SUBSCRIBE, to anything, there or not (RFC 9051 section 6.3.7): Outlook subscribes to what it only means to
 * create.
 *
 *   subscribe = "SUBSCRIBE" SP mailbox
 */
export const subscribe = defineCommand({
  name: 'SUBSCRIBE',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  parse: parseMailbox,

  async run({ account, limits, signal }, { mailbox }) {
    if (mailbox === '') throw no('a mailbox needs a name', { kind: 'CANNOT' });
    if (Buffer.byteLength(mailbox) > limits.mailboxNameBytesMax) {
      throw no('the name is too long', { kind: 'LIMIT' });
    }
    await account.subscribe(mailbox, true, { signal });
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

  async run({ account, signal }, { mailbox }) {
    await account.subscribe(mailbox, false, { signal });
    return ok('UNSUBSCRIBE completed');
  },
});
