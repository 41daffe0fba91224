import type { Limits } from '../../base/limits.ts';
import type { SetMetadataArguments } from '../../model/arguments.ts';
import { inbox } from '../../model/mailbox-name.ts';
import { foldedEntry, isPrivate, specialUseEntry } from '../../model/metadata.ts';
import { no, type Refusal } from '../../model/refusal.ts';
import type { SpecialUse } from '../../model/special-use.ts';
import type { Mailbox } from '../../store/store.ts';
import { parseSetMetadata } from '../../wire/parse/setmetadata.ts';
import { defineCommand, ok } from '../command.ts';
import { existingMailbox } from '../mailboxes.ts';
import { server } from '../metadata.ts';
import { wantedUse } from './create.ts';

/**
 * SETMETADATA: sets and removes entries of a mailbox, or of the account, all or none (RFC 5464 section 4.3).
 *
 *   setmetadata = "SETMETADATA" SP mailbox SP entry-values
 *
 * Shared entries of the server are the operator's. A mailbox's special use is an entry too (RFC 6154 section 4).
 */
export const setmetadata = defineCommand({
  name: 'SETMETADATA',
  states: ['authenticated', 'selected'],
  expunges: 'announced',
  tooLarge,
  mailboxes: { mailbox: 'metadata' },
  parse: parseSetMetadata,

  async run({ places, limits, session, signal }, { mailbox: name, entries }) {
    const { account, realm } = places.mailbox;
    const mailbox = name === server ? undefined : existingMailbox(places.mailbox);
    if (mailbox === undefined && !entries.every(([entry]) => isPrivate(entry)))
      throw no('only the operator sets what the server shares', { kind: 'NOPERM' });
    checkSizes(entries, limits);
    const isUse = (entry: string): boolean =>
      mailbox !== undefined && foldedEntry(entry as typeof specialUseEntry) === specialUseEntry;
    const use = entries.findLast(([entry]) => isUse(entry));
    if (use !== undefined && realm.kind !== 'personal')
      throw no('only the owner of a mailbox says what it is for', { kind: 'CANNOT' });
    const edit = {
      // Copies: the command's memory may be used again as soon as its connection is gone.
      entries: entries
        .filter(([entry]) => !isUse(entry))
        .map(([entry, value]) => [entry, value && Uint8Array.from(value)] as const),
      specialUse: use && mailbox && specialUseOf(use[1], mailbox),
    };
    try {
      await account.setMetadata(mailbox?.id, edit, { signal, origin: session.origin });
    } catch (error) {
      const full = error instanceof Error && 'code' in error && error.code === 'limit';
      if (!full) throw error;
      throw no('there are too many of these already', { kind: 'METADATA', what: 'TOOMANY' });
    }
    return ok('SETMETADATA completed');
  },
});

/** RFC 5464 section 4.3 wants this answer to a value that is too large. */
function tooLarge({ metadataValueBytesMax: size }: Limits): Refusal {
  return no('the value is too large', { kind: 'METADATA', what: 'MAXSIZE', size });
}

function checkSizes(entries: SetMetadataArguments['entries'], limits: Limits): void {
  for (const [name, value] of entries) {
    if (value !== null && value.length > limits.metadataValueBytesMax) throw tooLarge(limits);
    if (name.length > limits.metadataNameBytesMax)
      throw no(`the name is longer than ${limits.metadataNameBytesMax} bytes`, { kind: 'LIMIT' });
  }
}

/** The special use that a value means, by the rules of CREATE (RFC 6154 section 4): attributes as LIST has them, parted by spaces. */
function specialUseOf(value: Uint8Array | null, { name, selectable }: Mailbox): SpecialUse | null {
  const text = Buffer.from(value ?? []).toString('latin1');
  const use = wantedUse(text.split(' ').filter((word) => word !== ''));
  if (use !== undefined && (name === inbox || !selectable))
    throw no('this mailbox can have no special use', { kind: 'USEATTR' });
  return use ?? null;
}
