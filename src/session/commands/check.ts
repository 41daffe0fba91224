import { parseNothing } from '../../wire/parse/nothing.ts';
import { defineCommand, ok } from '../command.ts';

/** CHECK: nothing to do here, as everything answered is kept (RFC 3501 section 6.4.1; gone from IMAP4rev2). */
export const check = defineCommand({
  name: 'CHECK',
  states: ['selected'],
  expunges: 'announced',
  parse: parseNothing,
  run: () => ok('CHECK completed'),
});
