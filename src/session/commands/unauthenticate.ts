import { parseNothing } from '../../wire/parse/nothing.ts';
import { defineCommand, ok } from '../command.ts';

/**
 * UNAUTHENTICATE: back to where the connection began, but for TLS (RFC 8437 section 3). Never NO, since the client may
 * have sent its next login already.
 */
export const unauthenticate = defineCommand({
  name: 'UNAUTHENTICATE',
  states: ['authenticated', 'selected'],
  ascii: true,
  expunges: 'held back',
  parse: parseNothing,

  async run({ client, session }) {
    await session.logOut();
    return { ...ok('UNAUTHENTICATE completed'), afterwards: () => client.decompress() };
  },
});
