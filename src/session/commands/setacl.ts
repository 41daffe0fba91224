import { noRights, allRights } from '../../model/rights.ts';
import type { AclChange } from '../../model/acl.ts';
import { changeAcl } from '../../store/share.ts';
import { parseIdentifier, parseSetacl } from '../../wire/parse/acl.ts';
import { defineCommand, ok, type CommandContext } from '../command.ts';
import { storedIdentifier } from '../identifiers.ts';
import { existingMailbox } from '../mailboxes.ts';
import type { Place } from '../place.ts';

/**
 * SETACL: who may do what with a mailbox (RFC 4314 section 3.1).
 *
 *   setacl = "SETACL" SP mailbox SP identifier SP mod-rights
 */
export const setacl = defineCommand({
  name: 'SETACL',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  mailboxes: { mailbox: 'a' },
  parse: parseSetacl,

  async run(context, { identifier, mode, rights }) {
    await change(context, identifier, { mode, rights });
    return ok('SETACL completed');
  },
});

/**
 * DELETEACL: forgets what was said of somebody (RFC 4314 section 3.2); that there was nothing is no error.
 *
 *   deleteacl = "DELETEACL" SP mailbox SP identifier
 */
export const deleteacl = defineCommand({
  name: 'DELETEACL',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  mailboxes: { mailbox: 'a' },
  parse: parseIdentifier,

  async run(context, { identifier }) {
    await change(context, identifier, { mode: 'delete', rights: noRights });
    return ok('DELETEACL completed');
  },
});

type Context = CommandContext<'authenticated' | 'selected', 'mailbox'>;

async function change(
  { store, session, places, signal }: Context,
  text: string,
  what: Pick<AclChange, 'mode' | 'rights'>,
): Promise<void> {
  const { directory } = store;
  const { id } = existingMailbox(places.mailbox);
  const { account } = places.mailbox;
  const identifier = await storedIdentifier(directory, text);
  const otherwise = isOwner(places.mailbox, identifier) ? allRights : noRights;
  const options = { signal, origin: session.origin };
  await changeAcl(
    { directory, account },
    { id, change: { ...what, identifier, otherwise } },
    options,
  );
}

/** Whether this is the owner of the place, who has all rights unless his entry says less. */
export function isOwner({ account }: Pick<Place, 'account'>, identifier: string): boolean {
  return identifier === account.id;
}
