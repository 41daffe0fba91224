import { parseEnable } from '../../wire/parse/enable.ts';
import { defineCommand, ok } from '../command.ts';
import type { Extension } from '../state.ts';

const extensions: Readonly<Record<string, Extension>> = {
  CONDSTORE: 'CONDSTORE',
  IMAP4REV2: 'IMAP4rev2',
  QRESYNC: 'QRESYNC',
  UIDONLY: 'UIDONLY',
  'UTF8=ACCEPT': 'UTF8=ACCEPT',
};

/**
 * ENABLE: what is unknown is passed over (RFC 9051 section 6.3.1).
 *
 *   enable = "ENABLE" 1*(SP capability)
 *
 * RFC 9051 does not ask to check that no mailbox is selected; mail programs that enable late exist.
 */
export const enable = defineCommand({
  name: 'ENABLE',
  states: ['authenticated', 'selected'],
  ascii: true,
  expunges: 'announced',
  parse: parseEnable,

  async run({ session, reply }, args) {
    const enabled = new Set<Extension>();
    for (const name of args.capabilities) {
      const extension = Object.hasOwn(extensions, name) ? extensions[name] : undefined;
      if (extension !== undefined && !session.isOff(extension)) enabled.add(extension);
    }
    await reply({ kind: 'ENABLED', capabilities: [...enabled] });
    if (enabled.has('CONDSTORE') || enabled.has('QRESYNC')) await session.enableCondstore();
    for (const extension of enabled) session.enable(extension);
    return ok('ENABLE completed');
  },
});
