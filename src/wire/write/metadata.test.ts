import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseResponse } from '../../../test/support/response-parser.ts';
import { mailboxName } from '../../model/mailbox-name.ts';
import type { EntryName } from '../../model/metadata.ts';
import type { Response } from '../../model/response.ts';
import { encode } from './response.ts';

function writes(response: Response, expected: string, utf8 = false): void {
  const encoded = encode(response, { utf8 });
  assert.equal(encoded, `${expected}\r\n`);
  parseResponse(encoded as string, { utf8 });
}

const name = (text: string): EntryName => text as EntryName;
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

test('entries with values', () => {
  const values = (value: string | null, expected: string, utf8 = false): void =>
    writes(
      {
        kind: 'METADATA',
        mailbox: mailboxName('INBOX'),
        values: [[name('/private/a'), value === null ? null : latin1(value)]],
      },
      `* METADATA INBOX (/private/a ${expected})`,
      utf8,
    );
  values('x', '"x"');
  values('', '""');
  values(null, 'NIL');
  values('NIL', '"NIL"');
  values('a"\\', String.raw`"a\"\\"`);
  values('a\r\nb', '{4}\r\na\r\nb');
  values('\xc3\xa9', '{2}\r\n\xc3\xa9');
  values('\xc3\xa9', '"\xc3\xa9"', true);
  values('\xff', '{1}\r\n\xff', true);
  values('a\0b', '~{3}\r\na\0b');
  values('a'.repeat(1001), `{1001}\r\n${'a'.repeat(1001)}`);
});

test('names of what changed, of the server too', () => {
  const changed = [name('/private/comment'), name('/shared/vendor/acme/two words')];
  writes(
    { kind: 'METADATA', mailbox: mailboxName(''), changed },
    '* METADATA "" /private/comment "/shared/vendor/acme/two words"',
  );
});

test('codes', () => {
  const code = (what: 'LONGENTRIES' | 'MAXSIZE' | 'TOOMANY', expected: string): void =>
    writes(
      {
        kind: 'tagged',
        tag: 'a',
        status: 'NO',
        code: what === 'TOOMANY' ? { kind: 'METADATA', what } : { kind: 'METADATA', what, size: 7 },
        text: 'x',
      },
      `a NO [METADATA ${expected}] x`,
    );
  code('LONGENTRIES', 'LONGENTRIES 7');
  code('MAXSIZE', 'MAXSIZE 7');
  code('TOOMANY', 'TOOMANY');
});

test('every value comes back as it was', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.boolean(), (value, utf8) => {
      const mailbox = mailboxName('a b');
      const values = [[name('/private/a'), value]] as const;
      const encoded = encode({ kind: 'METADATA', mailbox, values }, { utf8 });
      const parsed = parseResponse(encoded as string, { utf8 });
      assert.ok(parsed.kind === 'METADATA' && parsed.mailbox === 'a b');
      assert.deepEqual(latin1(parsed.entries.get('/private/a')?.text ?? ''), Buffer.from(value));
    }),
    { numRuns: 500 },
  );
});
