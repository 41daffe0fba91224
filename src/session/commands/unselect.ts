import { parseNothing } from '../../wire/parse/nothing.ts';
import { defineCommand, ok } from '../command.ts';

/** UNSELECT: leaves the mailbox and removes nothing (RFC 9051 section 6.4.2). */
export const unselect = defineCommand({
  name: 'UNSELECT',
  states: ['selected'],
  expunges: 'held back',
  selectedRights: '',
  parse: parseNothing,

  async run({ session }) {
    await session.deselect();
    return ok('UNSELECT completed');
  },
});
