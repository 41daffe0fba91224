import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyEnvelope, anyPart } from '../../../test/support/any-part.ts';
import type { Envelope } from '../../model/envelope.ts';
import type { FetchValue } from '../../model/fetch-item.ts';
import { asSequenceNumber } from '../../model/ids.ts';
import type { Part } from '../../model/part.ts';
import type { RawText } from '../../model/raw-text.ts';
import { asReadyText } from '../../model/ready-text.ts';
import { readyEnvelope, readyStructure } from './ready.ts';
import { encode, type Encoded } from './response.ts';

const raw = (text: string): RawText => text as RawText;

function fetched(items: readonly FetchValue[], utf8: boolean = false): Encoded {
  return encode({ kind: 'FETCH', sequence: asSequenceNumber(3), items }, { utf8 });
}

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
const text: Part = {
  kind: 'single',
  headerStart: 0,
  bodyStart: 10,
  bodyEnd: 52,
  type: raw('text'),
  subtype: raw('plain'),
  parameters: [[raw('charset'), raw('utf-8')]],
  id: null,
  description: null,
  encoding: raw('7BIT'),
  md5: null,
  disposition: null,
  language: [],
  location: null,
  lines: 3,
};

test('a text that is ready is what every session is told', () => {
  let ready = 0;
  fc.assert(
    fc.property(anyPart, anyEnvelope, (part, envelope) => {
      const texts = [readyEnvelope(envelope), readyStructure(part)] as const;
      ready += texts.filter((text) => text !== undefined).length;
      for (const utf8 of [false, true]) {
        assert.equal(
          fetched(
            [
              { kind: 'ENVELOPE', envelope: texts[0] ?? envelope },
              { kind: 'BODYSTRUCTURE', extended: true, part: texts[1] ?? part },
            ],
            utf8,
          ),
          fetched(
            [
              { kind: 'ENVELOPE', envelope },
              { kind: 'BODYSTRUCTURE', extended: true, part },
            ],
            utf8,
          ),
        );
      }
    }),
    { numRuns: 400 },
  );
  assert.ok(ready > 100, `${ready} of 800 were ready`);
});

test('what sessions are told differently, and what is too long for quotes, is never ready', () => {
  const subject = (value: string): Envelope => ({ ...empty, subject: raw(value) });
  assert.equal(readyEnvelope(subject('gr\xc3\xbc\xc3\x9fe')), undefined);
  assert.equal(readyEnvelope(subject('x'.repeat(1001))), undefined);
  assert.equal(readyEnvelope(subject('a\0b')), undefined);
  assert.equal(
    readyEnvelope(subject('a "b\\')),
    '(NIL "a \\"b\\\\" NIL NIL NIL NIL NIL NIL NIL NIL)',
  );
  assert.match(readyStructure(text) ?? '', /^\("text" "plain" \("charset" "utf-8"\) NIL /);
  const encoded = [raw('name*'), raw("utf-8''%C3%BC")] as const;
  assert.equal(readyStructure({ ...text, parameters: [encoded] }), undefined);
  const global = { ...text, type: raw('Message'), subtype: raw('Global') };
  assert.equal(readyStructure(global), undefined);
});

test('a ready text that would break its line is not sent', () => {
  for (const text of ['("a\r\n* BYE")', '("\0")', '("\r")']) {
    assert.throws(() => fetched([{ kind: 'ENVELOPE', envelope: asReadyText(text) }]));
  }
});
