import type { EventName } from '../../model/notify.ts';
import { parseEnable } from '../../wire/parse/enable.ts';
import { defineCommand, ok, type CommandContext } from '../command.ts';
import { Notifications } from '../notifications.ts';
import type { Extension } from '../state.ts';

const extensions: Readonly<Record<string, Extension>> = {
  CONDSTORE: 'CONDSTORE',
  IMAP4REV2: 'IMAP4rev2',
  METADATA: 'METADATA',
  'METADATA-SERVER': 'METADATA-SERVER',
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

  async run(context, args) {
    const { session, reply } = context;
    const enabled = new Set<Extension>();
    for (const name of args.capabilities) {
      const extension = Object.hasOwn(extensions, name) ? extensions[name] : undefined;
      if (extension !== undefined && !session.isOff(extension)) enabled.add(extension);
    }
    await reply({ kind: 'ENABLED', capabilities: [...enabled] });
    if (enabled.has('CONDSTORE') || enabled.has('QRESYNC')) await session.enableCondstore();
    for (const extension of enabled) session.enable(extension);
    if (enabled.has('METADATA') || enabled.has('METADATA-SERVER')) await watchMetadata(context);
    return ok('ENABLE completed');
  },
});

/**
 * METADATA that others set is told from here on (RFC 5464 section 4.4): of all mailboxes and the server, or the server
 * alone. A client that used NOTIFY is told what it asked for there, and nothing else (RFC 5465 section 3.1).
 */
async function watchMetadata({
  realms,
  enabled,
  limits,
  session,
  signal,
}: CommandContext<'authenticated' | 'selected'>): Promise<void> {
  if (session.selectedEvents !== undefined) return;
  const events = new Set<EventName>(['ServerMetadataChange']);
  if (enabled.has('METADATA')) events.add('MailboxMetadataChange');
  const notifications = await Notifications.begin({
    realms,
    groups: [{ filter: { kind: 'ALL' }, events }],
    enabled,
    limits,
    signal,
    modSeqs: !session.isOff('CONDSTORE'),
    isOwn: (origin) => origin === session.origin,
  });
  // What was watched before ends here.
  await session.announce('announced');
  session.notify(undefined, notifications);
}
