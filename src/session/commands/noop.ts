import { parseNothing } from '../../wire/parse/nothing.ts';
import { defineCommand, ok } from '../command.ts';

/** NOOP: the client asks for what happened, and every command's end tells that (RFC 9051 section 6.1.2). */
export const noop = defineCommand({
  name: 'NOOP',
  states: ['not authenticated', 'authenticated', 'selected'],
  ascii: true,
  expunges: 'announced',
  parse: parseNothing,
  run: () => ok('NOOP completed'),
});
