import type { Uid } from '../../model/ids.ts';
import type { NumberSet } from '../../model/number-set.ts';
import { no } from '../../model/refusal.ts';
import type { ResponseCode } from '../../model/response.ts';
import type { Copied } from '../../store/store.ts';
import { parseCopy } from '../../wire/parse/copy.ts';
import { defineCommand, ok } from '../command.ts';
import { destinationMailbox } from '../mailboxes.ts';
import type { Selected } from '../selected.ts';
import { copyMessages, moveMessages } from '../transfer.ts';

/**
 * COPY and UID COPY: all messages of the set or none (RFC 9051 section 6.4.7).
 *
 *   copy = "COPY" SP sequence-set SP mailbox
 *
 * Where another session has removed one of the messages, COPY copies nothing (RFC 2180 section 4.4.1); UID COPY
 * passes over it, as over any UID that is not there.
 */
export const copy = defineCommand({
  name: 'COPY',
  uid: 'too',
  states: ['selected'],
  mailboxes: { mailbox: 'i' },
  expunges: 'announced',
  parse: parseCopy,

  async run(context, args) {
    const { selected, session, places, uid } = context;
    const uids = selected.resolve(args.set, uid);
    destinationMailbox(places.mailbox);
    if (!uid) refuseGhosts(selected, uids);
    if (uids.isEmpty) return ok('COPY completed, nothing copied');
    const copied = await copyMessages(context, uids, places.mailbox);
    return ok('COPY completed', session.isOff('UIDPLUS') ? undefined : copyUid(copied));
  },
});

/**
 * MOVE and UID MOVE (RFC 9051 section 6.4.8, RFC 6851; rights in section 4.2).
 *
 *   move = "MOVE" SP sequence-set SP mailbox
 *
 * COPYUID goes out in an untagged OK before the EXPUNGE or VANISHED responses, so that the client knows where
 * messages went before it forgets them.
 */
export const move = defineCommand({
  name: 'MOVE',
  uid: 'too',
  states: ['selected'],
  needs: 'read-write',
  selectedRights: 'rte',
  mailboxes: { mailbox: 'i' },
  expunges: 'answered',
  parse: parseCopy,

  async run(context, args) {
    const { selected, session, places, uid, enabled, reply } = context;
    const uids = selected.resolve(args.set, uid);
    destinationMailbox(places.mailbox);
    if (!uid) refuseGhosts(selected, uids);
    if (uids.isEmpty) return ok('MOVE completed, nothing moved');
    const moved = await moveMessages(context, uids, places.mailbox);
    const code = copyUid(moved);
    if (code === undefined) return ok('MOVE completed, nothing moved');
    if (!session.isOff('UIDPLUS'))
      await reply({ kind: 'status', status: 'OK', code, text: 'moved' });
    // RFC 7162 section 3.2.7 as RFC 6851 section 4.4 applies it to MOVE.
    return ok('MOVE completed', () =>
      enabled.has('CONDSTORE')
        ? { kind: 'HIGHESTMODSEQ', modSeq: selected.highestModSeq }
        : undefined,
    );
  },
});

/** Numbers mean messages, and a message that cannot be copied must not be passed over with an OK. */
function refuseGhosts(selected: Selected, uids: NumberSet<Uid>): void {
  if (!selected.hasGhosts(uids)) return;
  throw no('some of these messages are no longer there', { kind: 'EXPUNGEISSUED' });
}

/** COPYUID, which cannot be written of no messages (RFC 4315 section 3). */
function copyUid({ uidValidity, from, to }: Copied): ResponseCode | undefined {
  return from.length === 0 ? undefined : { kind: 'COPYUID', uidValidity, from, to };
}
