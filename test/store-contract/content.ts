import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { asMessageRef, type MessageRef } from '../../src/model/ids.ts';
import { StoreError } from '../../src/store/store-error.ts';
import {
  append,
  bytes,
  collect,
  type Contract,
  mailbox,
  newAccount,
  type Opened,
  received,
  rejects,
  text,
} from './context.ts';

/** Bytes in, bytes out. */
export function contentContract(contract: Contract): void {
  let opened: Opened;
  before(async () => (opened = await contract.open({ limits: { messageBytesMax: 3_000_000 } })));
  after(() => opened[Symbol.asyncDispose]());

  test('any bytes come back in any slice', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const sizes = [0, 1, 255, 4096, 65_536, 65_537, 262_143, 262_144, 262_145, 700_000, 2_000_001];
    const seen = new Set<number>();
    for (const size of [...sizes, ...sizes]) {
      // The second time as old mail. Half of it noise, half of it not, so that every stored form is met.
      const cold = seen.has(size);
      seen.add(size);
      const whole = Buffer.alloc(size, 'The quick brown fox. ');
      randomBytes(size >>> 1).copy(whole);
      const cut = Math.floor(size / 3);
      await using staged = await account.stage(bytes(whole.subarray(0, cut), whole.subarray(cut)), {
        cold,
      });
      assert.equal(staged.size, size);
      const before = Buffer.concat(await collect(staged.content().read(cut, size)));
      assert.ok(before.equals(whole.subarray(cut)), 'what is staged can be read');
      await account.append(id, [{ staged, flags: [], internalDate: received }]);
      await using view = await account.view(id);
      const content = await account.content(view.message(view.count - 1));
      assert.equal(content.size, size);
      const hash = createHash('sha256');
      for await (const chunk of content.read(0, size)) hash.update(chunk);
      assert.equal(hash.digest('hex'), createHash('sha256').update(whole).digest('hex'));
      const slices = fc.sample(fc.tuple(fc.nat(size + 10), fc.nat(size + 10)), 12);
      for (const [from, to] of slices) {
        const slice = Buffer.concat(await collect(content.read(from, to)));
        assert.ok(slice.equals(whole.subarray(from, to)), `${from} to ${to} of ${size}`);
        const lent = account.lend?.(view.message(view.count - 1), { size, from, to });
        if (lent !== undefined)
          assert.ok(whole.subarray(from, to).equals(lent), `lent ${from} to ${to} of ${size}`);
      }
    }
  });

  test('what is lent is of the message that was asked for, whatever was asked before', async () => {
    const account = await newAccount(opened);
    const other = await newAccount(opened);
    const wholes = [500, 3000, 25_000, 262_144, 300_000].map((size, n) => {
      const whole = Buffer.alloc(size, `message ${n} `);
      if (n % 2 === 0) randomBytes(size >>> 1).copy(whole);
      return whole;
    });
    const refs = new Map<typeof account, MessageRef[]>();
    for (const one of [account, other]) {
      const { id } = await mailbox(one, 'INBOX');
      // In the two accounts the same numbers are given to different messages.
      const order = one === account ? wholes : wholes.toReversed();
      for (const whole of order) {
        await using staged = await one.stage(bytes(whole));
        await one.append(id, [{ staged, flags: [], internalDate: received }]);
      }
      await using view = await one.view(id);
      refs.set(
        one,
        order.map((_, row) => view.message(row)),
      );
    }
    const step = fc.record({
      mine: fc.boolean(),
      row: fc.nat(4),
      // Many begin at the beginning, since small messages are otherwise seldom met.
      from: fc.oneof(fc.constant(0), fc.nat(300_000)),
      length: fc.nat(300_000),
      // A hint, which need not come true.
      through: fc.option(fc.nat(4)),
    });
    for (const { mine, row, from, length, through } of fc.sample(step, 400)) {
      const one = mine ? account : other;
      const whole = mine ? wholes[row]! : wholes[4 - row]!;
      const to = from + length;
      const ref = refs.get(one)![row]!;
      const last = through === null ? undefined : refs.get(one)![through];
      const slice = { size: whole.length, from, to };
      const lent = one.lend?.(ref, last === undefined ? slice : { ...slice, through: last });
      if (lent !== undefined) assert.ok(whole.subarray(from, to).equals(lent));
      else {
        const read = await collect((await one.content(ref)).read(from, to));
        assert.ok(whole.subarray(from, to).equals(Buffer.concat(read)));
      }
    }
    assert.throws(
      () => {
        if (account.lend === undefined) throw new StoreError('corrupt', 'has nothing to lend');
        account.lend(asMessageRef(0xfff_ffff), { size: 10, from: 0, to: 10 });
      },
      { code: 'corrupt' },
    );
  });

  test('what was staged does not change with the memory it came from', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const memory = Buffer.from(text('mine'));
    await using staged = await account.stage(bytes(memory));
    memory.fill(0);
    await account.append(id, [{ staged, flags: [], internalDate: received }]);
    await using view = await account.view(id);
    const content = await account.content(view.message(0));
    assert.equal(Buffer.concat(await collect(content.read(0, 1000))).toString(), text('mine'));
  });

  test('a message that is too large is refused, however it comes', async () => {
    const account = await newAccount(opened);
    await rejects(account.stage(bytes(Buffer.alloc(3_000_001))), 'message-too-large');
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(50_000);
    }
    await rejects(account.stage(endless()), 'message-too-large');
  });

  test('staging ends with its source, and with its signal', async () => {
    const account = await newAccount(opened);
    const before = account.modSeq;
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(600_000);
      throw new Error('the line went dead');
    }
    await assert.rejects(account.stage(broken()), /the line went dead/);
    const aborter = new AbortController();
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(600_000);
      aborter.abort(new Error('enough'));
      yield Buffer.alloc(10);
    }
    await assert.rejects(account.stage(slow(), { signal: aborter.signal }), /enough/);
    assert.equal(account.modSeq, before);
  });

  test('staged and disposed, a message leaves nothing anybody sees', async () => {
    const account = await newAccount(opened);
    const before = account.modSeq;
    for (const size of [100, 900_000]) {
      const staged = await account.stage(bytes(Buffer.alloc(size)));
      await staged[Symbol.asyncDispose]();
    }
    assert.equal(account.modSeq, before);
    assert.equal((await mailbox(account, 'INBOX')).messages, 0);
  });

  test('facts come in the order asked, and undefined for what is not there', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const subjects = Array.from({ length: 300 }, (_, index) => `subject ${index}`);
    await append(account, id, subjects);
    await using view = await account.view(id);
    const order = [299, 0, 5, 4, 3, 150, 0];
    const wanted = order.map((row) => view.message(row));
    const facts = await account.facts([...wanted, asMessageRef(0xfff_ffff)]);
    assert.deepEqual(
      facts.map((fact) => fact?.envelope.subject),
      [...order.map((row) => subjects[row]), undefined],
    );
    const [fact] = facts;
    assert.equal(fact?.size, text('subject 299').length);
    assert.equal(fact?.structure.kind, 'single');
    assert.match(fact?.preview ?? '', /body of subject 299/);
    assert.match(fact?.emailId ?? '', /^[A-Za-z0-9_-]{1,255}$/);
    assert.match(fact?.threadId ?? 'T', /^[A-Za-z0-9_-]{1,255}$/);
    assert.equal(
      (
        await account.facts(
          view.count > 0 ? Array.from({ length: 300 }, (_, row) => view.message(row)) : [],
        )
      ).length,
      300,
    );
    await rejects(account.content(asMessageRef(0xfff_ffff)), 'corrupt');
  });

  test('what staging knows is what is kept', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const mime =
      'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\nSubject: caf\xe9\r\n\r\n--b\r\n\r\nhello\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nx\r\n--b--\r\n';
    await using staged = await account.stage(bytes(mime));
    await account.append(id, [{ staged, flags: [], internalDate: received }]);
    await using view = await account.view(id);
    const [kept] = await account.facts([view.message(0)]);
    assert.deepEqual(kept?.structure, staged.facts.structure);
    assert.deepEqual(kept?.envelope, staged.facts.envelope);
    assert.deepEqual(Buffer.from(kept?.headers ?? []), Buffer.from(staged.facts.headers));
    assert.deepEqual(
      [kept?.emailId, kept?.preview, kept?.size],
      [staged.facts.emailId, staged.facts.preview, mime.length],
    );
  });

  test('what is told of a message can be read without the rest, ready or not', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    for (const subject of ['plain', 'caf\xe9']) {
      await using staged = await account.stage(bytes(text('t', `Subject: ${subject}\r\n`)));
      await account.append(id, [{ staged, flags: [], internalDate: received }]);
    }
    await using view = await account.view(id);
    const refs = [1, 0, 1].map((row) => view.message(row));
    const all = await account.facts(refs);
    const told = await account.facts(refs, { only: 'told' });
    for (const [at, facts] of told.entries()) {
      const whole = all[at];
      assert.ok(facts !== undefined && whole !== undefined);
      assert.deepEqual(
        [facts.emailId, facts.threadId, facts.size, facts.envelopeText, facts.structureText],
        [whole.emailId, whole.threadId, whole.size, whole.envelopeText, whole.structureText],
      );
      assert.deepEqual(facts.envelope, whole.envelope);
      if (facts.structureText === undefined) assert.deepEqual(facts.structure, whole.structure);
    }
  });

  test('equal messages have equal ids, of the message and of its thread', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    await append(account, id, ['same', 'same', 'other']);
    await using view = await account.view(id);
    const [a, b, c] = await account.facts([0, 1, 2].map((row) => view.message(row)));
    if (a?.emailId === b?.emailId) assert.equal(a?.threadId, b?.threadId);
    assert.notEqual(a?.emailId, c?.emailId);
  });

  test('answers share their thread', async () => {
    const account = await newAccount(opened);
    const { id } = await mailbox(account, 'INBOX');
    const headers = [
      'Message-ID: <1@x>\r\n',
      'Message-ID: <2@x>\r\nIn-Reply-To: <1@x>\r\n',
      'Message-ID: <9@x>\r\n',
      'Message-ID: <3@x>\r\nReferences: <1@x>\r\n <2@x>\r\n',
      '',
    ];
    for (const header of headers) {
      await using staged = await account.stage(bytes(text('t', header)));
      await account.append(id, [{ staged, flags: [], internalDate: received }]);
    }
    await using view = await account.view(id);
    const facts = await account.facts([0, 1, 2, 3, 4].map((row) => view.message(row)));
    const [a, b, c, d, e] = facts.map((fact) => fact?.threadId);
    // A store may also have no threads at all.
    if (a === null) return;
    assert.deepEqual([b, d], [a, a]);
    assert.equal(new Set([a, c, e]).size, 3);
  });
}
