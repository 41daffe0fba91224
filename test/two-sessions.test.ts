/**
 * Several sessions on one mailbox, in random interleavings. Each client keeps a model built from nothing but
 * the responses it was sent; it must never differ from what it was told, and after a full sync it must be the
 * mailbox (RFC 9051 section 5.2, RFC 2180).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { deleted, flag, flagged, seen, type Flag, type FlagEdit } from '../src/model/flag.ts';
import { asSequenceNumber, asUid, type Uid } from '../src/model/ids.ts';
import { NumberSet } from '../src/model/number-set.ts';
import type { Located } from '../src/session/numbering.ts';
import type { Selected } from '../src/session/selected.ts';
import { memoryGround, sqliteGround, type Ground } from './support/ground.ts';
import { ModelClient, text } from './support/model-client.ts';

/** One step of a run: who does what, with two numbers to choose details by. */
interface Step {
  readonly who: number;
  readonly what: number;
  readonly a: number;
  readonly b: number;
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

class World {
  readonly #ground: Ground;
  readonly clients: readonly ModelClient[];

  constructor(ground: Ground, queuedChangesMax: number) {
    this.#ground = ground;
    this.clients = [
      new ModelClient(ground, [], queuedChangesMax),
      new ModelClient(ground, ['CONDSTORE', 'QRESYNC', 'IMAP4rev2'], queuedChangesMax),
      new ModelClient(ground, ['CONDSTORE'], 1000),
    ];
  }

  async start(): Promise<void> {
    await this.#ground.put([], 3);
    for (const client of this.clients) await client.select();
  }

  async step({ who, what, a, b }: Step): Promise<void> {
    const client = this.clients[who % this.clients.length]!;
    await client.arrive();
    if (client.idling && what % 13 !== 12) {
      client.idling = false;
      client.selected.wake = undefined;
      client.boundary('announced');
    }
    await this.#do(client, what % 13, { a, b });
    // Those who idle have heard already.
    for (const other of this.clients) if (other.idling) other.check('announced');
  }

  async #do(client: ModelClient, what: number, { a, b }: { a: number; b: number }): Promise<void> {
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
        if (a % 5 === 1) return await client.selectEarly();
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

  #fetch(client: ModelClient, uids: NumberSet<Uid>): void {
    for (const message of client.selected.messages(uids)) this.#tell(client, message);
  }

  #tell(client: ModelClient, message: Parameters<Selected['entry']>[0]): void {
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
  #tellKeywords(client: ModelClient): void {
    for (const response of client.selected.flagResponses()) client.hear(response);
  }

  /** A FETCH in whose middle others do things. */
  async #slowFetch(client: ModelClient, { a, b }: { a: number; b: number }): Promise<void> {
    const uids = client.some(a, b);
    const expected = client.selected.numbers(uids);
    const heard: number[] = [];
    for (const together of inSteps(client.selected, uids, b % 2 === 0 ? 0 : 1 + (a % 3))) {
      for (const message of together) {
        heard.push(message.sequence);
        this.#tell(client, message);
      }
      const others = this.clients.filter((other) => other !== client && !other.idling);
      const other = others[(a + heard.length) % others.length];
      if (other === undefined || heard.length > 3) continue;
      await other.arrive();
      await this.#do(other, [0, 2, 3, 4, 5][(b + heard.length) % 5]!, {
        a: b,
        b: a + heard.length,
      });
    }
    assert.deepEqual(heard, [...expected.values()], 'every message of the set, once, ascending');
  }

  /** Every client fetches all, and knows the mailbox. */
  async finish(): Promise<void> {
    const entries = this.#ground.entries();
    for (const client of this.clients) {
      await client.arrive();
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

/** Messages as FETCH takes them: one by one (0), or together those that follow each other, so many at most. */
function* inSteps(selected: Selected, uids: NumberSet<Uid>, most: number): Generator<Located[]> {
  if (most === 0) {
    for (const message of selected.messages(uids)) yield [message];
    return;
  }
  for (const found of selected.runs(uids, most)) {
    if (!('count' in found)) yield [found];
    else {
      const { sequence, row, count } = found;
      yield Array.from({ length: count }, (_, index) => ({
        sequence: asSequenceNumber(sequence + index),
        uid: selected.view.uid(row + index),
        row: row + index,
        ghost: undefined,
      }));
    }
  }
}

const everyUid = NumberSet.ofRanges([{ first: asUid(1), last: asUid(2 ** 32 - 1) }]);

async function run(ground: Ground, steps: Iterable<Step>, queuedChangesMax: number): Promise<void> {
  const world = new World(ground, queuedChangesMax);
  await world.start();
  for (const step of steps) await world.step(step);
  await world.finish();
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
