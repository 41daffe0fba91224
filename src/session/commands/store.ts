import { NumberSet } from '../../model/number-set.ts';
import { permittedEdit } from '../../model/rights.ts';
import { parseStore } from '../../wire/parse/store.ts';
import { defineCommand, type Completion } from '../command.ts';
import { notPermitted } from '../place.ts';

/**
 * STORE and UID STORE: change the flags of messages.
 *
 *   store = "STORE" SP sequence-set [store-modifiers] SP store-att-flags     RFC 9051 section 6.4.6
 *   store-modifier =/ "UNCHANGEDSINCE" SP mod-sequence-valzer                RFC 7162 section 3.1.3
 *
 * The untagged FETCH responses are the session's announcements: of all messages named, or with .SILENT only of
 * those that somebody else changed, and, with CONDSTORE, of all new mod-sequences.
 */
export const store = defineCommand({
  name: 'STORE',
  uid: 'too',
  states: ['selected'],
  needs: 'read-write',
  expunges: 'held back',
  condstore: ({ unchangedSince }) => unchangedSince !== undefined,
  parse: parseStore,

  async run({ account, selected, uid, signal }, args): Promise<Completion> {
    const { set, edit, silent, unchangedSince } = args;
    const uids = selected.resolve(set, uid);
    if (uids.isEmpty) return { text: 'STORE completed, nothing changed' };
    const permitted = permittedEdit(edit, selected.rights);
    if (permitted === undefined) throw notPermitted();
    const { changed, modified } = await account.flag(selected.id, uids, permitted, {
      signal,
      ...(silent && { origin: selected.silently }),
      ...(unchangedSince !== undefined && { unchangedSince }),
    });
    if (!silent) selected.mark(uids);
    // RFC 7162 section 3.1.3: a conditional STORE tells the mod-sequence of every message that passed, whatever
    // it changed, and had better tell the state of those that did not.
    else if (unchangedSince !== undefined) selected.mark(uids.subtract(changed));

    const code = modified.isEmpty
      ? undefined
      : ({
          kind: 'MODIFIED',
          set: uid ? modified : selected.numbers(modified),
        } as const satisfies { kind: 'MODIFIED'; set: NumberSet });
    if (uid || silent || !selected.hasGhosts(uids)) {
      const text = code === undefined ? 'STORE completed' : 'STORE completed but for some';
      return { text, code };
    }
    // RFC 2180 sections 4.2.2 and 4.2.3: who wants to see the flags must know that messages are missing.
    return {
      status: 'NO',
      code: code ?? { kind: 'EXPUNGEISSUED' },
      text: 'some of these messages are no longer there',
    };
  },
});
