import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { SqliteAccount } from '../../store/sqlite/account.ts';
import { connect } from '../../../test/support/session-connection.ts';

/** A message whose sections are known, of about this many bytes. */
function known(bytes: number, seed: number): Map<string, string> {
  const filling = (length: number, n: number): string => {
    let text = '';
    for (let line = 0; text.length < length; line++)
      text += `${n}.${seed}.${line} \xfc${'x'.repeat((line * 7) % 60)}\r\n`;
    return text;
  };
  const header = `Subject: s${seed}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n`;
  const first = filling(bytes / 4, 1);
  const mime = 'Content-Type: application/x-test\r\nContent-Transfer-Encoding: base64\r\n\r\n';
  const decoded = filling(bytes / 2, 2);
  const second = Buffer.from(decoded, 'latin1')
    .toString('base64')
    .replaceAll(/(.{76})/g, '$1\r\n');
  const text = `--bb\r\n\r\n${first}\r\n--bb\r\n${mime}${second}\r\n--bb--\r\n`;
  return new Map([
    ['BODY[]', header + text],
    ['BODY[HEADER]', header],
    ['BODY[TEXT]', text],
    ['BODY[1]', first],
    ['BODY[2]', second],
    ['BODY[2.MIME]', mime],
    ['BODY[HEADER.FIELDS (subject)]', `Subject: s${seed}\r\n\r\n`],
    ['BODY[HEADER.FIELDS.NOT (content-type mime-version)]', `Subject: s${seed}\r\n\r\n`],
    ['BINARY[1]', first],
    ['BINARY[2]', decoded],
  ]);
}

const sizes = [100, 3000, 20_000, 25_000, 30_000, 70_000, 90_000, 200, 265_000, 600_000, 10];
const messages = sizes.map((bytes, at) => known(bytes, at));
const names = [...messages[0]!.keys()];

const partial = fc.option(
  fc.record({
    origin: fc.oneof(fc.constant(0), fc.nat(300_000)),
    length: fc.oneof(fc.constant(65_536), fc.integer({ min: 1, max: 700_000 })),
  }),
);
const question = fc.record({
  first: fc.integer({ min: 1, max: sizes.length }),
  count: fc.nat(sizes.length),
  // What is asked for twice is told once.
  items: fc.uniqueArray(fc.record({ name: fc.constantFrom(...names), partial }), {
    selector: ({ name }) => name,
    minLength: 1,
    maxLength: 3,
  }),
});
const all = { name: 'BODY[]', partial: null };

describe('bodies are told byte for byte', () => {
  for (const way of ['lent', 'read'] as const) {
    test(`when they are ${way}`, async (t) => {
      if (way === 'read') t.mock.method(SqliteAccount.prototype, 'lend', () => undefined);
      const [c] = await connect({ messages: messages.map((one) => one.get('BODY[]')!) });
      const questions = [
        { first: 1, count: sizes.length, items: [all] },
        ...fc.sample(question, 60),
        { first: 1, count: sizes.length, items: [all] },
      ];
      for (const { first, count, items } of questions) {
        const last = Math.min(sizes.length, first + count);
        const asked = items
          .map(({ name, partial: part }) => {
            const peek = name.replace('[', '.PEEK[');
            return part === null ? peek : `${peek}<${part.origin}.${part.length}>`;
          })
          .join(' ');
        const told = await c!.run(`FETCH ${first}:${last} (${asked})`);
        assert.equal(told.pop(), 'a OK FETCH completed');
        const expected = messages.slice(first - 1, last).map((message, at) => {
          const values = items.map(({ name, partial: part }) => {
            const whole = message.get(name)!;
            if (part === null) return `${name} ${string(whole)}`;
            const { origin, length } = part;
            return `${name}<${origin}> ${string(whole.slice(origin, origin + length))}`;
          });
          return `* ${first + at} FETCH (${values.join(' ')})`;
        });
        // Not deepEqual, which would print megabytes.
        assert.ok(told.length === expected.length, asked);
        // A large BINARY is sent as a literal8, since it may hold NUL.
        for (const [at, line] of told.entries())
          assert.ok(line.replaceAll('~{', '{') === expected[at], `${first + at}: ${asked}`);
      }
    });
  }
});

function string(text: string): string {
  return text === '' ? '""' : `{${text.length}}\r\n${text}`;
}
