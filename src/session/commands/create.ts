import type { Acl } from '../../model/acl.ts';
import { inbox } from '../../model/mailbox-name.ts';
import { no } from '../../model/refusal.ts';
import { specialUse, type SpecialUse } from '../../model/special-use.ts';
import { parseCreate } from '../../wire/parse/create.ts';
import { defineCommand, ok } from '../command.ts';
import { demandCreatable } from '../mailboxes.ts';
import { demandOwn } from '../namespaces.ts';
import type { Realm } from '../place.ts';
import { listAttributes } from './list.ts';

/**
 * CREATE (RFC 9051 section 6.3.4); a special use with it (RFC 6154 section 3); its id comes with the OK
 * (RFC 8474 section 4.1).
 *
 *   create = "CREATE" SP mailbox [create-params]
 *   create-param =/ "USE" SP "(" [use-attr *(SP use-attr)] ")"
 */
export const create = defineCommand({
  name: 'CREATE',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  tellsOldName: true,
  mailboxes: { mailbox: 'k above' },
  parse: parseCreate,

  async run({ places, limits, oldName, reply, session, signal }, args) {
    const { account, name, realm } = places.mailbox;
    demandCreatable(name, limits);
    if (realm.kind === 'personal') demandOwn(name);
    const use = wantedUse(args.specialUses);
    // RFC 6154 section 3: special uses are for mailboxes of one's own.
    if (use !== undefined && realm.kind !== 'personal')
      throw no('only a mailbox of your own can have a special use', { kind: 'USEATTR' });
    const mailbox = await account.create(name, {
      signal,
      origin: session.origin,
      ...(use && { specialUse: use }),
      acl: await aclAtTop(realm, signal),
    });
    if (oldName !== undefined) {
      const attributes = listAttributes(mailbox, false);
      await reply({ kind: 'LIST', attributes, mailbox: args.mailbox, oldName });
    }
    return ok(
      'CREATE completed',
      session.isOff('OBJECTID') ? undefined : { kind: 'MAILBOXID', id: mailbox.id },
    );
  },
});

/** Where an account is nobody's own, its INBOX stands above all others. */
async function aclAtTop({ kind, account }: Realm, signal: AbortSignal): Promise<Acl | undefined> {
  return kind === 'shared' ? (await account.mailbox(inbox, { signal }))?.acl : undefined;
}

/** The one special use of these names, if any. NO [USEATTR] to what no mailbox can be for. */
export function wantedUse(names: readonly string[]): SpecialUse | undefined {
  const uses = new Set(names.map((name) => specialUse(name)));
  if (uses.has(undefined)) throw no('this special use is not known', { kind: 'USEATTR' });
  // They would be views of other mailboxes (RFC 6154 section 2).
  if (uses.has('\\All') || uses.has('\\Flagged')) {
    throw no('there are no virtual mailboxes here', { kind: 'USEATTR' });
  }
  if (uses.size > 1) throw no('a mailbox has one special use', { kind: 'USEATTR' });
  return [...uses][0];
}
