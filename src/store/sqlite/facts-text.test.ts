import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Address, Envelope } from '../../model/envelope.ts';
import type { Parameter, Part } from '../../model/part.ts';
import type { RawText } from '../../model/raw-text.ts';
import {
  envelopeText,
  readEnvelopeText,
  readStructureText,
  storedBody,
  structureText,
} from './facts-text.ts';

/** Mostly what can be told everybody, so that both forms are stored. */
const raw = fc.oneof(
  { weight: 30, arbitrary: fc.string({ maxLength: 5 }) },
  {
    weight: 30,
    arbitrary: fc.string({
      unit: fc.constantFrom('\\', '"', '(', ')', ' ', 'NIL', '\t'),
      maxLength: 8,
    }),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
) as fc.Arbitrary<string> as fc.Arbitrary<RawText>;
const nullable = fc.option(raw);
const address: fc.Arbitrary<Address> = fc.oneof(
  fc.record({ name: nullable, mailbox: nullable, host: nullable }),
  fc.record({ name: nullable, mailbox: nullable, host: nullable, route: raw.filter(Boolean) }),
);
const addresses = fc.array(address, { maxLength: 3 });
const envelope: fc.Arbitrary<Envelope> = fc
  .record({
    date: nullable,
    subject: nullable,
    from: addresses,
    sender: addresses,
    replyTo: addresses,
    to: addresses,
    cc: addresses,
    bcc: addresses,
    inReplyTo: nullable,
    messageId: nullable,
  })
  .chain((made) =>
    fc.constantFrom(made, { ...made, sender: made.from }, { ...made, replyTo: made.from }),
  );
const parameters: fc.Arbitrary<Parameter[]> = fc.array(fc.tuple(raw, raw), { maxLength: 2 });
const facts = {
  headerStart: fc.nat(),
  bodyStart: fc.nat(),
  bodyEnd: fc.nat(),
  type: raw,
  subtype: raw,
  parameters,
  id: nullable,
  description: nullable,
  encoding: raw,
  md5: nullable,
  disposition: fc.option(fc.record({ type: raw, parameters })),
  language: fc.array(raw, { maxLength: 2 }),
  location: nullable,
  lines: fc.nat(),
};
const { part } = fc.letrec<{ part: Part }>((tie) => ({
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ kind: fc.constant('single' as const), ...facts }),
    fc.record({
      kind: fc.constant('multipart' as const),
      ...facts,
      parts: fc.array(tie('part'), { minLength: 1, maxLength: 3 }) as fc.Arbitrary<[Part]>,
    }),
    fc.record({ kind: fc.constant('message' as const), ...facts, envelope, body: tie('part') }),
  ),
}));

test('an envelope is read as it was written, what was one list is one again', () => {
  const forms = new Set<string | undefined>();
  fc.assert(
    fc.property(envelope, (made) => {
      const text = envelopeText(made);
      forms.add(text[0]);
      const read = readEnvelopeText(text);
      assert.deepEqual(plain(read), plain(made));
      if (made.sender === made.from) assert.equal(read.sender, read.from);
      if (made.replyTo === made.from) assert.equal(read.replyTo, read.from);
    }),
    { numRuns: 400 },
  );
  assert.deepEqual(forms, new Set(['(', '[']));
});

test('a structure is read as it was written', () => {
  fc.assert(
    fc.property(part, (made) => {
      const text = structureText(made);
      assert.deepEqual(plain(readStructureText(text)), plain(made));
      assert.equal(storedBody(text), made.bodyStart < made.bodyEnd);
    }),
  );
});

/** Without fast-check's null prototypes. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
