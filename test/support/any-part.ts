/** Envelopes and structures of any kind, mostly of what can be told every session alike. For tests. */
import fc from 'fast-check';
import type { Address, Envelope } from '../../src/model/envelope.ts';
import type { Part } from '../../src/model/part.ts';
import type { RawText } from '../../src/model/raw-text.ts';

const raw = (text: string): RawText => text as RawText;

const anyRaw = fc
  .oneof(
    { weight: 20, arbitrary: fc.string({ maxLength: 12 }) },
    {
      weight: 1,
      arbitrary: fc
        .uint8Array({ maxLength: 12 })
        .map((bytes) => Buffer.from(bytes).toString('latin1')),
    },
  )
  .map(raw);
const anyNraw = fc.option(anyRaw);
const anyParameters = fc.array(fc.tuple(anyRaw, anyRaw), { maxLength: 2 });
const anyAddress: fc.Arbitrary<Address> = fc.record({
  name: anyNraw,
  mailbox: anyRaw,
  host: anyRaw,
});
const anyAddresses = fc.array(anyAddress, { maxLength: 2 });
export const anyEnvelope: fc.Arbitrary<Envelope> = fc.record({
  date: anyNraw,
  subject: anyNraw,
  from: anyAddresses,
  sender: anyAddresses,
  replyTo: anyAddresses,
  to: anyAddresses,
  cc: anyAddresses,
  bcc: anyAddresses,
  inReplyTo: anyNraw,
  messageId: anyNraw,
});
const anyFacts = fc.record({
  headerStart: fc.constant(0),
  bodyStart: fc.constant(5),
  bodyEnd: fc.integer({ min: 5, max: 99 }),
  parameters: anyParameters,
  id: anyNraw,
  description: anyNraw,
  encoding: anyRaw,
  md5: anyNraw,
  disposition: fc.option(fc.record({ type: anyRaw, parameters: anyParameters })),
  language: fc.array(anyRaw, { maxLength: 3 }),
  location: anyNraw,
  lines: fc.nat(9),
  type: fc.oneof(fc.constantFrom('text', 'message', 'MULTIPART').map(raw), anyRaw),
  subtype: fc.oneof(fc.constantFrom('plain', 'rfc822', 'GLOBAL').map(raw), anyRaw),
});
export const { part: anyPart } = fc.letrec<{ part: Part }>((tie) => ({
  part: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyFacts.map((some): Part => ({ ...some, kind: 'single' })),
    fc
      .tuple(anyFacts, fc.array(tie('part'), { minLength: 1, maxLength: 3 }))
      .map(([some, [first, ...others]]): Part => ({
        ...some,
        kind: 'multipart',
        parts: [first!, ...others],
      })),
    fc
      .tuple(anyFacts, anyEnvelope, tie('part'))
      .map(([some, envelope, body]): Part => ({ ...some, kind: 'message', envelope, body })),
  ),
}));
