import type { Untagged } from '../../model/response.ts';
import { Pacer } from '../../search/pacer.ts';
import { parseNothing } from '../../wire/parse/nothing.ts';
import { defineCommand, ok } from '../command.ts';
import { otherUsers, sharedMailboxes } from '../namespaces.ts';
import type { Realm } from '../place.ts';
import type { Realms } from '../realms.ts';

/**
 * NAMESPACE: one's own mailboxes without a prefix, those of other users, and those of accounts that are nobody's own
 * (RFC 9051 section 6.3.10). The latter two are told of where there is something in them, since most users share
 * nothing and many clients list every namespace that they are told of.
 */
export const namespace = defineCommand({
  name: 'NAMESPACE',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  parse: parseNothing,

  async run({ realms, signal, reply }) {
    await reply(await namespacesOf(realms, signal));
    return ok('NAMESPACE completed');
  },
});

/** What there is for this user. */
export async function namespacesOf(
  realms: Realms,
  signal: AbortSignal,
): Promise<Extract<Untagged, { kind: 'NAMESPACE' }>> {
  const kinds = new Set<Realm['kind']>();
  const pacer = new Pacer(signal);
  for (const { kind, mailboxes, rights } of await realms.sharedByOthers()) {
    if (kinds.has(kind)) continue;
    if (pacer.due) await pacer.rest();
    if ((await mailboxes()).some((mailbox) => rights(mailbox).includes('l'))) kinds.add(kind);
  }
  return {
    kind: 'NAMESPACE',
    personal: [{ prefix: '' }],
    others: kinds.has('other') ? [{ prefix: otherUsers }] : [],
    shared: kinds.has('shared') ? [{ prefix: sharedMailboxes }] : [],
  };
}
