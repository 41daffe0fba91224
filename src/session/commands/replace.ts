import { utc } from '../../model/date-time.ts';
import { NumberSet } from '../../model/number-set.ts';
import { bad, no } from '../../model/refusal.ts';
import { mayChange } from '../../model/rights.ts';
import { parseReplace } from '../../wire/parse/replace.ts';
import { arrivals, type Arrived } from '../arrivals.ts';
import { defineCommand, ok } from '../command.ts';
import { destinationMailbox } from '../mailboxes.ts';
import { intoDestination } from '../destination.ts';
import { removeMessages } from '../transfer.ts';

/**
 * REPLACE and UID REPLACE: a message comes and another goes, in one step (RFC 8508 section 3).
 *
 *   replace = "REPLACE" SP seq-number SP mailbox append-message
 *
 * APPENDUID and EXISTS go out before the EXPUNGE, so that the client knows the new message before it forgets the old one
 * (RFC 8508 sections 3.2 and 4.3).
 */
export const replace = defineCommand({
  name: 'REPLACE',
  uid: 'too',
  states: ['selected'],
  needs: 'read-write',
  selectedRights: 'rte',
  mailboxes: { mailbox: 'i' },
  expunges: 'replaced',
  parse: parseReplace,

  async run(context, args) {
    const { places, selected, session, uid, enabled, signal, reply } = context;
    const [old] = selected.messages(selected.resolve(args.replaced, uid));
    if (old === undefined || old.ghost !== undefined)
      throw no('some of these messages are no longer there', { kind: 'EXPUNGEISSUED' });
    const { account, rights } = places.mailbox;
    const { id } = destinationMailbox(places.mailbox);
    const isOne = account === context.account;
    // In one account the old message makes room for the new.
    const goes = isOne ? { storage: selected.entry(old).size, messages: 1 } : undefined;
    let arrived: Arrived | undefined;
    await using staged = new AsyncDisposableStack();
    for await (const one of arrivals({ ...context, account }, args.pieces, goes)) {
      staged.use(one.message);
      // RFC 8508 section 4.7.
      if (arrived !== undefined) throw bad('REPLACE takes one message');
      arrived = one;
    }
    if (arrived === undefined) throw bad('REPLACE needs the message as a literal');
    const { message, facts } = arrived;
    const internalDate = facts.date ?? utc(Date.now());
    const flags = facts.flags.filter((flag) => mayChange(rights, flag));
    const appended = await intoDestination(
      account.append(id, [{ staged: message, flags, internalDate }], {
        signal,
        origin: session.origin,
        ...(isOne && { replaces: { mailbox: selected.id, uid: old.uid } }),
      }),
    );
    // RFC 8508 section 3 wants one step; between two accounts it is two, and the old message is the one that may be left.
    if (!isOne) await removeMessages(context, NumberSet.of([old.uid]));
    const { uidValidity, uids } = appended;
    const code = { kind: 'APPENDUID', uidValidity, uids: NumberSet.of(uids) } as const;
    if (!session.isOff('UIDPLUS'))
      await reply({ kind: 'status', status: 'OK', code, text: 'the replacement is there' });
    // RFC 7162 section 3.2.7, as for UID EXPUNGE.
    return ok('REPLACE completed', () =>
      enabled.has('CONDSTORE')
        ? { kind: 'HIGHESTMODSEQ', modSeq: selected.highestModSeq }
        : undefined,
    );
  },
});
