import { asUid } from '../../model/ids.ts';
import { NumberSet } from '../../model/number-set.ts';
import { parseNothing } from '../../wire/parse/nothing.ts';
import { defineCommand, ok } from '../command.ts';

/**
 * CLOSE: expunges without a word and leaves the mailbox; after EXAMINE it removes nothing (RFC 9051 section 6.4.1).
 * No HIGHESTMODSEQ in its OK: the client could lose changes by it (RFC 7162 section 3.2.8).
 */
export const close = defineCommand({
  name: 'CLOSE',
  states: ['selected'],
  expunges: 'held back',
  selectedRights: '',
  parse: parseNothing,

  async run({ account, selected, session, signal }) {
    // RFC 4314 section 4: who may not expunge closes all the same.
    const expunges = !selected.readOnly && !selected.removed && selected.rights.includes('e');
    if (expunges && selected.view.mailbox.deleted > 0) {
      await account.expunge(selected.id, everyUid, { signal });
    }
    await session.deselect();
    return ok('CLOSE completed');
  },
});

/** All messages, those too that the client was not told of yet. */
export const everyUid = NumberSet.ofRanges([{ first: asUid(1), last: asUid(2 ** 32 - 1) }]);
