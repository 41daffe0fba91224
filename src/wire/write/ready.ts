/**
 * Values that a store may keep as they go over the wire. What is said of a message depends on its session in few
 * cases only: bytes above 127, which UTF-8 sessions may get in quotes and others in a literal, and what
 * RFC 9051 and RFC 9755 changed of BODYSTRUCTURE. Those values have no ready text.
 */
import type { Envelope } from '../../model/envelope.ts';
import type { Part } from '../../model/part.ts';
import { asReadyText, type ReadyText } from '../../model/ready-text.ts';
import { bodyStructure } from './body-structure.ts';
import { envelope } from './envelope.ts';

/** ENVELOPE's value, for those envelopes that every client is told alike. */
export function readyEnvelope(value: Envelope): ReadyText | undefined {
  return withoutLiterals(envelope(value, { utf8: false }));
}

/** BODYSTRUCTURE's value, for those structures that every client is told alike. */
export function readyStructure(part: Part): ReadyText | undefined {
  const text = withoutLiterals(bodyStructure(part, { utf8: false, extended: true }));
  // Encoded parameters and message/global: two strings that look so are enough to take no risk.
  return text === undefined || /\*"|"global"/i.test(text) ? undefined : text;
}

/** No line feed but that of a literal is ever written. */
function withoutLiterals(text: string): ReadyText | undefined {
  return text.includes('\n') ? undefined : asReadyText(text);
}
