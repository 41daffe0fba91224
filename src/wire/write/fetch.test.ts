import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyEnvelope, anyPart } from '../../../test/support/any-part.ts';
import { parseResponse } from '../../../test/support/response-parser.ts';
import type { Address, Envelope } from '../../model/envelope.ts';
import type { FetchValue } from '../../model/fetch-item.ts';
import { FlagSet, flag } from '../../model/flag.ts';
import { asEmailId, asModSeq, asSequenceNumber, asThreadId, asUid } from '../../model/ids.ts';
import type { Part } from '../../model/part.ts';
import type { RawText } from '../../model/raw-text.ts';
import type { Section } from '../../model/section.ts';
import { encode, type Encoded } from './response.ts';

const raw = (text: string): RawText => text as RawText;

function fetched(items: readonly FetchValue[], utf8: boolean = false): Encoded {
  return encode({ kind: 'FETCH', sequence: asSequenceNumber(3), items }, { utf8 });
}

/** The one item is written so, and keeps to the grammar. */
function writes(item: FetchValue, expected: string, utf8: boolean = false): void {
  const encoded = fetched([item], utf8);
  assert.equal(encoded, `* 3 FETCH (${expected})\r\n`);
  assert.ok(typeof encoded === 'string');
  parseResponse(encoded, { utf8 });
}

const anna: Address = { name: raw('Anna'), mailbox: raw('anna'), host: raw('x.org') };
const empty: Envelope = {
  date: null,
  subject: null,
  from: [],
  sender: [],
  replyTo: [],
  to: [],
  cc: [],
  bcc: [],
  inReplyTo: null,
  messageId: null,
};
const facts = {
  headerStart: 0,
  bodyStart: 10,
  bodyEnd: 52,
  parameters: [],
  id: null,
  description: null,
  encoding: raw('7BIT'),
  md5: null,
  disposition: null,
  language: [],
  location: null,
  lines: 3,
} as const;
const text: Part = {
  ...facts,
  kind: 'single',
  type: raw('text'),
  subtype: raw('plain'),
  parameters: [[raw('charset'), raw('utf-8')]],
};

test('the small items', () => {
  const when = { epochSeconds: Date.UTC(1996, 6, 7, 9, 44, 25) / 1000, zoneMinutes: -450 };
  writes({ kind: 'UID', uid: asUid(7) }, 'UID 7');
  writes({ kind: 'FLAGS', flags: FlagSet.none, recent: false }, 'FLAGS ()');
  writes(
    { kind: 'FLAGS', flags: new FlagSet([flag('w'), flag('\\seen')]), recent: true },
    'FLAGS (\\Seen w \\Recent)',
  );
  writes({ kind: 'INTERNALDATE', date: when }, 'INTERNALDATE " 7-Jul-1996 02:14:25 -0730"');
  writes({ kind: 'RFC822.SIZE', size: 44827 }, 'RFC822.SIZE 44827');
  writes({ kind: 'MODSEQ', modSeq: asModSeq(65402) }, 'MODSEQ (65402)');
  writes({ kind: 'EMAILID', id: asEmailId('M6d99') }, 'EMAILID (M6d99)');
  writes({ kind: 'THREADID', id: asThreadId('T64b') }, 'THREADID (T64b)');
  writes({ kind: 'THREADID', id: null }, 'THREADID NIL');
  writes({ kind: 'SAVEDATE', date: when }, 'SAVEDATE " 7-Jul-1996 02:14:25 -0730"');
  writes({ kind: 'SAVEDATE', date: null }, 'SAVEDATE NIL');
  writes({ kind: 'BINARY.SIZE', part: [1, 2], size: 12 }, 'BINARY.SIZE[1.2] 12');
});

test('envelopes', () => {
  writes(
    { kind: 'ENVELOPE', envelope: empty },
    'ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)',
  );
  const group: Address[] = [
    { name: null, mailbox: raw('friends'), host: null },
    anna,
    { name: null, mailbox: raw('b"c'), host: raw('y') },
    { name: null, mailbox: null, host: null },
  ];
  const from = [anna];
  const anybody = '(("Anna" NIL "anna" "x.org"))';
  writes(
    {
      kind: 'ENVELOPE',
      envelope: {
        ...empty,
        date: raw('Mon'),
        subject: raw(''),
        from,
        sender: from,
        replyTo: from,
        to: group,
        messageId: raw('<a@b>'),
      },
    },
    `ENVELOPE ("Mon" "" ${anybody} ${anybody} ${anybody} ((NIL NIL "friends" NIL)("Anna" NIL "anna" "x.org")(NIL NIL "b\\"c" "y")(NIL NIL NIL NIL)) NIL NIL NIL "<a@b>")`,
  );
});

test('header bytes that quotes cannot hold go as literals', () => {
  const subject = (value: string, expected: string, utf8 = false): void =>
    writes(
      { kind: 'ENVELOPE', envelope: { ...empty, subject: raw(value) } },
      `ENVELOPE (NIL ${expected} NIL NIL NIL NIL NIL NIL NIL NIL)`,
      utf8,
    );
  subject('a\tb', '"a\tb"');
  subject('gr\xc3\xbc\xc3\x9fe', '{7}\r\ngr\xc3\xbc\xc3\x9fe');
  subject('gr\xc3\xbc\xc3\x9fe', '"gr\xc3\xbc\xc3\x9fe"', true);
  subject('gr\xfc\xdfe', '{5}\r\ngr\xfc\xdfe', true);
  subject('a\r\nb', '{4}\r\na\r\nb');
  subject('a\0b', '{2}\r\nab');
  subject('x'.repeat(1001), `{1001}\r\n${'x'.repeat(1001)}`);
  subject('NIL', '"NIL"');
});

test('body structures', () => {
  const structure = (
    part: Part,
    expected: string,
    options: { extended?: boolean; utf8?: boolean } = {},
  ): void => {
    const { extended = true, utf8 = false } = options;
    writes(
      { kind: 'BODYSTRUCTURE', extended, part },
      `${extended ? 'BODYSTRUCTURE' : 'BODY'} ${expected}`,
      utf8,
    );
  };
  const textBody = '"text" "plain" ("charset" "utf-8") NIL NIL "7BIT" 42 3';
  structure(text, `(${textBody} NIL NIL NIL NIL)`);
  structure(text, `(${textBody})`, { extended: false });
  const pdf: Part = {
    ...facts,
    kind: 'single',
    type: raw('Application'),
    subtype: raw('PDF'),
    id: raw('<1>'),
    description: raw('d'),
    encoding: raw(''),
    md5: raw('Q=='),
    disposition: {
      type: raw('attachment'),
      parameters: [
        [raw('filename'), raw('a.pdf')],
        [raw('size'), raw('1')],
      ],
    },
    language: [raw('en'), raw('de')],
    location: raw('http://x'),
  };
  structure(
    pdf,
    '("Application" "PDF" NIL "<1>" "d" "7BIT" 42 "Q==" ("attachment" ("filename" "a.pdf" "size" "1")) ("en" "de") "http://x")',
  );
  const mixed: Part = {
    ...facts,
    kind: 'multipart',
    type: raw('multipart'),
    subtype: raw('mixed'),
    parameters: [[raw('boundary'), raw('b')]],
    disposition: { type: raw('inline'), parameters: [] },
    language: [raw('en')],
    parts: [text, text],
  };
  structure(
    mixed,
    `((${textBody} NIL NIL NIL NIL)(${textBody} NIL NIL NIL NIL) "mixed" ("boundary" "b") ("inline" NIL) ("en") NIL)`,
  );
  structure(mixed, `((${textBody})(${textBody}) "mixed")`, { extended: false });
  const message: Part = {
    ...facts,
    kind: 'message',
    type: raw('message'),
    subtype: raw('RFC822'),
    envelope: empty,
    body: text,
  };
  const nils = '(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)';
  structure(
    message,
    `("message" "RFC822" NIL NIL NIL "7BIT" 42 ${nils} (${textBody} NIL NIL NIL NIL) 3 NIL NIL NIL NIL)`,
  );
  // message/global is basic to IMAP4rev1 (RFC 9755 section 6).
  const global: Part = { ...message, subtype: raw('global') };
  structure(global, '("message" "global" NIL NIL NIL "7BIT" 42 NIL NIL NIL NIL)');
  structure(global, `("message" "global" NIL NIL NIL "7BIT" 42 ${nils} (${textBody}) 3)`, {
    extended: false,
    utf8: true,
  });
  structure(
    { ...facts, kind: 'single', type: raw('Message'), subtype: raw('Rfc822') },
    '("APPLICATION" "OCTET-STREAM" NIL NIL NIL "7BIT" 42)',
    { extended: false },
  );
});

test('sections and their content', () => {
  const body = (
    section: Section,
    expected: string,
    more: { origin?: number; content?: Uint8Array | null } = {},
  ): void => writes({ kind: 'BODY[]', section, content: Buffer.from('ab'), ...more }, expected);
  const at = (part: number[], kind: 'ALL' | 'HEADER' | 'TEXT' | 'MIME'): Section => ({
    part,
    text: { kind },
  });
  body(at([], 'ALL'), 'BODY[] {2}\r\nab');
  body(at([], 'ALL'), 'BODY[]<0> ""', { origin: 0, content: Buffer.alloc(0) });
  body(at([1, 2], 'MIME'), 'BODY[1.2.MIME] NIL', { content: null });
  body(at([3], 'ALL'), 'BODY[3]<7> {2}\r\nab', { origin: 7 });
  body(
    { part: [1], text: { kind: 'HEADER.FIELDS.NOT', names: ['From', 'x y'] } },
    'BODY[1.HEADER.FIELDS.NOT (From "x y")] {2}\r\nab',
  );
  body(
    { part: [], text: { kind: 'HEADER.FIELDS', names: ['NIL'] } },
    'BODY[HEADER.FIELDS ("NIL")] {2}\r\nab',
  );
  writes(
    {
      kind: 'BODY[]',
      section: at([], 'HEADER'),
      legacyName: 'RFC822.HEADER',
      content: Buffer.from('ab'),
    },
    'RFC822.HEADER {2}\r\nab',
  );
  writes(
    { kind: 'BINARY', part: [1], content: Buffer.from('a\xffb', 'latin1') },
    'BINARY[1] {3}\r\na\xffb',
  );
  writes(
    { kind: 'BINARY', part: [], origin: 2, content: Buffer.from('a\0b') },
    'BINARY[]<2> ~{3}\r\na\0b',
  );
  writes({ kind: 'BINARY', part: [1], content: null }, 'BINARY[1] NIL');
});

test('large and streamed content goes through as it is', () => {
  const large = Buffer.alloc(5000, 'x');
  const streamed = { size: 9, chunks: (async function* () {})() };
  const section: Section = { part: [], text: { kind: 'ALL' } };
  assert.deepEqual(
    fetched([
      { kind: 'UID', uid: asUid(1) },
      { kind: 'BODY[]', section, content: large },
      { kind: 'BINARY', part: [1], content: streamed },
      { kind: 'FLAGS', flags: FlagSet.none, recent: false },
    ]),
    [
      '* 3 FETCH (UID 1 BODY[] {5000}\r\n',
      large,
      ' BINARY[1] ~{9}\r\n',
      streamed,
      ' FLAGS ())\r\n',
    ],
  );
});

test('whatever a message holds, its ENVELOPE and BODYSTRUCTURE keep to the grammar', () => {
  fc.assert(
    fc.property(anyPart, anyEnvelope, fc.boolean(), (part, envelope, utf8) => {
      const items: FetchValue[] = [
        { kind: 'ENVELOPE', envelope },
        { kind: 'BODYSTRUCTURE', extended: true, part },
        { kind: 'BODYSTRUCTURE', extended: false, part },
      ];
      const encoded = fetched(items, utf8);
      assert.ok(typeof encoded === 'string');
      const parsed = parseResponse(encoded, { utf8 });
      assert.ok(parsed.kind === 'FETCH' && parsed.items.size === 3);
      const written = parsed.items.get('ENVELOPE');
      assert.ok(written?.kind === 'envelope');
      assert.equal(written.value.subject, envelope.subject?.replaceAll('\0', '') ?? null);
    }),
    { numRuns: 400 },
  );
});
