/** A client of random interleavings (`two-sessions.test.ts`): what it was told must never be wrong. */
import assert from 'node:assert/strict';
import { FlagSet, type Flag, type FlagEdit } from '../../src/model/flag.ts';
import type { Uid } from '../../src/model/ids.ts';
import { NumberSet } from '../../src/model/number-set.ts';
import type { Untagged } from '../../src/model/response.ts';
import type { ExpungeRule } from '../../src/session/command.ts';
import { flagResponses } from '../../src/session/flag-responses.ts';
import { allRights } from '../../src/model/rights.ts';
import type { SelectedOptions } from '../../src/session/selected-options.ts';
import { Selected } from '../../src/session/selected.ts';
import type { Extension } from '../../src/session/state.ts';
import type { Glance } from '../../src/store/store.ts';
import { singly } from './fetch-run.ts';
import type { Ground } from './ground.ts';

/** What a client knows of one message; undefined is what it was not told. */
interface Known {
  uid: Uid | undefined;
  flags: string | undefined;
  modSeq: number | undefined;
}

/** Flags in one order. */
export function text(flags: Iterable<Flag>): string {
  return [...flags].sort().join(' ');
}

/** Builds a model from nothing but the responses it was sent, and judges it by what is in the mailbox. */
export class ModelClient {
  readonly #ground: Ground;
  readonly enabled: Set<Extension>;
  readonly #queuedChangesMax: number;
  selected!: Selected;
  known: Known[] = [];
  #keywords = new Set<string>();
  /** The UIDs behind `known`, from the mailbox at the moment of each EXISTS: the judge, not the client. */
  #truth: Uid[] = [];
  idling = false;
  /** What it was told of a mailbox whose view is not there yet. */
  #glance: Glance | undefined;

  constructor(ground: Ground, extensions: readonly Extension[], queuedChangesMax: number) {
    this.#ground = ground;
    this.enabled = new Set(extensions);
    this.#queuedChangesMax = queuedChangesMax;
  }

  async select(): Promise<void> {
    await this.#begin();
    this.selected = new Selected(await this.#ground.view(), this.#options);
    for (const response of this.selected.flagResponses()) this.hear(response);
    this.hear({ kind: 'EXISTS', count: this.selected.count });
  }

  /** Is answered before the view is there, if that can be. */
  async selectEarly(): Promise<void> {
    await this.#begin();
    this.#glance = this.#ground.glance();
    if (this.#glance === undefined) return await this.select();
    const { keywords, messages } = this.#glance.mailbox;
    const room = { readOnly: false, full: false, rights: allRights };
    for (const response of flagResponses(keywords, room)) this.hear(response);
    this.hear({ kind: 'EXISTS', count: messages });
  }

  /** Before its next command the view is there. */
  async arrive(): Promise<void> {
    const told = this.#glance;
    if (told === undefined) return;
    this.#glance = undefined;
    this.selected = new Selected(await told.view(), { ...this.#options, told });
    this.check('held back');
  }

  async #begin(): Promise<void> {
    this.idling = false;
    this.#glance = undefined;
    await this.selected?.[Symbol.asyncDispose]();
    this.known = [];
    this.#truth = [];
  }

  get #options(): SelectedOptions {
    const limits = { queuedChangesMax: this.#queuedChangesMax, keywordsMax: 100 };
    return { readOnly: false, enabled: this.enabled, limits };
  }

  hear(response: Untagged): void {
    switch (response.kind) {
      case 'EXISTS':
        this.#exists(response.count);
        break;
      case 'EXPUNGE':
        assert.ok(!this.enabled.has('QRESYNC'));
        this.#gone(response.sequence - 1);
        break;
      case 'VANISHED':
        assert.ok(this.enabled.has('QRESYNC') && !response.earlier);
        for (const uid of response.uids.values()) this.#gone(this.#truth.indexOf(uid));
        break;
      case 'FLAGS':
        this.#keywords = new Set(response.flags);
        break;
      case 'FETCH':
        this.#fetched(response);
        break;
      case 'FETCH run':
        for (const one of singly(response)) this.#fetched(one);
        break;
      default:
    }
  }

  #exists(count: number): void {
    assert.ok(count >= this.known.length, 'EXISTS never shrinks a mailbox');
    const last = this.#truth.at(-1) ?? 0;
    const fresh = this.#ground.entries().filter(({ uid }) => uid > last);
    for (let i = this.known.length; i < count; i++) {
      const uid = fresh.shift()?.uid;
      assert.ok(uid !== undefined, 'EXISTS counts a message that is not there');
      this.#truth.push(uid);
      this.known.push({ uid: undefined, flags: undefined, modSeq: undefined });
    }
  }

  #gone(index: number): void {
    assert.ok(index >= 0 && index < this.known.length, 'only what a client knows can go');
    const living = this.#ground.entries().some(({ uid }) => uid === this.#truth[index]);
    assert.ok(!living, 'a message that was told as gone is gone');
    this.known.splice(index, 1);
    this.#truth.splice(index, 1);
  }

  #fetched({ sequence, items }: Extract<Untagged, { kind: 'FETCH' }>): void {
    const known = this.known[sequence - 1];
    assert.ok(known !== undefined, `FETCH of ${sequence} of ${this.known.length}`);
    for (const item of items) {
      if (item.kind === 'UID') {
        assert.equal(item.uid, this.#truth[sequence - 1], 'a number means one message');
        known.uid = item.uid;
      } else if (item.kind === 'FLAGS') {
        for (const name of item.flags.flags)
          assert.ok(this.#keywords.has(name), `${name} was told`);
        known.flags = text(item.flags.flags);
      } else if (item.kind === 'MODSEQ') known.modSeq = item.modSeq;
    }
  }

  /** The end of a command: what is due is told, and then nothing the client knows is wrong. */
  boundary(expunges: ExpungeRule): void {
    for (const response of this.selected.announcements(expunges)) this.hear(response);
    this.check(expunges);
  }

  check(expunges: ExpungeRule): void {
    const entries = this.#ground.entries();
    const byUid = new Map(entries.map((entry) => [entry.uid, entry]));
    assert.equal(this.selected.count, this.known.length);
    for (const [index, known] of this.known.entries()) {
      const uid = this.#truth[index]!;
      assert.equal(this.selected.uid(index + 1), uid);
      assert.equal(this.selected.sequence(uid), index + 1);
      const entry = byUid.get(uid);
      if (entry === undefined) {
        assert.equal(expunges, 'held back');
        continue;
      }
      if (known.flags !== undefined) assert.equal(known.flags, text(entry.flags.flags));
      // Without CONDSTORE nobody is told of new mod-sequences.
      if (!this.enabled.has('CONDSTORE')) continue;
      if (known.modSeq !== undefined) assert.equal(known.modSeq, entry.modSeq);
    }
    if (expunges === 'announced') assert.deepEqual(this.#truth, [...byUid.keys()]);
    const told = new Set(this.#truth);
    for (const uid of this.selected.saved.values()) assert.ok(told.has(uid));
  }

  /** Messages of a range of numbers, as STORE and FETCH name them. */
  some(a: number, b: number): NumberSet<Uid> {
    const { count } = this.selected;
    if (count === 0) return NumberSet.empty;
    const ranges = [{ first: (a % count) + 1, last: (b % count) + 1 }];
    return this.selected.resolve({ kind: 'ranges', ranges }, false);
  }

  /** What the client thinks of its own silent STORE. */
  believe(uids: NumberSet<Uid>, { mode, flags }: FlagEdit): void {
    for (const [index, known] of this.known.entries()) {
      if (known.flags === undefined || !uids.has(this.#truth[index]!)) continue;
      const before = known.flags.split(' ').filter(Boolean) as Flag[];
      const kept = mode === 'replace' ? [] : before.filter((name) => !flags.includes(name));
      const after = mode === 'remove' ? kept : new FlagSet([...kept, ...flags]).flags;
      known.flags = text(after);
    }
  }
}
