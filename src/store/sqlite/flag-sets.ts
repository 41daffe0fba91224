import { assert } from '../../base/assert.ts';
import {
  type Flag,
  flagKey,
  type FlagEdit,
  FlagSet,
  isSystemFlag,
  systemFlags,
} from '../../model/flag.ts';
import { type Connected, prepare, type Statement } from './statement.ts';

/** Bits of the system flags in an entry's `flags`, in the order of `systemFlags`. */
export const deletedBit = 4;
export const seenBit = 8;
const systemBits = 31;
const perSet = 32;

/** One combination of keywords, and the flag sets made of it so far, by their system bits. */
interface KeywordSet {
  /** Keyword ids, ascending. */
  readonly ids: readonly number[];
  readonly sets: (FlagSet | undefined)[];
}

/** An edit with its names looked up: bits and keyword ids. */
interface KnownEdit {
  readonly mode: FlagEdit['mode'];
  readonly bits: number;
  /** Of a replacement: system flags, and whether keywords, that stay as they are. */
  readonly keptBits: number;
  readonly keptOthers: boolean;
  readonly keywords: readonly number[];
}

/** An edit of flags, done once for each flag set. */
export class Editor {
  readonly #apply: (id: number) => number;
  readonly #results = new Map<number, number>();

  constructor(apply: (id: number) => number) {
    this.#apply = apply;
  }

  /** A flag set's number after the edit. */
  edited(id: number): number {
    let result = this.#results.get(id);
    if (result === undefined) this.#results.set(id, (result = this.#apply(id)));
    return result;
  }

  /** All numbers that came out of it. */
  get results(): Iterable<number> {
    return this.#results.values();
  }
}

/** How far the tables went, to forget what a rolled-back job added. */
export interface FlagMark {
  readonly keywords: number;
  readonly sets: number;
}

/**
 * The account's flag combinations: numbers in the database and in columns, one `FlagSet` object each in
 * memory. Grows inside write transactions; rows of other processes are read when first met.
 */
export class FlagSets {
  readonly #sets: KeywordSet[] = [];
  readonly #setIds = new Map<string, number>();
  readonly #keywords: Flag[] = [];
  readonly #keywordIds = new Map<string, number>();
  readonly #statements: Record<'sets' | 'keywords' | 'addSet' | 'addKeyword', Statement>;

  /** Reads the newest state, and writes inside a transaction, when that is the connection that holds the write lock. */
  constructor(connection: Connected) {
    this.#statements = {
      sets: prepare(
        connection,
        'SELECT id, keywords FROM keyword_set WHERE id >= ? ORDER BY id',
      ).raw(),
      keywords: prepare(connection, 'SELECT id, name FROM keyword WHERE id >= ? ORDER BY id').raw(),
      addSet: prepare(connection, 'INSERT INTO keyword_set (id, keywords) VALUES (?, ?)'),
      addKeyword: prepare(connection, 'INSERT INTO keyword (id, folded, name) VALUES (?, ?, ?)'),
    };
  }

  /** Reads what other processes have added. */
  refresh(): void {
    for (const [id, name] of this.#statements.keywords.iterate(this.#keywords.length) as Iterable<
      [number, Flag]
    >) {
      this.#keywords[id] = name;
      this.#keywordIds.set(flagKey(name), id);
    }
    for (const [id, ids] of this.#statements.sets.iterate(this.#sets.length) as Iterable<
      [number, string]
    >) {
      this.#sets[id] = { ids: JSON.parse(ids) as number[], sets: [] };
      this.#setIds.set(ids, id);
    }
  }

  mark(): FlagMark {
    return { keywords: this.#keywords.length, sets: this.#sets.length };
  }

  /** Forgets everything added since the mark. */
  undo(mark: FlagMark): void {
    for (const { ids } of this.#sets.splice(mark.sets)) this.#setIds.delete(JSON.stringify(ids));
    for (const name of this.#keywords.splice(mark.keywords)) this.#keywordIds.delete(flagKey(name));
  }

  /** The one object for this number. */
  get(id: number): FlagSet {
    let set = this.#sets[id >>> 5];
    if (set === undefined) {
      this.refresh();
      set = this.#sets[id >>> 5];
      assert(set !== undefined, `flag set ${id} is known`);
    }
    const bits = id & systemBits;
    return (set.sets[bits] ??= new FlagSet([
      ...systemFlags.filter((_, index) => (bits & (1 << index)) !== 0),
      ...set.ids.map((keyword) => this.keyword(keyword)),
    ]));
  }

  keyword(id: number): Flag {
    if (this.#keywords[id] === undefined) this.refresh();
    const name = this.#keywords[id];
    assert(name !== undefined, `keyword ${id} is known`);
    return name;
  }

  /** The keywords of a flag set's number. */
  keywordsOf(id: number): readonly number[] {
    if (this.#sets[id >>> 5] === undefined) this.refresh();
    return this.#sets[id >>> 5]?.ids ?? [];
  }

  /** The number of these flags. Only inside a write transaction. */
  intern(flags: readonly Flag[]): number {
    return this.apply(0, this.#know({ mode: 'replace', flags }));
  }

  /** What an edit makes of flag sets' numbers. Only inside a write transaction. */
  editor(edit: FlagEdit): Editor {
    const known = this.#know(edit);
    return new Editor((id) => this.apply(id, known));
  }

  apply(id: number, edit: KnownEdit): number {
    const bits = id & systemBits;
    const had = this.keywordsOf(id);
    if (edit.mode === 'replace') {
      const keywords = edit.keptOthers ? had : edit.keywords;
      return this.#number((edit.bits & ~edit.keptBits) | (bits & edit.keptBits), keywords);
    }
    if (edit.mode === 'add') return this.#number(bits | edit.bits, [...had, ...edit.keywords]);
    const gone = new Set(edit.keywords);
    return this.#number(
      bits & ~edit.bits,
      had.filter((keyword) => !gone.has(keyword)),
    );
  }

  #know(edit: FlagEdit): KnownEdit {
    let bits = 0;
    const keywords: number[] = [];
    for (const name of edit.flags) {
      const index = systemFlags.indexOf(name);
      if (index >= 0) bits |= 1 << index;
      // \Recent is never stored, and other names with a backslash mean nothing to us.
      else if (!isSystemFlag(name)) {
        const id = this.#keywordIds.get(flagKey(name));
        if (id !== undefined) keywords.push(id);
        else if (edit.mode !== 'remove') keywords.push(this.#addKeyword(name));
      }
    }
    const keptOthers = edit.keeps?.includes('others') === true;
    let keptBits = keptOthers ? systemBits & ~(seenBit | deletedBit) : 0;
    if (edit.keeps?.includes('seen') === true) keptBits |= seenBit;
    if (edit.keeps?.includes('deleted') === true) keptBits |= deletedBit;
    return { mode: edit.mode, bits, keywords, keptBits, keptOthers };
  }

  #addKeyword(name: Flag): number {
    this.refresh();
    const found = this.#keywordIds.get(flagKey(name));
    if (found !== undefined) return found;
    const id = this.#keywords.length;
    this.#statements.addKeyword.run(id, flagKey(name), name);
    this.#keywords[id] = name;
    this.#keywordIds.set(flagKey(name), id);
    return id;
  }

  #number(bits: number, keywords: readonly number[]): number {
    if (keywords.length === 0) return bits;
    const ids = [...new Set(keywords)].sort((a, b) => a - b);
    const text = JSON.stringify(ids);
    let set = this.#setIds.get(text);
    if (set === undefined) {
      this.refresh();
      set = this.#setIds.get(text);
    }
    if (set === undefined) {
      set = this.#sets.length;
      this.#statements.addSet.run(set, text);
      this.#sets[set] = { ids, sets: [] };
      this.#setIds.set(text, set);
    }
    return set * perSet + bits;
  }
}
