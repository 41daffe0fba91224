import { parseNothing } from '../../wire/parse/nothing.ts';
import { defineCommand, ok } from '../command.ts';

/** NAMESPACE: one personal namespace without prefix (RFC 9051 section 6.3.10). */
export const namespace = defineCommand({
  name: 'NAMESPACE',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  parse: parseNothing,

  async run({ reply }) {
    await reply({ kind: 'NAMESPACE', personal: [{ prefix: '' }] });
    return ok('NAMESPACE completed');
  },
});
