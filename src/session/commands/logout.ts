import { parseNothing } from '../../wire/parse/nothing.ts';
import { defineCommand, ok } from '../command.ts';

/** LOGOUT: BYE comes before the tagged OK (RFC 9051 section 6.1.3). */
export const logout = defineCommand({
  name: 'LOGOUT',
  states: ['not authenticated', 'authenticated', 'selected'],
  ascii: true,
  expunges: 'held back',
  knows: 'nothing',
  parse: parseNothing,

  async run({ session, reply }) {
    await session.deselect();
    await reply({ kind: 'status', status: 'BYE', text: 'Good bye' });
    session.end();
    return ok('LOGOUT completed');
  },
});
