import { parseExpunge } from '../../wire/parse/expunge.ts';
import { defineCommand, ok } from '../command.ts';
import { everyUid } from './close.ts';

/**
 * EXPUNGE (RFC 9051 section 6.4.3) and UID EXPUNGE, which spares what is not in its set (RFC 9051
 * section 6.4.9, RFC 4315 section 2.1).
 *
 *   uid =/ "UID" SP "EXPUNGE" SP sequence-set
 */
export const expunge = defineCommand({
  name: 'EXPUNGE',
  uid: 'too',
  takesNoNumbers: true,
  states: ['selected'],
  needs: 'read-write',
  selectedRights: 're',
  expunges: 'answered',
  parse: parseExpunge,

  async run({ account, selected, enabled, signal }, { set }) {
    if (selected.removed) return ok('EXPUNGE completed');
    const uids = set === undefined ? everyUid : selected.resolve(set, true);
    const gone = uids.isEmpty ? uids : await account.expunge(selected.id, uids, { signal });
    if (gone.isEmpty || !enabled.has('CONDSTORE')) return ok('EXPUNGE completed');
    // RFC 7162 section 3.2.7; asked behind the announcements, when it is true.
    return ok('EXPUNGE completed', () => {
      return { kind: 'HIGHESTMODSEQ', modSeq: selected.highestModSeq };
    });
  },
});
