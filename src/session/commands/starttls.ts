import { bad } from '../../model/refusal.ts';
import { parseNothing } from '../../wire/parse/nothing.ts';
import { defineCommand } from '../command.ts';

/**
 * STARTTLS (RFC 9051 section 6.2.1). What the client sent in the clear behind it is thrown away by the
 * connection, so that nobody in between can slip commands in.
 */
export const starttls = defineCommand({
  name: 'STARTTLS',
  states: ['not authenticated'],
  expunges: 'held back',
  parse: parseNothing,

  run({ client }) {
    if (client.secure) throw bad('TLS is on already');
    if (!client.canStartTls) throw bad('TLS is not offered here');
    return { text: 'begin TLS now', afterwards: () => client.startTls() };
  },
});
