import { bye } from '../../model/refusal.ts';
import { parseNothing } from '../../wire/parse/nothing.ts';
import { defineCommand, ok } from '../command.ts';

/**
 * UNAUTHENTICATE: back to where the connection began, but for TLS (RFC 8437 section 3). Never NO, since the client may
 * have sent its next login already: BYE where something of the user may be left.
 */
export const unauthenticate = defineCommand({
  name: 'UNAUTHENTICATE',
  states: ['authenticated', 'selected'],
  ascii: true,
  expunges: 'held back',
  knows: 'nothing',
  parse: parseNothing,

  async run({ client, logger, session }) {
    try {
      await session.logOut();
    } catch (err) {
      logger.error({ err }, 'a user could not be logged out');
      throw bye('what is left of this login could not be given up');
    }
    return { ...ok('UNAUTHENTICATE completed'), afterwards: () => client.decompress() };
  },
});
