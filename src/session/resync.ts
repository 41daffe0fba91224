import type { QresyncParameters } from '../model/arguments.ts';
import { asUid, type ModSeq, type Uid } from '../model/ids.ts';
import { NumberSet } from '../model/number-set.ts';
import type { Untagged } from '../model/response.ts';
import type { Selected } from './selected.ts';

/**
 * What a client that comes back has missed (RFC 7162 section 3.2.5): VANISHED (EARLIER), then FETCH of what
 * changed. Nothing when UIDVALIDITY is not the one it knows.
 */
export async function* resynchronise(
  selected: Selected,
  { uidValidity, modSeq, knownUids, sequenceMatch }: QresyncParameters,
  signal: AbortSignal,
): AsyncGenerator<Untagged, void, undefined> {
  if (uidValidity !== selected.view.mailbox.uidValidity) return;
  const { uidNext } = selected.view.mailbox;
  if (uidNext <= 1) return;
  const everything = NumberSet.ofRanges([{ first: asUid(1), last: asUid(uidNext - 1) }]);
  const known = knownUids ?? everything;
  const agreed = sequenceMatch === undefined ? 0 : agreedUid(selected, sequenceMatch);
  const gone = await vanished(selected, { uids: known, modSeq, above: agreed }, signal);
  if (!gone.isEmpty) yield { kind: 'VANISHED', earlier: true, uids: gone };

  const changed = selected.view.changedSince(modSeq);
  // What has gone or come while we waited the announcements will tell.
  yield* selected.flagsOf(changed.intersect(known));
}

export interface VanishedQuery {
  readonly uids: NumberSet<Uid>;
  readonly modSeq: ModSeq;
  /** UIDs up to here are not wanted. */
  readonly above?: number;
}

/**
 * Which of these UIDs went after this mod-sequence, for VANISHED (EARLIER); also for UID FETCH (VANISHED) (RFC 7162
 * section 3.2.6). Those that the client still has a number for are left out: the announcements tell of them.
 */
export async function vanished(
  selected: Selected,
  { uids, modSeq, above = 0 }: VanishedQuery,
  signal: AbortSignal,
): Promise<NumberSet<Uid>> {
  let gone = (await selected.view.vanishedSince(modSeq, { signal })).intersect(uids);
  if (above > 0)
    gone = gone.subtract(NumberSet.ofRanges([{ first: asUid(1), last: asUid(above) }]));
  return gone.subtract(selected.ghosts);
}

/**
 * The highest UID of a pair that the client has right: it knows of all removals up to there (RFC 7162
 * section 3.2.5.2).
 */
function agreedUid(
  selected: Selected,
  { sequences, uids }: NonNullable<QresyncParameters['sequenceMatch']>,
): number {
  const expected = uids.values();
  let agreed = 0;
  for (const sequence of sequences.values()) {
    const uid = expected.next();
    if (uid.done === true || sequence > selected.count) break;
    if (selected.uid(sequence) === uid.value) agreed = uid.value;
  }
  return agreed;
}
