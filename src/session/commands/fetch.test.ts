import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SqliteAccount } from '../../store/sqlite/account.ts';
import { StoreError } from '../../store/store-error.ts';
import { connect } from '../../../test/support/session-connection.ts';

const simple = 'From: Anna <anna@example.org>\r\nSubject: one\r\nX-Odd: o\r\n\r\nbody one\r\n';
const second = 'From: Bert <bert@example.org>\r\nSubject: two\r\n\r\nbody two\r\n';
const parts = [
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.from('Gr\xfc\xdfe\0', 'latin1').toString('base64'),
  '--b',
  'Content-Transfer-Encoding: x-odd',
  '',
  'odd',
  '--b--',
  '',
].join('\r\n');

describe('FETCH', () => {
  test('items of columns and facts, in the order asked for', async () => {
    const [c] = await connect({ messages: [simple, second] });
    assert.deepEqual(await c!.run('FETCH 1:2 (FLAGS UID RFC822.SIZE)'), [
      `* 1 FETCH (FLAGS (\\Recent) UID 1 RFC822.SIZE ${simple.length})`,
      `* 2 FETCH (FLAGS (\\Recent) UID 2 RFC822.SIZE ${second.length})`,
      'a OK FETCH completed',
    ]);
    const [envelope] = await c!.run('FETCH 2 ENVELOPE');
    assert.match(
      envelope!,
      /^\* 2 FETCH \(ENVELOPE \(NIL "two" \(\("Bert" NIL "bert" "example.org"\)\)/,
    );
    assert.match((await c!.run('FETCH 3 UID'))[0]!, /^a BAD /);
    assert.deepEqual(await c!.run('UID FETCH 9:12 (FLAGS)'), ['a OK FETCH completed']);
  });

  test('what is not told everybody alike is told each session as it can take it', async () => {
    const messages = [simple, 'Subject: caf\xc3\xa9\r\n\r\nx'];
    const subjects = async (enable: string): Promise<(string | undefined)[]> => {
      const [c] = await connect({ messages, enable });
      const told = await c!.run('FETCH 1:2 (ENVELOPE BODYSTRUCTURE)');
      return told.map((line) => /ENVELOPE \(NIL ((?:\{\d+\}\r\n)?\S+)/.exec(line)?.[1]);
    };
    assert.deepEqual(await subjects(''), ['"one"', '{5}\r\ncaf\xc3\xa9', undefined]);
    assert.deepEqual(await subjects('UTF8=ACCEPT'), ['"one"', '"caf\xc3\xa9"', undefined]);
  });

  test('fields that the store keeps, beside a message that has to be opened for them', async () => {
    const [c] = await connect({ messages: [simple, 'Subject: bare\r\n', second] });
    assert.deepEqual(
      await c!.run('FETCH 1:3 (UID BODY.PEEK[HEADER.FIELDS (subject x-priority)])'),
      [
        '* 1 FETCH (UID 1 BODY[HEADER.FIELDS (subject x-priority)] {16}\r\nSubject: one\r\n\r\n)',
        '* 2 FETCH (UID 2 BODY[HEADER.FIELDS (subject x-priority)] {15}\r\nSubject: bare\r\n)',
        '* 3 FETCH (UID 3 BODY[HEADER.FIELDS (subject x-priority)] {16}\r\nSubject: two\r\n\r\n)',
        'a OK FETCH completed',
      ],
    );
  });

  test('UID FETCH has the UID, first', async () => {
    const [c] = await connect({ messages: [simple] });
    assert.match(
      (await c!.run('UID FETCH 1 (RFC822.SIZE UID)'))[0]!,
      /^\* 1 FETCH \(UID 1 RFC822.SIZE /,
    );
  });

  test('a body sets \\Seen and says so, PEEK and EXAMINE do not', async () => {
    const [c] = await connect({ messages: [simple] });
    await c!.run('NOOP');
    assert.deepEqual(await c!.run('FETCH 1 BODY.PEEK[TEXT]'), [
      '* 1 FETCH (BODY[TEXT] {10}\r\nbody one\r\n)',
      'a OK FETCH completed',
    ]);
    await c!.run('EXAMINE INBOX');
    assert.equal(
      (await c!.run('FETCH 1 BODY[TEXT]'))[0],
      '* 1 FETCH (BODY[TEXT] {10}\r\nbody one\r\n)',
    );
    await c!.run('SELECT INBOX');
    assert.deepEqual(await c!.run('FETCH 1 RFC822.HEADER'), [
      `* 1 FETCH (RFC822.HEADER {${simple.length - 10}}\r\n${simple.slice(0, -10)})`,
      'a OK FETCH completed',
    ]);
    assert.deepEqual(await c!.run('FETCH 1 BODY[TEXT]'), [
      '* 1 FETCH (BODY[TEXT] {10}\r\nbody one\r\n FLAGS (\\Seen))',
      'a OK FETCH completed',
    ]);
    assert.equal(
      (await c!.run('FETCH 1 RFC822.TEXT'))[0],
      '* 1 FETCH (RFC822.TEXT {10}\r\nbody one\r\n)',
    );
  });

  test('with CONDSTORE the \\Seen just set comes with UID and MODSEQ, once', async () => {
    const [c] = await connect({ messages: [simple], enable: 'CONDSTORE' });
    const told = await c!.run('FETCH 1 BODY[TEXT]');
    assert.match(
      told[0]!,
      /^\* 1 FETCH \(UID 1 BODY\[TEXT\] .* FLAGS \(\\Seen \\Recent\) MODSEQ \(\d+\)\)$/s,
    );
    assert.equal(told.length, 2);
  });

  test('sections, partial ranges, and what does not exist', async () => {
    const [c] = await connect({ messages: [simple, parts] });
    const fetched = async (item: string, number = 1): Promise<string> =>
      (await c!.run(`FETCH ${number} BODY.PEEK[${item}`))[0]!.replace(/^.*?FETCH \(BODY/s, '');
    assert.equal(await fetched('TEXT]<5.3>'), '[TEXT]<5> {3}\r\none)');
    assert.equal(await fetched('TEXT]<99.3>'), '[TEXT]<99> "")');
    assert.equal(await fetched('1]<0.4>'), '[1]<0> {4}\r\nbody)');
    assert.equal(await fetched('2]'), '[2] NIL)');
    assert.equal(
      await fetched('HEADER.FIELDS (SUBJECT)]'),
      '[HEADER.FIELDS (SUBJECT)] {16}\r\nSubject: one\r\n\r\n)',
    );
    assert.equal(
      await fetched('HEADER.FIELDS (X-Odd)]'),
      '[HEADER.FIELDS (X-Odd)] {12}\r\nX-Odd: o\r\n\r\n)',
    );
    assert.equal(
      await fetched('HEADER.FIELDS (Nothing)]'),
      '[HEADER.FIELDS (Nothing)] {2}\r\n\r\n)',
    );
    assert.equal(
      await fetched('HEADER.FIELDS.NOT (From X-Odd)]<0.7>'),
      '[HEADER.FIELDS.NOT (From X-Odd)]<0> {7}\r\nSubject)',
    );
    assert.equal(
      await fetched('2.MIME]', 2),
      '[2.MIME] {36}\r\nContent-Transfer-Encoding: x-odd\r\n\r\n)',
    );
  });

  test('BINARY is decoded, has a size, and fails for unknown encodings', async () => {
    const [c] = await connect({ messages: [parts] });
    const [binary] = await c!.run('FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1])');
    assert.equal(binary, '* 1 FETCH (BINARY[1] ~{6}\r\nGr\xfc\xdfe\0 BINARY.SIZE[1] 6)');
    assert.equal((await c!.run('FETCH 1 BINARY.PEEK[1]<2.2>'))[0]!.slice(-4, -1), '\n\xfc\xdf');
    assert.match((await c!.run('FETCH 1 BINARY.PEEK[2]')).join(), /^a NO \[UNKNOWN-CTE\] /);
    assert.match(
      (await c!.run('FETCH 1 (UID BINARY.SIZE[2])')).join(),
      /^\* 1 FETCH \(UID 1\),a NO \[UNKNOWN-CTE\] /,
    );
    assert.match(
      (await c!.run('FETCH 1 (BINARY.PEEK[3])')).join(),
      /^\* 1 FETCH \(BINARY\[3\] NIL\),a OK /,
    );
  });

  test('large contents are streamed, whole and in parts', async () => {
    const line = `${'x'.repeat(76)}\r\n`;
    const octets = Buffer.alloc(150_000, 'abc');
    const base64 = octets.toString('base64').replaceAll(/.{76}/g, '$&\r\n');
    const large = `Content-Transfer-Encoding: base64\r\n\r\n${base64}\r\n`;
    const [c] = await connect({ messages: [`Subject: s\r\n\r\n${line.repeat(5000)}`, large] });
    const [whole] = await c!.run('FETCH 1 BODY.PEEK[TEXT]');
    assert.equal(whole, `* 1 FETCH (BODY[TEXT] {390000}\r\n${line.repeat(5000)})`);
    const [slice] = await c!.run('FETCH 1 BODY.PEEK[TEXT]<78.234000>');
    assert.equal(slice, `* 1 FETCH (BODY[TEXT]<78> {234000}\r\n${line.repeat(3000)})`);
    assert.equal(
      (await c!.run('FETCH 2 BINARY.SIZE[1]'))[0],
      '* 1 FETCH (BINARY.SIZE[1] 150000)'.replace('1', '2'),
    );
    const [binary] = await c!.run('FETCH 2 BINARY.PEEK[1]<30000.90000>');
    assert(binary!.includes(octets.subarray(0, 90_000).toString()));
  });

  test('a message another session removed is still there for FETCH', async () => {
    const [c, d] = await connect({ messages: [simple, second], connections: 2 });
    await d!.run('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await d!.run('EXPUNGE');
    const told = await c!.run('FETCH 1:2 (UID BODY.PEEK[TEXT])');
    assert.equal(told[0], '* 1 FETCH (UID 1 BODY[TEXT] {10}\r\nbody one\r\n)');
    assert.equal(told[1], '* 2 FETCH (UID 2 BODY[TEXT] {10}\r\nbody two\r\n)');
    assert.deepEqual((await c!.run('NOOP')).slice(0, 1), ['* 1 EXPUNGE']);
  });

  test('CHANGEDSINCE and VANISHED', async () => {
    const [c] = await connect({ messages: [simple, second, simple], enable: 'QRESYNC' });
    const [now] = await c!.run('STORE 3 +FLAGS.SILENT (\\Flagged)');
    const modSeq = Number(/MODSEQ \((\d+)\)/.exec(now!)?.[1]);
    const changed = await c!.run(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${modSeq - 1})`);
    assert.deepEqual(changed, [
      `* 3 FETCH (UID 3 FLAGS (\\Flagged \\Recent) MODSEQ (${modSeq}))`,
      'a OK FETCH completed',
    ]);
    await c!.run('STORE 2:3 +FLAGS.SILENT (\\Deleted)');
    await c!.run('EXPUNGE');
    assert.deepEqual(await c!.run(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${modSeq} VANISHED)`), [
      '* VANISHED (EARLIER) 2:3',
      'a OK FETCH completed',
    ]);
    assert.match((await c!.run('FETCH 1 (FLAGS) (CHANGEDSINCE 1 VANISHED)'))[0]!, /^a BAD /);
    const [plainClient] = await connect({ messages: [simple] });
    assert.match(
      (await plainClient!.run('UID FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)')).join(),
      /^a BAD /,
    );
  });

  for (const way of ['lend', 'content'] as const) {
    test(`a message that cannot be read back spoils only itself: ${way}`, async (t) => {
      const [c] = await connect({ messages: [simple, second] });
      const fail = (): never => {
        throw new StoreError('corrupt', 'a path');
      };
      if (way === 'content') t.mock.method(SqliteAccount.prototype, 'lend', () => undefined);
      t.mock
        .method(SqliteAccount.prototype, way)
        .mock.mockImplementationOnce(way === 'lend' ? fail : async () => fail());
      assert.deepEqual(await c!.run('FETCH 1:2 (UID BODY.PEEK[TEXT])'), [
        '* 1 FETCH (UID 1 BODY[TEXT] NIL)',
        '* 2 FETCH (UID 2 BODY[TEXT] {10}\r\nbody two\r\n)',
        'a NO [CORRUPTION] a message cannot be read back; the rest was sent',
      ]);
    });
  }

  test('what is gone for good is left out', async (t) => {
    const [c] = await connect({ messages: [simple] });
    t.mock.method(SqliteAccount.prototype, 'facts', () => Promise.resolve([undefined]));
    assert.match((await c!.run('FETCH 1 (UID ENVELOPE)')).join(), /^a NO \[EXPUNGEISSUED\] /);
  });

  test('mail can be read on a full disk', async (t) => {
    const [c] = await connect({ messages: [simple] });
    t.mock.method(SqliteAccount.prototype, 'flag', () =>
      Promise.reject(new StoreError('full', 'no space')),
    );
    assert.deepEqual(await c!.run('FETCH 1 BODY[1]'), [
      '* 1 FETCH (BODY[1] {10}\r\nbody one\r\n)',
      'a OK FETCH completed',
    ]);
  });
});
