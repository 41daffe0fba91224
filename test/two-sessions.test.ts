/**
 * Several sessions on one mailbox, in random interleavings. Each client keeps a model built from nothing but
 * the responses it was sent; it must never differ from what it was told, and after a full sync it must be the
 * mailbox (RFC 9051 section 5.2, RFC 2180).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  deleted,
  flag,
  FlagSet,
  flagged,
  seen,
  type Flag,
  type FlagEdit,
} from '../src/model/flag.ts';
import { asUid, type Uid } from '../src/model/ids.ts';
import { NumberSet } from '../src/model/number-set.ts';
import type { Untagged } from '../src/model/response.ts';
import type { ExpungeRule } from '../src/session/command.ts';
import { Selected } from '../src/session/selected.ts';
import type { Extension } from '../src/session/state.ts';
import { memoryGround, sqliteGround, type Ground } from './support/ground.ts';

/** One step of a run: who does what, with two numbers to choose details by. */
interface Step {
  readonly who: number;
  readonly what: number;
  readonly a: number;
  readonly b: number;
}

/** What a client knows of one message; undefined is what it was not told. */
interface Known {
  uid: Uid | undefined;
  flags: string | undefined;
  modSeq: number | undefined;
}

const choices: readonly Flag[] = [
  seen,
  deleted,
  flagged,
  flag('work'),
  flag('later'),
  flag('$Junk'),
];
const modes = ['add', 'remove', 'replace'] as const;

function text(flags: Iterable<Flag>): string {
  return [...flags].sort().join(' ');
}

class Client {
  readonly #ground: Ground;
  readonly enabled: Set<Extension>;
  readonly #queuedChangesMax: number;
  selected!: Selected;
  known: Known[] = [];
  #keywords = new Set<string>();
  /** The UIDs behind `known`, from the mailbox at the moment of each EXISTS: the judge, not the client. */
  #truth: Uid[] = [];
  idling = false;

  constructor(ground: Ground, extensions: readonly Extension[], queuedChangesMax: number) {
    this.#ground = ground;
    this.enabled = new Set(extensions);
    this.#queuedChangesMax = queuedChangesMax;
  }

  async select(): Promise<void> {
    this.idling = false;
    await this.selected?.[Symbol.asyncDispose]();
    this.known = [];
    this.#truth = [];
    const limits = { queuedChangesMax: this.#queuedChangesMax, keywordsMax: 100 };
    const view = await this.#ground.view();
    this.selected = new Selected(view, { readOnly: false, enabled: this.enabled, limits });
    for (const response of this.selected.flagResponses()) this.hear(response);
    this.hear({ kind: 'EXISTS', count: this.selected.count });
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

class World {
  readonly #ground: Ground;
  readonly clients: readonly Client[];

  constructor(ground: Ground, queuedChangesMax: number) {
    this.#ground = ground;
    this.clients = [
      new Client(ground, [], queuedChangesMax),
      new Client(ground, ['CONDSTORE', 'QRESYNC', 'IMAP4rev2'], queuedChangesMax),
      new Client(ground, ['CONDSTORE'], 1000),
    ];
  }

  async start(): Promise<void> {
    await this.#ground.put([], 3);
    for (const client of this.clients) await client.select();
  }

  async step({ who, what, a, b }: Step): Promise<void> {
    const client = this.clients[who % this.clients.length]!;
    if (client.idling && what % 13 !== 12) {
      client.idling = false;
      client.selected.wake = undefined;
      client.boundary('announced');
    }
    await this.#do(client, what % 13, { a, b });
    // Those who idle have heard already.
    for (const other of this.clients) if (other.idling) other.check('announced');
  }

  async #do(client: Client, what: number, { a, b }: { a: number; b: number }): Promise<void> {
    const { account } = this.#ground;
    const { selected } = client;
    const edit: FlagEdit = {
      mode: modes[b % 3]!,
      flags: [choices[a % choices.length]!, choices[(a + b) % choices.length]!],
    };
    switch (what) {
      case 0:
      case 1:
        if (this.#ground.entries().length < 16) {
          await this.#ground.put(a % 3 === 0 ? edit.flags : [], 1 + (b % 3));
        }
        return client.boundary('announced');
      case 2: {
        const uids = client.some(a, b);
        selected.mark(uids);
        await account.flag(selected.id, uids, edit);
        return client.boundary('held back');
      }
      case 3: {
        const uids = client.some(a, b);
        client.believe(uids, edit);
        await account.flag(selected.id, uids, edit, { origin: selected.silently });
        return client.boundary('held back');
      }
      case 4:
        await account.expunge(selected.id, a % 2 === 0 ? selected.all : everyUid);
        return client.boundary('announced');
      case 5:
        await account.move(
          selected.id,
          client.some(a, a + 1),
          b % 2 === 0 ? this.#ground.inbox : this.#ground.elsewhere,
        );
        return client.boundary('announced');
      case 6:
      case 7:
        this.#fetch(client, client.some(a, b));
        return client.boundary(what === 6 ? 'held back' : 'announced');
      case 8:
        await this.#slowFetch(client, { a, b });
        return client.boundary('held back');
      case 9:
        selected.save(
          NumberSet.of(Array.from(selected.messages(client.some(a, b)), ({ uid }) => uid)),
        );
        return client.boundary('held back');
      case 10:
        if (a % 5 === 0) await client.select();
        return client.boundary('announced');
      case 11:
        // Somebody without a session: delivery, another protocol.
        await account.flag(selected.id, NumberSet.of([asUid(1 + (a % 40))]), edit);
        if (b % 2 === 0) await this.#ground.put([deleted], 1);
        return undefined;
      default:
        client.idling = true;
        selected.wake = () => client.boundary('announced');
        return client.boundary('announced');
    }
  }

  #fetch(client: Client, uids: NumberSet<Uid>): void {
    for (const message of client.selected.messages(uids)) this.#tell(client, message);
  }

  #tell(client: Client, message: Parameters<Selected['entry']>[0]): void {
    const { selected } = client;
    const { uid, flags, modSeq } = selected.entry(message);
    for (const name of flags.flags) if (!name.startsWith('\\')) this.#tellKeywords(client);
    client.hear({
      kind: 'FETCH',
      sequence: message.sequence,
      items: [
        { kind: 'UID', uid },
        { kind: 'FLAGS', flags, recent: false },
        { kind: 'MODSEQ', modSeq },
      ],
    });
    if (message.row >= 0) selected.reported(uid, modSeq);
  }

  /** A FETCH may be the first to show a keyword; the commands' own order does not matter here. */
  #tellKeywords(client: Client): void {
    for (const response of client.selected.flagResponses()) client.hear(response);
  }

  /** A FETCH in whose middle others do things. */
  async #slowFetch(client: Client, { a, b }: { a: number; b: number }): Promise<void> {
    const uids = client.some(a, b);
    const expected = client.selected.numbers(uids);
    const heard: number[] = [];
    for (const message of client.selected.messages(uids)) {
      heard.push(message.sequence);
      this.#tell(client, message);
      const others = this.clients.filter((other) => other !== client && !other.idling);
      const other = others[(a + heard.length) % others.length];
      if (other === undefined || heard.length > 3) continue;
      await this.#do(other, [0, 2, 3, 4, 5][(b + heard.length) % 5]!, {
        a: b,
        b: a + heard.length,
      });
    }
    assert.deepEqual(heard, [...expected.values()], 'every message of the set, once, ascending');
  }

  /** Every client fetches all, and knows the mailbox. */
  finish(): void {
    const entries = this.#ground.entries();
    for (const client of this.clients) {
      client.boundary('announced');
      this.#fetch(client, client.selected.all);
      client.boundary('announced');
      assert.deepEqual(
        client.known.map(({ uid, flags }) => ({ uid, flags })),
        entries.map(({ uid, flags }) => ({ uid, flags: text(flags.flags) })),
      );
    }
  }
}

const everyUid = NumberSet.ofRanges([{ first: asUid(1), last: asUid(2 ** 32 - 1) }]);

async function run(ground: Ground, steps: Iterable<Step>, queuedChangesMax: number): Promise<void> {
  const world = new World(ground, queuedChangesMax);
  await world.start();
  for (const step of steps) await world.step(step);
  world.finish();
}

test('any short interleaving leaves every client right', async () => {
  const number = fc.nat(1000);
  const step = fc.record({ who: fc.nat(2), what: fc.nat(12), a: number, b: number });
  const steps = fc.array(step, { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(steps, fc.constantFrom(3, 1000), (list, max) =>
      run(memoryGround(), list, max),
    ),
    { numRuns: 200 },
  );
});

test('100,000 steps leave every client right', async () => {
  for (const seed of [1, 2, 3, 4]) {
    await run(memoryGround(), random(seed, 25_000), seed % 2 === 0 ? 4 : 1000);
  }
});

test('and so they do on the real store', async () => {
  await using ground = await sqliteGround();
  await run(ground, random(5, 1500), 4);
});

/** The same steps for the same seed, always (mulberry32). */
function* random(seed: number, steps: number): Generator<Step> {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  for (let i = 0; i < steps; i++) {
    yield { who: next() % 3, what: next() % 13, a: next() % 1000, b: next() % 1000 };
  }
}
