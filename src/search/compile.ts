import { lower } from '../base/ascii.ts';
import { type DateTime, type CalendarDate } from '../model/date-time.ts';
import type { FlagSet } from '../model/flag.ts';
import type { Uid } from '../model/ids.ts';
import { NumberSet, resolveSet, type SequenceSet } from '../model/number-set.ts';
import type { SearchKey } from '../model/search-key.ts';
import { parseDate } from '../mime/date.ts';
import { fieldValues, addressTexts, isCached } from './header.ts';
import { Needle } from './needle.ts';
import { cost, type BytesLeaf, type Plan } from './plan.ts';
import type { SearchSource } from './source.ts';

export interface CompileOptions {
  /** The saved search result that `$` names (RFC 9051 section 6.4.4.1). */
  readonly saved: NumberSet<Uid>;
  /** The moment that OLDER and YOUNGER are measured from, milliseconds since 1970. */
  readonly nowMs: number;
}

/** A program ready to run, with what it must find in bytes. */
export interface Compiled {
  readonly plan: Plan;
  readonly leaves: readonly BytesLeaf[];
}

/** Makes a program ready for one mailbox: sets resolved, texts folded, cheap keys first. */
export function compile(key: SearchKey, source: SearchSource, options: CompileOptions): Compiled {
  const compiler = new Compiler(source, options);
  const plan = compiler.plan(key);
  return { plan, leaves: compiler.leaves };
}

const secondsOfDay = 86_400;

class Compiler {
  readonly leaves: BytesLeaf[] = [];
  readonly #source: SearchSource;
  readonly #options: CompileOptions;

  constructor(source: SearchSource, options: CompileOptions) {
    this.#source = source;
    this.#options = options;
  }

  plan(key: SearchKey): Plan {
    switch (key.kind) {
      case 'all':
      case 'savedatesupported':
        return { kind: 'constant', value: true };
      case 'and':
        return { kind: 'and', plans: cheapFirst(key.keys.map((one) => this.plan(one))) };
      case 'or':
        return { kind: 'or', plans: cheapFirst([this.plan(key.left), this.plan(key.right)]) };
      case 'not':
        return { kind: 'not', plan: this.plan(key.key) };
      case 'header':
        return this.#header(key.name, key.text);
      case 'address':
      case 'subject':
      case 'emailid':
      case 'threadid':
        return factsPlan(key);
      case 'body':
      case 'text':
        return this.#bytes({ kind: key.kind, text: key.text });
      case 'date':
        return this.#date(key);
      default:
        return { kind: 'column', test: this.#column(key) };
    }
  }

  #header(name: string, text: string): Plan {
    const wanted = lower(name);
    if (!isCached(wanted)) return this.#bytes({ kind: 'header', name: wanted, text });
    const needle = new Needle(text);
    return {
      kind: 'facts',
      test: (facts) => needle.isInAny(fieldValues(facts.headers, wanted)),
    };
  }

  #bytes(leaf: BytesLeaf): Plan {
    return { kind: 'bytes', index: this.leaves.push(leaf) - 1 };
  }

  #date(key: Extract<SearchKey, { kind: 'date' }>): Plan {
    const matches = dayTest(key.relation, key.date);
    if (key.of === 'sent') {
      return {
        kind: 'facts',
        // Without a Date field that can be read there is no day to compare: no match, whatever the relation.
        test: ({ envelope }) => {
          const date = envelope.date === null ? undefined : parseDate(envelope.date);
          return date !== undefined && matches(date);
        },
      };
    }
    const source = this.#source;
    return key.of === 'saved'
      ? { kind: 'column', test: (position) => matches(source.saveDate(position)) }
      : { kind: 'column', test: (position) => matches(source.internalDate(position)) };
  }

  #column(key: ColumnKey): (position: number) => boolean {
    const source = this.#source;
    const nowSeconds = Math.floor(this.#options.nowMs / 1000);
    switch (key.kind) {
      case 'sequence':
        return this.#sequenceTest(key.set);
      case 'uid':
        return this.#uidTest(key.set);
      case 'flag':
        return flagTest(source, (flags) => flags.has(key.flag));
      case 'recent':
        return (position) => source.recent(position);
      case 'larger':
        return (position) => source.size(position) > key.size;
      case 'smaller':
        return (position) => source.size(position) < key.size;
      // RFC 5032 section 2: both include the target time itself.
      case 'older':
        return (position) => source.internalDate(position).epochSeconds <= nowSeconds - key.seconds;
      case 'younger':
        return (position) => source.internalDate(position).epochSeconds >= nowSeconds - key.seconds;
      case 'modseq':
        return (position) => source.modSeq(position) >= key.modSeq;
    }
  }

  /** Numbers beyond the last message name nothing: a client that has not heard of an EXPUNGE is not punished. */
  #sequenceTest(set: SequenceSet): (position: number) => boolean {
    if (set.kind === 'saved') return this.#savedTest();
    const numbers = resolveSet(set.ranges, this.#source.count);
    return (position) => numbers.has(position + 1);
  }

  #uidTest(set: SequenceSet): (position: number) => boolean {
    const source = this.#source;
    if (set.kind === 'saved') return this.#savedTest();
    const largest = source.count === 0 ? 0 : source.uid(source.count - 1);
    const uids = resolveSet<Uid>(set.ranges, largest);
    return (position) => uids.has(source.uid(position));
  }

  #savedTest(): (position: number) => boolean {
    const source = this.#source;
    const { saved } = this.#options;
    return (position) => saved.has(source.uid(position));
  }
}

type ColumnKey = Extract<
  SearchKey,
  {
    kind:
      | 'sequence'
      | 'uid'
      | 'flag'
      | 'recent'
      | 'larger'
      | 'smaller'
      | 'older'
      | 'younger'
      | 'modseq';
  }
>;

function cheapFirst(plans: readonly Plan[]): readonly Plan[] {
  return plans.toSorted((a, b) => cost(a) - cost(b));
}

/** Messages share flag sets, so each set is asked once. */
function flagTest(
  source: SearchSource,
  has: (flags: FlagSet) => boolean,
): (position: number) => boolean {
  const answers = new Map<FlagSet, boolean>();
  return (position) => {
    const flags = source.flags(position);
    const known = answers.get(flags);
    if (known !== undefined) return known;
    const answer = has(flags);
    answers.set(flags, answer);
    return answer;
  };
}

/** Compares written days, zone disregarded (RFC 9051 section 6.4.4), as counts of days since 1970. */
function dayTest(
  relation: 'before' | 'on' | 'since',
  date: CalendarDate,
): (when: DateTime) => boolean {
  const day = Date.UTC(date.year, date.month - 1, date.day) / (secondsOfDay * 1000);
  const written = (when: DateTime): number =>
    Math.floor((when.epochSeconds + when.zoneMinutes * 60) / secondsOfDay);
  switch (relation) {
    case 'before':
      return (when) => written(when) < day;
    case 'on':
      return (when) => written(when) === day;
    case 'since':
      return (when) => written(when) >= day;
  }
}

function factsPlan(
  key: Extract<SearchKey, { kind: 'address' | 'subject' | 'emailid' | 'threadid' }>,
): Plan {
  switch (key.kind) {
    case 'emailid':
      return { kind: 'facts', test: (facts) => facts.emailId === key.id };
    case 'threadid':
      return { kind: 'facts', test: (facts) => facts.threadId === key.id };
    case 'subject': {
      const needle = new Needle(key.text);
      return {
        kind: 'facts',
        test: ({ headers }) => needle.isInAny(fieldValues(headers, 'subject')),
      };
    }
    case 'address': {
      const needle = new Needle(key.text);
      return {
        kind: 'facts',
        test: (facts) => needle.isInAny(addressTexts(facts, key.field)),
      };
    }
  }
}
