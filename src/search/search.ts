import type { SearchKey } from '../model/search-key.ts';
import type { Abortable, MessageFacts } from '../store/store.ts';
import { scanMessage } from './body.ts';
import { compile, type CompileOptions, type Compiled } from './compile.ts';
import { Pacer } from './pacer.ts';
import { cost, evaluate, type Known } from './plan.ts';
import type { SearchSource } from './source.ts';

export interface SearchOptions extends CompileOptions, Abortable {}

/** Messages whose facts are read at once. */
const factsBatch = 200;
/** Messages between two looks at the clock. */
const clockStride = 64;
/** Results are handed on at least this often, so that who wants only the first need not wait. */
const blockMessages = 8192;

/**
 * The positions of the messages that match, ascending, in batches. Columns decide first; only for
 * messages that they leave open are facts read, and only for those still open, bytes. A message that cannot be
 * read matches only what was decided without its bytes: neither `BODY x` nor `NOT BODY x`.
 * Throws the signal's reason when aborted; rejects with StoreError when the store fails.
 */
export async function* searchMessages(
  key: SearchKey,
  source: SearchSource,
  options: SearchOptions,
): AsyncGenerator<readonly number[], void, undefined> {
  const search = new Search(source, compile(key, source, options), options);
  for (let from = 0; from < source.count;) {
    const block = await search.block(from);
    if (block.matches.length > 0) yield block.matches;
    from = block.end;
  }
}

class Search {
  readonly #source: SearchSource;
  readonly #compiled: Compiled;
  readonly #options: SearchOptions;
  readonly #pacer: Pacer;
  readonly #known: Known;
  readonly #openMax: number;

  constructor(source: SearchSource, compiled: Compiled, options: SearchOptions) {
    this.#source = source;
    this.#compiled = compiled;
    this.#options = options;
    this.#pacer = new Pacer(options.signal);
    this.#known = { source, position: 0, facts: undefined, leaves: undefined };
    // Bytes are dear: few messages at a time, so that matches are handed on early.
    this.#openMax = cost(compiled.plan) < 2 ? factsBatch : factsBatch / 10;
  }

  /** Decides the messages from one position on, up to `end`, exclusive. */
  async block(from: number): Promise<{ matches: readonly number[]; end: number }> {
    const candidates: number[] = [];
    const open: number[] = [];
    const known = this.#known;
    const last = Math.min(this.#source.count, from + blockMessages);
    let position = from;
    for (; position < last && open.length < this.#openMax; position++) {
      if (position % clockStride === 0 && this.#pacer.due) await this.#pacer.rest();
      known.position = position;
      known.facts = undefined;
      known.leaves = undefined;
      const value = evaluate(this.#compiled.plan, known);
      if (value === false) continue;
      candidates.push(position);
      if (value === undefined) open.push(position);
    }
    const refused = await this.#decide(open);
    const matches =
      refused.size === 0 ? candidates : candidates.filter((candidate) => !refused.has(candidate));
    return { matches, end: position };
  }

  /** Those of the open positions that do not match after all. */
  async #decide(open: readonly number[]): Promise<ReadonlySet<number>> {
    const refused = new Set<number>();
    if (open.length === 0) return refused;
    const source = this.#source;
    const facts = await source.facts(
      open.map((position) => source.message(position)),
      {
        ...abortable(this.#options),
      },
    );
    for (const [at, position] of open.entries()) {
      if (this.#pacer.due) await this.#pacer.rest();
      if (!(await this.#matches(position, facts[at]))) refused.add(position);
    }
    return refused;
  }

  async #matches(position: number, facts: MessageFacts | undefined): Promise<boolean> {
    if (facts === undefined) return false;
    const { plan, leaves } = this.#compiled;
    const known = this.#known;
    known.position = position;
    known.facts = facts;
    known.leaves = undefined;
    const value = evaluate(plan, known);
    if (value !== undefined || leaves.length === 0) return value ?? false;
    const decided = (found: readonly (boolean | undefined)[]): boolean => {
      known.leaves = found;
      return evaluate(plan, known) !== undefined;
    };
    try {
      const content = await this.#source.content(this.#source.message(position), {
        ...abortable(this.#options),
      });
      known.leaves = await scanMessage(content, {
        structure: facts.structure,
        leaves,
        pacer: this.#pacer,
        decided,
        ...abortable(this.#options),
      });
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return false;
    }
    return evaluate(plan, known) ?? false;
  }
}

/** Whether one message is broken on disk: that must not spoil the search in all others. */
function isUnreadable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'corrupt';
}

function abortable({ signal }: Abortable): Abortable {
  return signal === undefined ? {} : { signal };
}
