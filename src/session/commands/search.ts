import type { SearchArguments } from '../../model/arguments.ts';
import { asModSeq, type ModSeq } from '../../model/ids.ts';
import { NumberSet } from '../../model/number-set.ts';
import { bad, Refusal, uidRequired } from '../../model/refusal.ts';
import type { EsearchResponse } from '../../model/response.ts';
import type { SearchKey, SearchReturn } from '../../model/search-key.ts';
import { searchMessages } from '../../search/search.ts';
import { parseSearchProgram, parseSearchStart } from '../../wire/parse/search.ts';
import type { Cursor } from '../../wire/cursor.ts';
import { defineCommand, type CommandContext, type Completion } from '../command.ts';
import { SelectedSource } from './search-source.ts';

type SearchContext = CommandContext<'selected'>;

/**
 * SEARCH and UID SEARCH: the messages that match.
 *
 *   search = "SEARCH" [search-return-opts] SP search-program          RFC 9051 section 6.4.4
 *   search-return-opts = SP "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"
 *
 * RETURN, and every search after ENABLE IMAP4rev2, is answered by ESEARCH (RFC 4731); otherwise by the SEARCH
 * response of RFC 3501 section 7.2.5, empty or not.
 */
export const search = defineCommand({
  name: 'SEARCH',
  uid: 'too',
  states: ['selected'],
  expunges: 'held back',
  // RFC 7162 section 3.2.10.2: not while message numbers of the program mean something.
  uidExpunges: ({ program }) => (has(program.key, namesNumbers) ? 'held back' : 'announced'),
  condstore: ({ program }) => has(program.key, asksModSeq),
  parse,

  async run(context, { returns, program, refusal }): Promise<Completion> {
    // RFC 9755 section 3: all strings are UTF-8 then, and a charset can only contradict it.
    if (program.charset !== undefined && context.enabled.has('UTF8=ACCEPT')) {
      throw bad('no CHARSET after ENABLE UTF8=ACCEPT');
    }
    // RFC 9586 section 3.5.
    if (context.enabled.has('UIDONLY') && has(program.key, namesNumbers)) throw uidRequired();
    try {
      if (refusal !== undefined) throw refusal;
      return await run(context, { ...program, ...(returns && { returns }) });
    } catch (error) {
      // RFC 9051 section 6.4.4.1: NO empties the saved result.
      if (returns?.includes('SAVE') === true) context.selected.save(NumberSet.empty);
      throw error;
    }
  },
});

interface ParsedSearch {
  readonly returns: readonly SearchReturn[] | undefined;
  readonly program: Omit<SearchArguments, 'returns'>;
  /** NO to a program that is well formed, such as one in an unknown charset. */
  readonly refusal?: Refusal;
}

function parse(c: Cursor): ParsedSearch {
  const returns = parseSearchStart(c);
  try {
    return { returns, program: parseSearchProgram(c) };
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 'NO') throw error;
    return { returns, program: { key: { kind: 'all' } }, refusal: error };
  }
}

async function run(context: SearchContext, args: SearchArguments): Promise<Completion> {
  const { enabled, selected, uid, reply } = context;
  const returns = args.returns ?? (enabled.has('IMAP4rev2') ? (['ALL'] as const) : undefined);
  const source = new SelectedSource(selected, context.account);
  const positions = await found(context, source, { key: args.key, returns });
  const numberAt = (position: number): number => (uid ? source.uid(position) : position + 1);

  const wantsModSeq = has(args.key, asksModSeq);
  if (returns === undefined) {
    const modSeq = wantsModSeq ? highestModSeq(source, positions) : undefined;
    const numbers = positions.map(numberAt);
    await reply({ kind: 'SEARCH', numbers, ...(modSeq !== undefined && { modSeq }) });
    return { text: 'SEARCH completed' };
  }
  const told = reported(positions, returns);
  if (returns.includes('SAVE')) {
    selected.save(NumberSet.of(Array.from(told, (position) => source.uid(position))));
  }
  // RFC 9051 section 6.4.4: SAVE by itself is silent.
  if (returns.some((option) => option !== 'SAVE')) {
    const modSeq = wantsModSeq ? highestModSeq(source, told) : undefined;
    const numbers = { at: positions, numberAt, returns };
    const response: EsearchResponse = {
      kind: 'ESEARCH',
      tag: context.tag,
      uid,
      ...results(numbers),
      ...(modSeq !== undefined && { modSeq }),
    };
    await reply(response);
  }
  return { text: returns.includes('SAVE') ? 'SEARCH completed, result saved' : 'SEARCH completed' };
}

interface Wanted {
  readonly key: SearchKey;
  readonly returns: readonly SearchReturn[] | undefined;
}

/** The positions that match, ascending; only the first when nothing but MIN is asked for. */
async function found(
  { selected, signal }: SearchContext,
  source: SelectedSource,
  { key, returns }: Wanted,
): Promise<readonly number[]> {
  const onlyFirst =
    returns?.includes('MIN') === true &&
    returns.every((option) => option === 'MIN' || option === 'SAVE');
  const positions: number[] = [];
  const options = {
    saved: selected.saved,
    nowMs: Date.now(),
    signal,
  };
  for await (const batch of searchMessages(key, source, options)) {
    for (const position of batch) positions.push(position);
    if (onlyFirst) return positions.slice(0, 1);
  }
  return positions;
}

/**
 * The messages that the answer is about: those that `$` is set to and whose highest mod-sequence is told.
 * With MIN or MAX and without ALL and COUNT only these (RFC 5182 section 2.4, RFC 4731 section 3.2).
 */
function reported(
  positions: readonly number[],
  returns: readonly SearchReturn[],
): readonly number[] {
  const narrow = returns.includes('MIN') || returns.includes('MAX');
  if (!narrow || returns.includes('ALL') || returns.includes('COUNT')) return positions;
  const first = returns.includes('MIN') ? positions.slice(0, 1) : [];
  const last = returns.includes('MAX') ? positions.slice(-1) : [];
  return [...first, ...last];
}

interface Results {
  readonly at: readonly number[];
  readonly numberAt: (position: number) => number;
  readonly returns: readonly SearchReturn[];
}

/** MIN, MAX and ALL are left out when nothing was found, COUNT never (RFC 9051 section 6.4.4). */
function results({
  at,
  numberAt,
  returns,
}: Results): Pick<EsearchResponse, 'min' | 'max' | 'count' | 'all'> {
  const first = at[0];
  const last = at.at(-1);
  return {
    ...(returns.includes('MIN') && first !== undefined && { min: numberAt(first) }),
    ...(returns.includes('MAX') && last !== undefined && { max: numberAt(last) }),
    ...(returns.includes('COUNT') && { count: at.length }),
    ...(returns.includes('ALL') && at.length > 0 && { all: NumberSet.of(at.map(numberAt)) }),
  };
}

/** The highest mod-sequence of these messages; undefined of none (RFC 7162 section 3.1.6). */
function highestModSeq(source: SelectedSource, positions: readonly number[]): ModSeq | undefined {
  let highest = 0;
  for (const position of positions) highest = Math.max(highest, source.modSeq(position));
  return highest === 0 ? undefined : asModSeq(highest);
}

/** Whether some key of a program is so. */
function has(key: SearchKey, is: (key: SearchKey) => boolean): boolean {
  switch (key.kind) {
    case 'and':
      return key.keys.some((one) => has(one, is));
    case 'or':
      return has(key.left, is) || has(key.right, is);
    case 'not':
      return has(key.key, is);
    default:
      return is(key);
  }
}

const asksModSeq = (key: SearchKey): boolean => key.kind === 'modseq';
const namesNumbers = (key: SearchKey): boolean =>
  key.kind === 'sequence' && key.set.kind === 'ranges';
