import type { QresyncParameters, SelectArguments } from '../../model/arguments.ts';
import { asUidValidity, type Uid } from '../../model/ids.ts';
import { NumberSet, type Range } from '../../model/number-set.ts';
import type { Cursor } from '../cursor.ts';

/**
 *   select        = "SELECT" SP mailbox [select-params]         and so EXAMINE; RFC 4466 section 6
 *   select-params = SP "(" select-param *(SP select-param) ")"
 *   select-param  = "CONDSTORE" / qresync                        RFC 7162 section 7
 */
export function parseSelect(c: Cursor): SelectArguments {
  c.space();
  const mailbox = c.mailbox();
  let condstore = false;
  let qresync: QresyncParameters | undefined;
  if (c.trySpace()) {
    c.list(() => {
      if (c.tryWord('CONDSTORE', 'select-param')) condstore = true;
      else if (qresync === undefined && c.tryWord('QRESYNC', 'select-param'))
        qresync = parseQresync(c);
      else throw c.expected('select-param');
    });
  }
  c.end();
  return qresync === undefined ? { mailbox, condstore } : { mailbox, condstore, qresync };
}

/**
 *   "QRESYNC" SP "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"
 *   seq-match-data = "(" known-sequence-set SP known-uid-set ")"      RFC 7162 section 7
 */
function parseQresync(c: Cursor): QresyncParameters {
  c.space();
  c.char('(');
  const uidValidity = asUidValidity(c.nzNumber());
  c.space();
  const modSeq = c.modSequence();
  let knownUids: NumberSet<Uid> | undefined;
  let sequenceMatch: QresyncParameters['sequenceMatch'];
  let more = c.trySpace();
  if (more && !c.sees('(')) {
    knownUids = NumberSet.ofRanges(numberRanges(c, 'known-uids') as Range<Uid>[]);
    more = c.trySpace();
  }
  if (more) sequenceMatch = parseSequenceMatch(c);
  c.char(')');
  return {
    uidValidity,
    modSeq,
    ...(knownUids && { knownUids }),
    ...(sequenceMatch && { sequenceMatch }),
  };
}

function parseSequenceMatch(c: Cursor): NonNullable<QresyncParameters['sequenceMatch']> {
  const at = c.offset;
  c.char('(');
  const sequences = ascending(c, 'known-sequence-set');
  c.space();
  const uids = ascending(c, 'known-uid-set') as NumberSet<Uid>;
  c.char(')');
  if (sequences.count !== uids.count) throw c.expected('sets of one length', at);
  return { sequences, uids };
}

/** The n-th number of one set belongs to the n-th of the other, so an unordered or doubled one has no meaning. */
function ascending(c: Cursor, what: string): NumberSet {
  const at = c.offset;
  const ranges = numberRanges(c, what);
  let previous = 0;
  for (const { first, last } of ranges) {
    if (first <= previous || last < first) throw c.expected(`${what} in ascending order`, at);
    previous = last;
  }
  return NumberSet.ofRanges(ranges);
}

/** A sequence-set in which `*` and `$` are not allowed (RFC 7162 section 7). */
function numberRanges(c: Cursor, what: string): Range[] {
  const at = c.offset;
  const set = c.sequenceSet();
  if (set.kind === 'saved') throw c.expected(what, at);
  return set.ranges.map(({ first, last }) => {
    if (first === '*' || last === '*') throw c.expected(`${what} without *`, at);
    return { first, last };
  });
}
