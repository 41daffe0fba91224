import { parseNothing } from '../../wire/parse/nothing.ts';
import { defineCommand, ok } from '../command.ts';

/**
 * CAPABILITY (RFC 9051 section 6.1.1).
 *
 *   command-any = "CAPABILITY" / …
 */
export const capability = defineCommand({
  name: 'CAPABILITY',
  states: ['not authenticated', 'authenticated', 'selected'],
  ascii: true,
  expunges: 'announced',
  parse: parseNothing,

  async run({ session, reply }) {
    await reply({ kind: 'CAPABILITY', capabilities: session.capabilities() });
    return ok('CAPABILITY completed');
  },
});
