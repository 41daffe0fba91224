import { parseNothing } from '../../wire/parse/nothing.ts';
import { defineCommand } from '../command.ts';

/**
 * IDLE (RFC 9051 section 6.3.13, RFC 2177): tells at once what happens until the client says DONE. The session does the
 * telling (`session/idling.ts`).
 *
 *   idle = "IDLE" CRLF "DONE"
 */
export const idle = defineCommand({
  name: 'IDLE',
  states: ['authenticated', 'selected'],
  ascii: true,
  expunges: 'announced',
  parse: parseNothing,

  async run({ client }) {
    await client.send({ kind: 'continuation', text: 'idling' });
    return { text: 'IDLE completed', until: 'DONE' };
  },
});
